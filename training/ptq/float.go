package ptq

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/nn"
)

// Dequantise returns the graph of an int8 model in float32: its weights are the
// numbers that the codes stand for, and nothing between the layers is rounded.
// That is what int8 saves, and costs, with everything else alike.
func Dequantise(m *tflite.Model) (*tflite.Model, error) {
	out := *m
	out.Tensors = make([]tflite.Tensor, len(m.Tensors))
	out.Metadata = nil
	isShape := shapeInputs(m)
	for i := range m.Tensors {
		t := m.Tensors[i]
		if t.Type == tflite.Float32 || isShape[i] {
			out.Tensors[i] = t
			continue
		}
		q := t.Quant
		if q == nil || len(q.Scales) == 0 || t.Type != tflite.Int8 && t.Type != tflite.Int32 {
			return nil, fmt.Errorf("ptq: tensor %q is %v without a scale: there is no float32 form of it", t.Name, t.Type)
		}
		t.Type, t.Quant = tflite.Float32, nil
		if t.Data != nil {
			t.Data = decode(m.Tensors[i])
		}
		out.Tensors[i] = t
	}
	for _, op := range m.Operators {
		if op.Op == tflite.Quantize || op.Op == tflite.Dequantize {
			return nil, fmt.Errorf("ptq: the operator %v has no float32 form", op.Op)
		}
	}
	return &out, nil
}

// shapeInputs marks the tensors that say a shape or how often, which stay whole
// numbers.
func shapeInputs(m *tflite.Model) map[int]bool {
	marks := map[int]bool{}
	for _, op := range m.Operators {
		switch op.Op {
		case tflite.TransposeConv:
			marks[op.Inputs[0]] = true
		case tflite.Reshape, tflite.Tile, tflite.Pad:
			for _, i := range op.Inputs[1:] {
				marks[i] = true
			}
		}
	}
	return marks
}

// decode returns the float32 values of a constant.
func decode(t tflite.Tensor) []byte {
	size := t.Type.Size()
	inner := 1 // values between two indices along the axis
	for _, d := range t.Shape[min(t.Quant.Axis+1, len(t.Shape)):] {
		inner *= d
	}
	data := make([]byte, 0, len(t.Data)/size*4)
	for i := 0; i < len(t.Data); i += size {
		k := 0
		if n := len(t.Quant.Scales); n > 1 {
			k = i / size / inner % n
		}
		var code int64
		if size == 1 {
			code = int64(int8(t.Data[i]))
		} else {
			code = int64(int32(binary.LittleEndian.Uint32(t.Data[i:])))
		}
		value := float64(code-t.Quant.ZeroPoints[k]) * float64(t.Quant.Scales[k])
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(float32(value)))
	}
	return data
}

// Float returns the float32 network that an int8 model was made of, by Quantise,
// as the same graph.
func Float(net *nn.Network, m *tflite.Model) (*tflite.Model, error) {
	out, err := Dequantise(m)
	if err != nil {
		return nil, err
	}
	specs := net.Specs()
	ops, err := plan(specs)
	if err != nil {
		return nil, err
	}
	places, err := placed(m, ops)
	if err != nil {
		return nil, err
	}
	for i, op := range ops {
		if op.do != multiply && op.do != drive {
			continue
		}
		s, w := specs[op.layer], net.Weights(op.layer)
		matrix, offsets := w.W, w.Bias
		switch {
		case op.do == drive:
			s = nn.Spec{Kind: nn.Dense, In: nn.Shape{H: 1, W: 1, C: net.Conditions()}, Out: nn.Shape{H: 1, W: 1, C: op.out.Size()}}
		case op.to > 0:
			matrix, s.Out.C = columns(matrix, s.Out.C, op.from, op.to), op.to-op.from
			if offsets != nil {
				offsets = offsets[op.from:op.to]
			}
		}
		inputs := out.Operators[places[i]].Inputs
		weights, bias := &out.Tensors[inputs[1]], &out.Tensors[inputs[len(inputs)-1]]
		n := s.Out.C
		rows := len(matrix) / n
		if len(weights.Data) != 4*len(matrix) || len(bias.Data) != 4*n {
			return nil, fmt.Errorf("ptq: operator %d is not of layer %d (%v)", i, op.layer, s.Kind)
		}
		for c := range n {
			for r := range rows {
				binary.LittleEndian.PutUint32(weights.Data[4*weightIndex(s, r, c, rows):], math.Float32bits(matrix[r*n+c]))
			}
			value := float32(0)
			if offsets != nil {
				value = offsets[c]
			}
			binary.LittleEndian.PutUint32(bias.Data[4*c:], math.Float32bits(value))
		}
	}
	return out, nil
}
