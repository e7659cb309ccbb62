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
	spans, means, err := measure(net, windows, o.MaxWindows, float32(o.Raise))
	if err != nil {
		return nil, err
	}
	b := &builder{net: net, specs: net.Specs(), spans: spans, means: means, o: o}
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
	spans []span
	means []float64 // of the channels of the network's input
	o     Options
	model tflite.Model
	at    int   // tensor that the next operator takes
	in    codes // of that tensor
}

func (b *builder) build() error {
	shape := tensorShape(b.specs[0], b.specs[0].In)
	b.in = input
	b.at = b.activation("input", shape, input)
	b.model.Inputs = []int{b.at}
	ops, err := operators(b.specs)
	if err != nil {
		return err
	}
	for _, op := range ops {
		s := b.specs[op.first]
		if s.Kind == nn.Sigmoid {
			b.operator(op.last, tflite.Operator{Op: tflite.Logistic, Version: versionLogistic, Inputs: []int{b.at}},
				tensorShape(s, s.Out), logisticOutput)
			continue
		}
		if err := b.linear(op.first, op.last); err != nil {
			return fmt.Errorf("ptq: layer %d (%v): %w", op.first, s.Kind, err)
		}
	}
	b.model.Outputs = []int{b.at}
	return nil
}

// layerRange names the layers that become one operator, both included.
type layerRange struct {
	first, last int
}

// operators groups layers to operators: a ReLU is fused into what comes before.
func operators(specs []nn.Spec) ([]layerRange, error) {
	var ops []layerRange
	for i := 0; i < len(specs); i++ {
		op := layerRange{i, i}
		switch specs[i].Kind {
		case nn.Dense, nn.Conv2D, nn.ConvTranspose2D, nn.DepthwiseConv2D:
			if i+1 < len(specs) && specs[i+1].Kind == nn.ReLU {
				i++
				op.last = i
			}
		case nn.Sigmoid:
		default:
			return nil, fmt.Errorf("ptq: layer %d (%v): cannot be exported here; fold the network first", i, specs[i].Kind)
		}
		ops = append(ops, op)
	}
	return ops, nil
}

// outputCodes chooses the codes of layer i's output.
func (b *builder) outputCodes(i int) codes {
	last := i == len(b.specs)-1
	switch {
	case last:
		return input // a reconstruction of the input, on its scale
	case b.specs[i+1].Kind == nn.Sigmoid:
		if b.o.Percentile == 0 {
			return b.spans[i].choose(logistic)
		}
	}
	if b.o.Percentile != 0 {
		return b.spans[i].percentile(b.o.Percentile)
	}
	return b.spans[i].choose(identity)
}

// linear writes layer i, whose output after the fused activation is layer out's.
func (b *builder) linear(i, out int) error {
	s := b.specs[i]
	to := b.outputCodes(out)
	w := b.net.Weights(i)
	bias := w.Bias
	if bias == nil {
		bias = make([]float32, s.Out.C)
	}
	means := b.means
	if i > 0 {
		means = b.spans[i-1].means()
	}
	if b.o.KeepBias {
		means = nil
	}
	q, err := quantiseWeights(w.W, bias, s, b.in, to, means)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("layer_%d", i)
	activation := tflite.ActNone
	if out > i {
		activation = tflite.ActRelu
	}
	weights := b.constant(tflite.Tensor{Name: name + "_weights", Type: tflite.Int8, Shape: q.shape, Data: q.weights,
		Quant: &tflite.Quantisation{Scales: q.scales, ZeroPoints: make([]int64, len(q.scales)), Axis: q.axis}})
	biases := b.constant(tflite.Tensor{Name: name + "_bias", Type: tflite.Int32, Shape: []int{s.Out.C}, Data: q.bias,
		Quant: &tflite.Quantisation{Scales: q.biasScales, ZeroPoints: make([]int64, len(q.scales)), Axis: 0}})
	shape := tensorShape(s, s.Out)
	var op tflite.Operator
	switch s.Kind {
	case nn.Dense:
		op = tflite.Operator{Op: tflite.FullyConnected, Version: versionFullyConnected, Inputs: []int{b.at, weights, biases},
			Options: tflite.FullyConnectedOptions{Activation: activation}}
	case nn.Conv2D:
		op = tflite.Operator{Op: tflite.Conv2D, Version: versionConv2D, Inputs: []int{b.at, weights, biases},
			Options: tflite.Conv2DOptions{Padding: tflite.Same, StrideH: s.Stride, StrideW: s.Stride, DilationH: 1, DilationW: 1, Activation: activation}}
	case nn.DepthwiseConv2D:
		op = tflite.Operator{Op: tflite.DepthwiseConv2D, Version: versionDepthwise, Inputs: []int{b.at, weights, biases},
			Options: tflite.DepthwiseConv2DOptions{Padding: tflite.Same, StrideH: s.Stride, StrideW: s.Stride, DepthMultiplier: 1,
				DilationH: 1, DilationW: 1, Activation: activation}}
	default:
		size := make([]byte, 0, 16)
		for _, d := range shape {
			size = binary.LittleEndian.AppendUint32(size, uint32(d))
		}
		outShape := b.constant(tflite.Tensor{Name: name + "_output_shape", Type: tflite.Int32, Shape: []int{len(shape)}, Data: size})
		op = tflite.Operator{Op: tflite.TransposeConv, Version: versionTransposeConv, Inputs: []int{outShape, weights, b.at, biases},
			Options: tflite.TransposeConvOptions{Padding: tflite.Same, StrideH: s.Stride, StrideW: s.Stride, Activation: activation}}
	}
	b.operator(out, op, shape, to)
	return nil
}

func (b *builder) constant(t tflite.Tensor) int {
	b.model.Tensors = append(b.model.Tensors, t)
	return len(b.model.Tensors) - 1
}

func (b *builder) activation(name string, shape []int, c codes) int {
	return b.constant(tflite.Tensor{Name: name, Type: tflite.Int8, Shape: shape,
		Quant: &tflite.Quantisation{Scales: []float32{c.scale}, ZeroPoints: []int64{int64(c.zero)}}})
}

// operator appends op, whose output is layer out's.
func (b *builder) operator(out int, op tflite.Operator, shape []int, c codes) {
	name := fmt.Sprintf("layer_%d_%v", out, b.specs[out].Kind)
	if out == len(b.specs)-1 {
		name = "output"
	}
	b.at, b.in = b.activation(name, shape, c), c
	op.Outputs = []int{b.at}
	b.model.Operators = append(b.model.Operators, op)
}

// tensorShape returns the shape of a tensor with a batch of 1.
func tensorShape(s nn.Spec, sh nn.Shape) []int {
	if s.Kind == nn.Dense || sh.H == 1 && sh.W == 1 && s.Kind != nn.Conv2D && s.Kind != nn.ConvTranspose2D && s.Kind != nn.DepthwiseConv2D {
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
