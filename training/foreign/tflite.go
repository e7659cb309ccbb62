package foreign

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/graph"
)

// fromTFLite makes a graph of a float32 TFLite model.
func fromTFLite(m *tflite.Model) (*graph.Graph, error) {
	m, err := prepared(m)
	if err != nil {
		return nil, err
	}
	if len(m.Inputs) != 1 {
		return nil, fmt.Errorf("foreign: the network takes %d inputs: it can be given one, a window of sound", len(m.Inputs))
	}
	in := &m.Tensors[m.Inputs[0]]
	if in.Type != tflite.Float32 {
		return nil, fmt.Errorf("foreign: the network takes %v: %w", in.Type, errQuantised)
	}
	r := &reader{m: m, g: graph.New(in.Name, in.Shape), values: make([]*graph.Value, len(m.Tensors))}
	r.g.Description = m.Description
	r.values[m.Inputs[0]] = r.g.Input
	for i := range m.Operators {
		if err := r.operator(&m.Operators[i]); err != nil {
			return nil, fmt.Errorf("foreign: operator %d (%v): %w", i, m.Operators[i].Op, err)
		}
	}
	for _, t := range m.Outputs {
		if r.values[t] == nil {
			return nil, fmt.Errorf("foreign: output %.40q is not computed from the input", m.Tensors[t].Name)
		}
		r.g.Outputs = append(r.g.Outputs, r.values[t])
	}
	return r.g, r.g.Check()
}

// errQuantised says what to do with a model that is no float32 any more.
var errQuantised = errors.New("it is quantised already, and calibrated on sound that nobody knows here: " +
	"give the float32 model that it was made from (convert without 'optimizations')")

// prepared returns a model with all shapes known, weights in float32, no random numbers and no subgraphs.
func prepared(m *tflite.Model) (*tflite.Model, error) {
	own, err := floating(m)
	if err != nil {
		return nil, err
	}
	own.Subgraphs = slices.Clone(m.Subgraphs)
	for i, sub := range own.Subgraphs {
		if own.Subgraphs[i], err = floating(sub); err != nil {
			return nil, err
		}
	}
	if own, err = expanded(own); err != nil {
		return nil, fmt.Errorf("foreign: %w", err)
	}
	out, err := own.Resolve(tflite.Options{})
	if err != nil {
		return nil, fmt.Errorf("foreign: %w", err)
	}
	return out, nil
}

// floating returns a subgraph with weights in float32, no random numbers, and no operators that others stand for.
func floating(m *tflite.Model) (*tflite.Model, error) {
	own := *m
	own.Tensors, own.Operators = slices.Clone(m.Tensors), slices.Clone(m.Operators)
	for i := range own.Operators {
		op := &own.Operators[i]
		if len(op.Outputs) == 0 || own.Tensors[op.Outputs[0]].Type != tflite.Float32 {
			continue
		}
		switch op.Op.String() {
		case "RANDOM_STANDARD_NORMAL", "RANDOM_UNIFORM":
			*op = tflite.Operator{Op: tflite.Fill, Version: 1, Outputs: op.Outputs,
				Inputs: []int{op.Inputs[0], zero(&own)}}
			continue
		case "ZEROS_LIKE":
			*op = tflite.Operator{Op: tflite.Mul, Version: 1, Outputs: op.Outputs,
				Inputs: []int{op.Inputs[0], zero(&own)}, Options: tflite.MulOptions{}}
		}
		if op.Op == tflite.Dequantize {
			continue
		}
		for _, t := range op.Inputs {
			if t >= 0 {
				if err := weights(&own.Tensors[t]); err != nil {
					return nil, fmt.Errorf("foreign: operator %d (%v): %w", i, op.Op, err)
				}
			}
		}
		if op.Op == tflite.Conv2D {
			ungroup(&own, op)
		}
	}
	return &own, nil
}

// zero adds the number 0 to a model's tensors.
func zero(m *tflite.Model) int {
	m.Tensors = append(m.Tensors, tflite.Tensor{Name: "zero", Type: tflite.Float32, Data: make([]byte, 4)})
	return len(m.Tensors) - 1
}

// ungroup gives a convolution that takes channels in groups weights for all channels: 0 for those of other groups.
func ungroup(m *tflite.Model, op *tflite.Operator) {
	if len(op.Inputs) < 2 || op.Inputs[0] < 0 || op.Inputs[1] < 0 {
		return
	}
	x, w := &m.Tensors[op.Inputs[0]], m.Tensors[op.Inputs[1]]
	if len(x.Shape) != 4 || len(w.Shape) != 4 || w.Type != tflite.Float32 || w.Data == nil {
		return
	}
	channels, own, outputs := x.Shape[3], w.Shape[3], w.Shape[0]
	if own < 1 || channels <= own || channels%own != 0 || outputs%(channels/own) != 0 ||
		graph.CheckShape([]int{outputs, w.Shape[1], w.Shape[2], channels}) != nil {
		return
	}
	each := outputs / (channels / own) // outputs of one group
	places := w.Shape[1] * w.Shape[2]
	data := make([]byte, 4*outputs*places*channels)
	for o := range outputs {
		for p := range places {
			row := o*places + p
			copy(data[4*(row*channels+o/each*own):], w.Data[4*row*own:4*(row+1)*own])
		}
	}
	w.Shape, w.Data = []int{outputs, w.Shape[1], w.Shape[2], channels}, data
	m.Tensors = append(m.Tensors, w)
	op.Inputs = slices.Clone(op.Inputs)
	op.Inputs[1] = len(m.Tensors) - 1
}

// weights makes float32 of a layer's weights of int8: those of a dynamic range model.
func weights(t *tflite.Tensor) error {
	if t.Type != tflite.Int8 || t.Data == nil {
		return nil
	}
	q := t.Quant
	if q == nil || len(q.Scales) == 0 {
		return fmt.Errorf("the weights %.40q are int8 without a scale", t.Name)
	}
	inner := graph.Size(t.Shape[min(q.Axis+1, len(t.Shape)):])
	data := make([]byte, 0, 4*len(t.Data))
	for i, code := range t.Data {
		k := 0
		if n := len(q.Scales); n > 1 {
			k = i / inner % n
		}
		v := float32(int64(int8(code))-q.ZeroPoints[k]) * q.Scales[k]
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	t.Type, t.Quant, t.Data = tflite.Float32, nil, data
	return nil
}

// reader makes nodes of a model's operators.
type reader struct {
	m      *tflite.Model
	g      *graph.Graph
	values []*graph.Value // by tensor
}

// value returns a tensor as a value, nil for one that is left out.
func (r *reader) value(t int) (*graph.Value, error) {
	if t < 0 {
		return nil, nil
	}
	if r.values[t] != nil {
		return r.values[t], nil
	}
	x := &r.m.Tensors[t]
	if x.Data == nil {
		return nil, fmt.Errorf("%.40q is not computed from the input", x.Name)
	}
	v := &graph.Value{Name: x.Name, Shape: slices.Clone(x.Shape)}
	switch x.Type {
	case tflite.Float32:
		v.Floats = make([]float32, len(x.Data)/4)
		for i := range v.Floats {
			v.Floats[i] = math.Float32frombits(binary.LittleEndian.Uint32(x.Data[4*i:]))
		}
	case tflite.Int32:
		v.Ints = make([]int32, len(x.Data)/4)
		for i := range v.Ints {
			v.Ints[i] = int32(binary.LittleEndian.Uint32(x.Data[4*i:]))
		}
	case tflite.Int64:
		v.Ints = make([]int32, len(x.Data)/8)
		for i := range v.Ints {
			n := int64(binary.LittleEndian.Uint64(x.Data[8*i:]))
			v.Ints[i] = int32(max(math.MinInt32, min(n, math.MaxInt32)))
		}
	case tflite.Bool:
		v.Floats = make([]float32, len(x.Data))
		for i, b := range x.Data {
			v.Floats[i] = float32(min(b, 1))
		}
	default:
		return nil, fmt.Errorf("the constant %.40q is %v: only float32 is imported", x.Name, x.Type)
	}
	r.values[t] = v
	return v, nil
}

// operator adds the nodes of an operator.
func (r *reader) operator(op *tflite.Operator) error {
	in := make([]*graph.Value, len(op.Inputs))
	for i, t := range op.Inputs {
		var err error
		if in[i], err = r.value(t); err != nil {
			return err
		}
	}
	for _, t := range op.Outputs {
		if x := &r.m.Tensors[t]; x.Type != tflite.Float32 && !droppable(op.Op) && !graph.Says(op.Op) {
			return fmt.Errorf("%.40q is %v: %w", x.Name, x.Type, errQuantised)
		}
		if err := graph.CheckShape(r.m.Tensors[t].Shape); err != nil {
			return err
		}
	}
	shape := r.m.Tensors[op.Outputs[0]].Shape
	switch op.Op {
	case tflite.Reshape, tflite.Squeeze, tflite.ExpandDims:
		return r.put(op, r.g.Reshape(in[0], shape...))
	case tflite.FullyConnected:
		return r.dense(op, in)
	case tflite.BatchMatMul:
		return r.matMul(op, in)
	case tflite.Split, tflite.SplitV, tflite.Unpack:
		return r.split(op, in)
	case tflite.Pack:
		return r.pack(op, in)
	case tflite.StridedSlice:
		return r.stridedSlice(op, in)
	case tflite.Gather:
		return r.gather(op, in)
	case tflite.ReverseV2:
		return r.reverse(op, in)
	case tflite.UnidirectionalSequenceLSTM:
		return r.sequenceLSTM(op, in)
	case tflite.Cast:
		if r.m.Tensors[op.Inputs[0]].Type == tflite.Bool {
			return r.put(op, r.g.Add(tflite.Cast, nil, shape, in[0]))
		}
		return r.put(op, in[0])
	case tflite.Dequantize, tflite.Quantize:
		return r.put(op, in[0])
	}
	return r.put(op, r.g.Add(op.Op, op.Options, shape, in...))
}

// droppable reports whether an operator may give another type than float32 and be left out.
func droppable(op tflite.Op) bool {
	return op == tflite.Dequantize || op == tflite.Cast
}

// put makes a value that of an operator's output.
func (r *reader) put(op *tflite.Operator, v *graph.Value) error {
	if v.Name == "" {
		v.Name = r.m.Tensors[op.Outputs[0]].Name
	}
	r.values[op.Outputs[0]] = v
	return nil
}

// dense adds a dense layer between two dimensions.
func (r *reader) dense(op *tflite.Operator, in []*graph.Value) error {
	if in[1].Floats == nil {
		return errors.New("its weights are computed: only layers with weights of their own are imported")
	}
	o := op.Options.(tflite.FullyConnectedOptions)
	inputs, units := in[1].Shape[1], in[1].Shape[0]
	rows := in[0].Size() / inputs
	all := []*graph.Value{r.g.Reshape(in[0], rows, inputs), in[1]}
	if len(in) > 2 && in[2] != nil {
		all = append(all, in[2])
	}
	y := r.g.Add(tflite.FullyConnected, tflite.FullyConnectedOptions{Activation: o.Activation}, []int{rows, units}, all...)
	return r.put(op, r.g.Reshape(y, r.m.Tensors[op.Outputs[0]].Shape...))
}

// matMul adds a product of matrices, by a constant one as a dense layer.
func (r *reader) matMul(op *tflite.Operator, in []*graph.Value) error {
	o := op.Options.(tflite.BatchMatMulOptions)
	shape := r.m.Tensors[op.Outputs[0]].Shape
	b := in[1]
	if b.Floats == nil || b.Size() != b.Shape[len(b.Shape)-1]*b.Shape[len(b.Shape)-2] || o.TransposeA {
		return r.put(op, r.g.Add(op.Op, o, shape, in...))
	}
	w := r.g.Reshape(b, b.Shape[len(b.Shape)-2], b.Shape[len(b.Shape)-1])
	if !o.TransposeB {
		w = r.g.Transpose(w, 1, 0)
	}
	rows := in[0].Size() / w.Shape[1]
	y := r.g.Add(tflite.FullyConnected, tflite.FullyConnectedOptions{}, []int{rows, w.Shape[0]},
		r.g.Reshape(in[0], rows, w.Shape[1]), w)
	return r.put(op, r.g.Reshape(y, shape...))
}

// split adds a slice for each part.
func (r *reader) split(op *tflite.Operator, in []*graph.Value) error {
	x, axis := in[0], 0
	switch o := op.Options.(type) {
	case tflite.SplitOptions:
		x, axis = in[1], int(in[0].Ints[0])
	case tflite.SplitVOptions:
		axis = int(in[2].Ints[0])
	case tflite.UnpackOptions:
		axis = o.Axis
	}
	if axis < 0 {
		axis += len(x.Shape)
	}
	begin := make([]int, len(x.Shape))
	for _, t := range op.Outputs {
		extent := slices.Clone(x.Shape)
		shape := r.m.Tensors[t].Shape
		if extent[axis] = 1; op.Op != tflite.Unpack {
			extent[axis] = shape[axis]
		}
		r.values[t] = r.g.Reshape(r.g.Slice(x, begin, extent), shape...)
		begin = slices.Clone(begin)
		begin[axis] += extent[axis]
	}
	return nil
}

// pack adds a concatenation along a new dimension.
func (r *reader) pack(op *tflite.Operator, in []*graph.Value) error {
	o, shape := op.Options.(tflite.PackOptions), r.m.Tensors[op.Outputs[0]].Shape
	axis := o.Axis
	if axis < 0 {
		axis += len(shape)
	}
	one := slices.Clone(shape)
	one[axis] = 1
	for i, v := range in {
		in[i] = r.g.Reshape(v, one...)
	}
	return r.put(op, r.g.Concat(axis, in...))
}

// stridedSlice adds a slice where every stride is 1 and no dimension is new.
func (r *reader) stridedSlice(op *tflite.Operator, in []*graph.Value) error {
	o, shape := op.Options.(tflite.StridedSliceOptions), r.m.Tensors[op.Outputs[0]].Shape
	x := in[0]
	simple := o.EllipsisMask == 0 && o.NewAxisMask == 0 && !o.Offset && in[1].Ints != nil && in[2].Ints != nil &&
		!slices.ContainsFunc(in[3].Ints, func(n int32) bool { return n != 1 })
	if !simple {
		return r.put(op, r.g.Add(op.Op, o, shape, in...))
	}
	begin, extent := make([]int, len(x.Shape)), slices.Clone(x.Shape)
	for i := range in[1].Ints {
		n := x.Shape[i]
		from, to := int(in[1].Ints[i]), int(in[2].Ints[i])
		if from < 0 {
			from += n
		}
		if to < 0 {
			to += n
		}
		if o.BeginMask>>i&1 != 0 {
			from = 0
		}
		if o.EndMask>>i&1 != 0 {
			to = n
		}
		if o.ShrinkMask>>i&1 != 0 {
			to = from + 1
		}
		begin[i] = max(0, min(from, n))
		extent[i] = max(0, min(to, n)) - begin[i]
	}
	if err := graph.CheckShape(extent); err != nil {
		return err
	}
	return r.put(op, r.g.Reshape(r.g.Slice(x, begin, extent), shape...))
}
