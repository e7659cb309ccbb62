package ptq

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/nn"
)

// Options say how to quantise.
type Options struct {
	// Description goes into the file, for people.
	Description string
	// MaxWindows bounds the calibration windows, spread evenly; 0 means 512.
	MaxWindows int
	// Percentile, if not 0, takes ranges that leave 100-Percentile percent of the
	// calibration's values off at either end, at most: 50 to 100. 0 chooses ranges
	// by their mean squared error.
	Percentile float64
	// Raise is by how much of the input's range each calibration window is raised
	// and shown a second time, so that ranges have room for what is louder than
	// normal; 0 means DefaultRaise, and below 0 not at all.
	Raise float64
	// KeepBias leaves offsets as they are, without making up for what the weights'
	// rounding shifts.
	KeepBias bool
}

const defaultWindows = 512

// DefaultRaise is 8 dB of a profile's 120.
const DefaultRaise = 8.0 / 120

// Versions of the operators that are written: the oldest definitions with what
// is needed (per-channel weights, fused ReLU and bias).
const (
	versionFullyConnected = 5
	versionConv2D         = 3
	versionTransposeConv  = 4
	versionDepthwise      = 3
	versionLogistic       = 2
	versionAdd            = 2
	versionReshape        = 1
	versionMul            = 2
	versionSub            = 2
	versionExp            = 2
)

// input is what the input tensor's codes stand for, pinned to the front end's.
var input = codes{scale: 1.0 / 255, zero: -128}

// logisticOutput is TFLite's rule for LOGISTIC.
var logisticOutput = codes{scale: 1.0 / 256, zero: -128}

// Quantise returns the int8 model of a network without batch normalisation,
// whose input and output are cells from 0 to 1.
func Quantise(net *nn.Network, windows dataset.NormalWindows, o Options) (*tflite.Model, error) {
	if o.MaxWindows < 1 {
		o.MaxWindows = defaultWindows
	}
	if o.Percentile != 0 && !(o.Percentile >= 50 && o.Percentile <= 100) {
		return nil, fmt.Errorf("ptq: percentile %g: must be 50 to 100", o.Percentile)
	}
	if o.Raise == 0 {
		o.Raise = DefaultRaise
	}
	if !(o.Raise <= 1) {
		return nil, fmt.Errorf("ptq: raised by %g of the range: must be at most 1", o.Raise)
	}
	b, err := newBuilder(net, windows, o)
	if err != nil {
		return nil, err
	}
	b.model.Description = o.Description
	if err := b.build(); err != nil {
		return nil, err
	}
	return &b.model, nil
}

// builder writes a model operator by operator.
type builder struct {
	net   *nn.Network
	specs []nn.Spec
	ops   []operator
	spans []span    // of the operators
	means []float64 // of the channels of the network's input
	o     Options
	model tflite.Model

	at, next   value // what the next operator takes, and what the one behind it will
	conditions value // the second input
	driven     value // what the conditions add
	extra      []int // outputs beside the main one

	// Of a latent layer: its log variances, the squares of its means, and what was
	// written last.
	logvars, squares, last value
}

// value is a tensor and what its codes stand for.
type value struct {
	tensor int
	codes
	op int // operator that gives it, -1 for an input
}

// newBuilder watches a network on windows.
func newBuilder(net *nn.Network, windows dataset.NormalWindows, o Options) (*builder, error) {
	p, err := newProbe(net)
	if err != nil {
		return nil, err
	}
	b := &builder{net: net, specs: net.Specs(), ops: p.ops, o: o}
	b.spans, b.means, err = measure(p, windows, o.MaxWindows, float32(o.Raise))
	return b, err
}

func (b *builder) build() error {
	shape := tensorShape(b.specs[0], b.specs[0].In)
	b.at = b.activation("input", shape, input)
	b.model.Inputs = []int{b.at.tensor}
	if n := b.net.Conditions(); n > 0 {
		b.conditions = b.activation("conditions", []int{1, n}, input)
		b.model.Inputs = append(b.model.Inputs, b.conditions.tensor)
	}
	for i, op := range b.ops {
		if err := b.write(i); err != nil {
			return fmt.Errorf("ptq: layer %d (%v): %w", op.layer, b.specs[op.layer].Kind, err)
		}
	}
	b.model.Outputs = append([]int{b.at.tensor}, b.extra...)
	return nil
}

// write writes operator i of the plan.
func (b *builder) write(i int) error {
	op := b.ops[i]
	s := b.specs[op.layer]
	to := b.outputCodes(i)
	shape := tensorShape(s, op.out)
	name := fmt.Sprintf("layer_%d_%v", op.at, b.specs[op.at].Kind)
	switch {
	case op.main && op.at == len(b.specs)-1:
		name = "output"
	case !op.main:
		name = fmt.Sprintf("layer_%d_%v", op.layer, op.do)
	}
	var made tflite.Operator
	switch op.do {
	case multiply:
		var err error
		if made, err = b.linear(op, shape, to); err != nil {
			return err
		}
	case squash:
		made = tflite.Operator{Op: tflite.Logistic, Version: versionLogistic, Inputs: []int{b.at.tensor}}
	case pool:
		// TFLite's average keeps the codes of what it averages, which are too wide for it.
		made = b.overall(name, s.In, b.at, 1/float64(s.In.H*s.In.W), 0)
		shape = []int{1, 1, 1, s.Out.C}
	case reshape:
		made = tflite.Operator{Op: tflite.Reshape, Version: versionReshape, Inputs: []int{b.at.tensor, b.shape(name+"_shape", shape)},
			Options: tflite.ReshapeOptions{NewShape: shape}}
	case drive:
		return b.drive(op, name, to)
	case square, exponent, gather, lessen, divergence:
		b.side(op, name, to)
		return nil
	case join:
		made = tflite.Operator{Op: tflite.Add, Version: versionAdd, Inputs: []int{b.at.tensor, b.driven.tensor},
			Options: tflite.AddOptions{Activation: fused(op)}}
	}
	out := b.append(name, made, shape, to)
	out.op = i
	if op.main {
		b.next = out
	} else {
		b.logvars = out
	}
	if op.to == 0 || op.from > 0 {
		b.at = b.next // not before both halves of a latent layer had the same input
	}
	return nil
}

// fused returns the activation that an operator does at its end.
func fused(op operator) tflite.Activation {
	if op.relu {
		return tflite.ActRelu
	}
	return tflite.ActNone
}

// outputCodes chooses the codes of operator i's output.
func (b *builder) outputCodes(i int) codes {
	op := b.ops[i]
	next := nn.Kind(0)
	if op.main && op.at+1 < len(b.specs) {
		next = b.specs[op.at+1].Kind
	}
	switch {
	case op.do == squash:
		return logisticOutput
	case op.do == reshape:
		return b.at.codes // TFLite's rule
	case op.do == pool:
		return fit(pooledRoom*b.spans[i].low, pooledRoom*b.spans[i].high)
	case op.do == drive:
		return b.drivenCodes(i)
	case op.do >= square || op.from > 0:
		return b.latentCodes(i)
	case op.main && next == 0:
		return reconstruction(b.spans[i])
	case b.o.Percentile != 0:
		return b.spans[i].percentile(b.o.Percentile)
	case next == nn.Sigmoid:
		return b.spans[i].choose(logistic)
	}
	return b.spans[i].choose(identity)
}

// reconstruction returns the codes of a network's output: as fine as what it gives lets
// them be, and no coarser than those of the input, which cannot hold more either.
func reconstruction(s span) codes {
	if c := fit(s.low, s.high); c.scale < input.scale {
		return c
	}
	return input
}

// linear makes the operator of a layer with weights, or of some of its channels.
func (b *builder) linear(op operator, shape []int, to codes) (tflite.Operator, error) {
	s := b.specs[op.layer]
	w := b.net.Weights(op.layer)
	weights, bias := w.W, w.Bias
	if bias == nil {
		bias = make([]float32, s.Out.C)
	}
	if op.to > 0 {
		weights, bias = columns(weights, s.Out.C, op.from, op.to), bias[op.from:op.to]
		s.Out.C = op.to - op.from
	}
	means := b.means
	if b.at.op >= 0 {
		means = b.spans[b.at.op].means()
	}
	if b.o.KeepBias {
		means = nil
	}
	q, err := quantiseWeights(weights, bias, s, b.at.codes, to, means)
	if err != nil {
		return tflite.Operator{}, err
	}
	name := fmt.Sprintf("layer_%d", op.layer)
	if op.from > 0 {
		name += "_behind"
	}
	kernel, offsets := b.weights(name, q, s.Out.C)
	activation, from := fused(op), b.at.tensor
	switch s.Kind {
	case nn.Dense:
		return tflite.Operator{Op: tflite.FullyConnected, Version: versionFullyConnected, Inputs: []int{from, kernel, offsets},
			Options: tflite.FullyConnectedOptions{Activation: activation}}, nil
	case nn.Conv2D:
		return tflite.Operator{Op: tflite.Conv2D, Version: versionConv2D, Inputs: []int{from, kernel, offsets},
			Options: tflite.Conv2DOptions{Padding: tflite.Same, StrideH: s.Stride, StrideW: s.Stride, DilationH: 1, DilationW: 1, Activation: activation}}, nil
	case nn.DepthwiseConv2D:
		return tflite.Operator{Op: tflite.DepthwiseConv2D, Version: versionDepthwise, Inputs: []int{from, kernel, offsets},
			Options: tflite.DepthwiseConv2DOptions{Padding: tflite.Same, StrideH: s.Stride, StrideW: s.Stride, DepthMultiplier: 1,
				DilationH: 1, DilationW: 1, Activation: activation}}, nil
	}
	return tflite.Operator{Op: tflite.TransposeConv, Version: versionTransposeConv, Inputs: []int{b.shape(name+"_output_shape", shape), kernel, from, offsets},
		Options: tflite.TransposeConvOptions{Padding: tflite.Same, StrideH: s.Stride, StrideW: s.Stride, Activation: activation}}, nil
}

// columns returns some columns of a matrix of n columns.
func columns(w []float32, n, from, to int) []float32 {
	out := make([]float32, 0, len(w)/n*(to-from))
	for ; len(w) > 0; w = w[n:] {
		out = append(out, w[from:to]...)
	}
	return out
}

// finestDriven is by how much the step of what conditions add may be finer than that
// of the sum: runtimes add within 1/1024.
const finestDriven = 1.0 / 512

// drivenCodes covers all that the conditions can add, whichever of them the windows were
// recorded under.
func (b *builder) drivenCodes(i int) codes {
	op := b.ops[i]
	w := b.net.Weights(op.layer).W
	size := op.out.Size()
	low, high := 0.0, 0.0
	for j := range size {
		down, up := 0.0, 0.0
		for k := j; k < len(w); k += size {
			down, up = down+min(float64(w[k]), 0), up+max(float64(w[k]), 0)
		}
		low, high = min(low, down), max(high, up)
	}
	if c := fit(low, high); c.scale >= finestDriven*b.outputCodes(i+1).scale {
		return c
	}
	return codes{scale: finestDriven * b.outputCodes(i+1).scale}
}

// drive writes what the conditions add: a layer of its own, in the shape of what it is
// added to.
func (b *builder) drive(op operator, name string, to codes) error {
	s := nn.Spec{Kind: nn.Dense, In: nn.Shape{H: 1, W: 1, C: b.net.Conditions()}, Out: nn.Shape{H: 1, W: 1, C: op.out.Size()}}
	q, err := quantiseWeights(b.net.Weights(op.layer).W, make([]float32, op.out.Size()), s, input, to, nil)
	if err != nil {
		return err
	}
	kernel, offsets := b.weights(name, q, s.Out.C)
	b.driven = b.append(name, tflite.Operator{Op: tflite.FullyConnected, Version: versionFullyConnected,
		Inputs: []int{b.conditions.tensor, kernel, offsets}, Options: tflite.FullyConnectedOptions{}}, []int{1, s.Out.C}, to)
	if op.out.H == 1 && op.out.W == 1 {
		return nil
	}
	shape := []int{1, op.out.H, op.out.W, op.out.C}
	b.driven = b.append(name+"_shaped", tflite.Operator{Op: tflite.Reshape, Version: versionReshape,
		Inputs: []int{b.driven.tensor, b.shape(name+"_shape", shape)}, Options: tflite.ReshapeOptions{NewShape: shape}}, shape, to)
	return nil
}

// weights adds the constants of a layer with weights.
func (b *builder) weights(name string, q quantised, outputs int) (kernel, offsets int) {
	kernel = b.constant(tflite.Tensor{Name: name + "_weights", Type: tflite.Int8, Shape: q.shape, Data: q.weights,
		Quant: &tflite.Quantisation{Scales: q.scales, ZeroPoints: make([]int64, len(q.scales)), Axis: q.axis}})
	offsets = b.constant(tflite.Tensor{Name: name + "_bias", Type: tflite.Int32, Shape: []int{outputs}, Data: q.bias,
		Quant: &tflite.Quantisation{Scales: q.biasScales, ZeroPoints: make([]int64, len(q.scales)), Axis: 0}})
	return kernel, offsets
}

// shape adds a constant that says a shape.
func (b *builder) shape(name string, shape []int) int {
	size := make([]byte, 0, 16)
	for _, d := range shape {
		size = binary.LittleEndian.AppendUint32(size, uint32(d))
	}
	return b.constant(tflite.Tensor{Name: name, Type: tflite.Int32, Shape: []int{len(shape)}, Data: size})
}

func (b *builder) constant(t tflite.Tensor) int {
	b.model.Tensors = append(b.model.Tensors, t)
	return len(b.model.Tensors) - 1
}

func (b *builder) activation(name string, shape []int, c codes) value {
	return value{b.constant(tflite.Tensor{Name: name, Type: tflite.Int8, Shape: shape,
		Quant: &tflite.Quantisation{Scales: []float32{c.scale}, ZeroPoints: []int64{int64(c.zero)}}}), c, -1}
}

// append appends an operator and returns its output.
func (b *builder) append(name string, op tflite.Operator, shape []int, c codes) value {
	out := b.activation(name, shape, c)
	op.Outputs = []int{out.tensor}
	b.model.Operators = append(b.model.Operators, op)
	return out
}

// tensorShape returns the shape of a tensor with a batch of 1.
func tensorShape(s nn.Spec, sh nn.Shape) []int {
	if sh.H == 1 && sh.W == 1 && s.Kind != nn.Conv2D && s.Kind != nn.ConvTranspose2D && s.Kind != nn.DepthwiseConv2D {
		return []int{1, sh.C}
	}
	return []int{1, sh.H, sh.W, sh.C}
}

// quantised are weights as TFLite stores them, output channel first.
type quantised struct {
	shape      []int
	weights    []byte
	scales     []float32
	bias       []byte
	biasScales []float32
	axis       int // of the output channels in shape
}

// Limits within which every runtime's requantisation works: XNNPACK's factor
// si*sw/so is below 256, and a bias leaves room for the sum in int32.
const (
	maxFactor = 255
	minFactor = 1.0 / (1 << 24)
	maxBias   = 1 << 30
)

// quantiseWeights rounds a layer's weights, and moves its offsets by what the
// rounding shifts the outputs of inputs with the given means by, unless there are
// none.
func quantiseWeights(w, bias []float32, s nn.Spec, in, out codes, means []float64) (quantised, error) {
	n := s.Out.C
	rows := len(w) / n // values that one output channel multiplies by
	q := quantised{shape: weightShape(s), weights: make([]byte, len(w)), scales: make([]float32, n), biasScales: make([]float32, n)}
	if s.Kind == nn.DepthwiseConv2D {
		q.axis = len(q.shape) - 1
	}
	for c := range n {
		largest := 0.0
		for i := c; i < len(w); i += n {
			largest = max(largest, math.Abs(float64(w[i])))
		}
		if !(largest <= math.MaxFloat32) || !(math.Abs(float64(bias[c])) <= math.MaxFloat32) {
			return q, fmt.Errorf("channel %d has a weight that is not finite", c)
		}
		si, so := float64(in.scale), float64(out.scale)
		// A channel of tiny weights still needs room for its bias.
		scale := max(largest/127, math.Abs(float64(bias[c]))/(si*maxBias), minFactor*so/si)
		if si*scale/so > maxFactor {
			return q, fmt.Errorf("channel %d: weights up to %g for an output step of %g", c, largest, so)
		}
		q.scales[c] = float32(scale)
		q.biasScales[c] = in.scale * q.scales[c]
		shift := 0.0
		for r := range rows {
			v := max(-127, min(math.RoundToEven(float64(w[r*n+c])/float64(q.scales[c])), 127))
			q.weights[weightIndex(s, r, c, rows)] = byte(int8(v))
			if means != nil {
				shift += (v*float64(q.scales[c]) - float64(w[r*n+c])) * means[inputChannel(s, r, c)]
			}
		}
		if s.Kind == nn.ConvTranspose2D {
			shift /= float64(s.Stride * s.Stride) // of the taps, an output meets this part
		}
		b := math.RoundToEven((float64(bias[c]) - shift) / float64(q.biasScales[c]))
		q.bias = binary.LittleEndian.AppendUint32(q.bias, uint32(int32(max(-maxBias, min(b, maxBias)))))
	}
	return q, nil
}

// inputChannel returns the channel of the input that the weight in row r of nn's
// matrix for output channel c multiplies.
func inputChannel(s nn.Spec, r, c int) int {
	switch s.Kind {
	case nn.DepthwiseConv2D:
		return c
	case nn.ConvTranspose2D:
		return r / (s.Kernel * s.Kernel)
	}
	return r % s.In.C
}

// weightShape returns TFLite's shape: [out, in], [out, rows, columns, in], or
// [1, rows, columns, channels] of a depthwise convolution.
func weightShape(s nn.Spec) []int {
	switch s.Kind {
	case nn.Dense:
		return []int{s.Out.C, s.In.C}
	case nn.DepthwiseConv2D:
		return []int{1, s.Kernel, s.Kernel, s.Out.C}
	}
	return []int{s.Out.C, s.Kernel, s.Kernel, s.In.C}
}

// weightIndex returns where TFLite has the weight in row r of nn's matrix for
// output channel c.
func weightIndex(s nn.Spec, r, c, rows int) int {
	if s.Kind == nn.DepthwiseConv2D {
		return r*s.Out.C + c
	}
	if s.Kind == nn.ConvTranspose2D {
		// nn has [in, row, column, out].
		area := s.Kernel * s.Kernel
		r = r%area*s.In.C + r/area
	}
	return c*rows + r
}
