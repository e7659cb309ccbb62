package tflite

import (
	"errors"
	"fmt"
	"math"

	"github.com/auscult/auscult/tflite/internal/kernels"
)

// budget is what a model may still cost. Operators can share weights, so a small
// file can ask for much.
type budget struct {
	limits Options
	impl   *kernels.Impl
	macs   int64
	bytes  int64
}

// checker looks at one operator's tensors. Its methods keep the first error.
type checker struct {
	m    *Model
	o    *Operator
	left *budget
	err  error
}

// afford takes work and memory from the budget, before either is spent; false,
// with an error, when they exceed it.
func (c *checker) afford(macs, bytes int64) bool {
	if c.err != nil {
		return false
	}
	if macs > c.left.macs {
		c.fail("an inference needs more than the limit of %d multiply-accumulate steps", c.left.limits.MACLimit)
		return false
	}
	if bytes > c.left.bytes {
		c.fail("what is computed beforehand needs more than the limit of %d bytes", c.left.limits.PreparedLimitBytes)
		return false
	}
	c.left.macs -= macs
	c.left.bytes -= bytes
	return true
}

func (c *checker) fail(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf(format, args...)
	}
}

// maxVersion is the newest definition of each operator whose meaning for int8 this
// package knows. Newer ones may mean something else.
var maxVersion = map[Op]int{
	Add: 5, AveragePool2D: 3, Conv2D: 8, DepthwiseConv2D: 7, Dequantize: 6, Exp: 2,
	FullyConnected: 12, Logistic: 3, Mul: 5, Pad: 4, Quantize: 3, Relu: 3, Relu6: 3,
	Reshape: 1, Softmax: 3, Sub: 5, Tile: 3, TransposeConv: 5,
}

// checkOperator verifies that this package can run the operator and precomputes
// what it needs.
func checkOperator(m *Model, o *Operator, left *budget) (step, error) {
	newest, ok := maxVersion[o.Op]
	if !ok {
		if o.Op == Custom {
			return step{}, fmt.Errorf("the custom operator %.40q is not supported", o.Custom)
		}
		return step{}, errors.New("the operator is not supported")
	}
	if o.Version > newest {
		return step{}, fmt.Errorf("version %d, this program runs up to %d", o.Version, newest)
	}
	c := &checker{m: m, o: o, left: left}
	if len(o.Outputs) == 1 && m.Tensors[o.Outputs[0]].Type == Float32 && o.Op != Dequantize {
		return c.floatOperator(), c.err
	}
	var s step
	switch o.Op {
	case Conv2D:
		s = c.conv2D()
	case DepthwiseConv2D:
		s = c.depthwiseConv2D()
	case TransposeConv:
		s = c.transposeConv()
	case FullyConnected:
		s = c.fullyConnected()
	case Logistic:
		s = c.logistic()
	case Relu, Relu6:
		s = c.relu()
	case Quantize:
		s = c.quantize()
	case Dequantize:
		s = c.dequantize()
	case Exp:
		s = c.exp()
	case Add, Sub:
		s = c.add()
	case Mul:
		s = c.mul()
	case AveragePool2D:
		s = c.averagePool2D()
	case Softmax:
		s = c.softmax()
	case Reshape:
		s = c.reshape()
	case Tile:
		s = c.tile()
	case Pad:
		s = c.pad()
	}
	return s, c.err
}

// arity checks the number of inputs, of which those from required on may be left
// out, and that there is one output.
func (c *checker) arity(required, most int) bool {
	for len(c.o.Inputs) > required && c.o.Inputs[len(c.o.Inputs)-1] == -1 {
		c.o = &Operator{Op: c.o.Op, Options: c.o.Options, Inputs: c.o.Inputs[:len(c.o.Inputs)-1], Outputs: c.o.Outputs}
	}
	if n := len(c.o.Inputs); n < required || n > most {
		if required == most {
			c.fail("%d inputs, needs %d", n, required)
		} else {
			c.fail("%d inputs, needs %d to %d", n, required, most)
		}
	}
	for j, t := range c.o.Inputs {
		if t == -1 {
			c.fail("input %d is left out", j)
		}
	}
	if len(c.o.Outputs) != 1 {
		c.fail("%d outputs, needs 1", len(c.o.Outputs))
	}
	return c.err == nil
}

// minScale is the smallest normal float32: below it factors lose their precision.
const minScale = 0x1p-126

// codes is a tensor of int8 with one scale.
type codes struct {
	index     int
	shape     []int
	n         int
	scale     float32
	zeroPoint int32
}

// int8 gives an activation tensor: int8, one scale, not empty.
func (c *checker) int8(what string, index int) codes {
	t := &c.m.Tensors[index]
	n, _ := elements(t.Shape) // verified before
	switch {
	case t.Type != Int8:
		c.fail("%s (%.40q) is %v, needs int8", what, t.Name, t.Type)
	case t.Variable:
		c.fail("%s (%.40q) is a variable: state between inferences is not supported", what, t.Name)
	case n == 0:
		c.fail("%s (%.40q) is empty, its shape is %v", what, t.Name, t.Shape)
	case t.Quant == nil:
		c.fail("%s (%.40q) has no quantisation", what, t.Name)
	case len(t.Quant.Scales) != 1 || t.Quant.Axis != 0:
		c.fail("%s (%.40q) has %d scales along dimension %d, needs 1 along 0", what, t.Name, len(t.Quant.Scales), t.Quant.Axis)
	case t.Quant.Scales[0] < minScale:
		c.fail("%s (%.40q) has the subnormal scale %v", what, t.Name, t.Quant.Scales[0])
	default:
		return codes{index, t.Shape, n, t.Quant.Scales[0], int32(t.Quant.ZeroPoints[0])}
	}
	return codes{}
}

func (c *checker) input(j int) codes {
	if c.err != nil {
		return codes{}
	}
	return c.int8(fmt.Sprintf("input %d", j), c.o.Inputs[j])
}

func (c *checker) output() codes {
	if c.err != nil {
		return codes{}
	}
	return c.int8("output 0", c.o.Outputs[0])
}

// float gives the index of a float32 border tensor and its element count.
func (c *checker) float(what string, index int) (n int) {
	t := &c.m.Tensors[index]
	n, _ = elements(t.Shape) // verified before
	switch {
	case t.Type != Float32:
		c.fail("%s (%.40q) is %v, needs float32", what, t.Name, t.Type)
	case t.Data != nil || t.Variable || n == 0:
		c.fail("%s (%.40q) is constant, variable or empty", what, t.Name)
	}
	return n
}

// constantInts gives the values of a constant int32 tensor.
func (c *checker) constantInts(j int) []int {
	if c.err != nil {
		return nil
	}
	t := &c.m.Tensors[c.o.Inputs[j]]
	n, _ := elements(t.Shape) // verified before
	switch {
	case t.Type != Int32:
		c.fail("input %d (%.40q) is %v, needs int32", j, t.Name, t.Type)
		return nil
	case t.Data == nil && n > 0:
		c.fail("input %d (%.40q) is not constant", j, t.Name)
		return nil
	case n > 2*MaxDims:
		c.fail("input %d (%.40q) has %d values", j, t.Name, n)
		return nil
	}
	values := make([]int, n)
	for i, v := range int32s(t.Data) {
		values[i] = int(v)
	}
	return values
}

// wantShape compares the output's shape with what the operator computes.
func (c *checker) wantShape(got []int, want ...int) {
	if c.err != nil {
		return
	}
	same := len(got) == len(want)
	for i := 0; same && i < len(got); i++ {
		same = got[i] == want[i]
	}
	if !same {
		c.fail("output 0 has shape %v, the operator computes %v", got, want)
	}
}

// rank checks the number of dimensions.
func (c *checker) rank(what string, t codes, n int) {
	if c.err == nil && len(t.shape) != n {
		c.fail("%s has shape %v, needs %d dimensions", what, t.shape, n)
	}
}

// activationRange gives the codes that an activation leaves.
func (c *checker) activationRange(a Activation, out codes) (lo, hi int32) {
	if c.err != nil {
		return 0, 0
	}
	if c.left.limits.Profile == Reference {
		return c.poolingRange(a, out)
	}
	lo, hi = -128, 127
	code := func(x float32) int32 { return quantizeReal(x, out.scale, out.zeroPoint) }
	switch a {
	case ActNone:
	case ActRelu:
		lo = code(0)
	case ActRelu6:
		lo, hi = code(0), code(6)
	case ActReluN1To1:
		lo, hi = code(-1), code(1)
	default:
		c.fail("the fused activation %v is not supported", a)
	}
	return lo, hi
}

// quantizeReal gives the code nearest to x, halves to even, as the
// delegate does for the limits of activations.
func quantizeReal(x, scale float32, zeroPoint int32) int32 {
	v := float32(float32(x/scale) + float32(zeroPoint))
	return int32(math.RoundToEven(float64(min(max(v, -128), 127))))
}
