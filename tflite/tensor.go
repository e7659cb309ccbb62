package tflite

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/auscult/auscult/tflite/internal/kernels"
)

// tensor is one that an operator computes from or to, after its checks: not empty, of the type that the arithmetic
// asks for.
type tensor struct {
	index        int
	shape        []int
	n            int
	kernels.Code // of int8
}

// minScale is the smallest normal float32: below it factors lose their precision.
const minScale = 0x1p-126

// codes gives an activation tensor of int8: one scale, not empty.
func (c *checker) codes(what string, index int) tensor { return c.codesAs(Int8, what, index) }

// codesAs gives an activation tensor of a quantised type: one scale, not empty.
func (c *checker) codesAs(typ Type, what string, index int) tensor {
	if c.err != nil {
		return tensor{}
	}
	t := &c.m.Tensors[index]
	n, _ := elements(t.Shape) // verified before
	switch {
	case t.Type != typ:
		c.fail("%s (%.40q) is %v, needs %v", what, t.Name, t.Type, typ)
	case t.Variable:
		c.fail("%s (%.40q) is a variable: state between inferences is not supported", what, t.Name)
	case n == 0:
		c.fail("%s (%.40q) is empty, its shape is %v", what, t.Name, t.Shape)
	case t.Quant == nil:
		c.fail("%s (%.40q) has no quantisation", what, t.Name)
	case len(t.Quant.Scales) != 1 || t.Quant.Axis != 0:
		c.fail("%s (%.40q) has %d scales along dimension %d, needs 1 along 0",
			what, t.Name, len(t.Quant.Scales), t.Quant.Axis)
	case t.Quant.Scales[0] < minScale:
		c.fail("%s (%.40q) has the subnormal scale %v", what, t.Name, t.Quant.Scales[0])
	default:
		c.align(t)
		return tensor{index, t.Shape, n, kernels.Code{Scale: t.Quant.Scales[0], ZeroPoint: int32(t.Quant.ZeroPoints[0])}}
	}
	return tensor{}
}

// codesIn gives input j, of int8.
func (c *checker) codesIn(j int) tensor {
	if c.err != nil {
		return tensor{}
	}
	return c.codes(fmt.Sprintf("input %d", j), c.o.Inputs[j])
}

// codesOut gives the output, of int8.
func (c *checker) codesOut() tensor { return c.codes("output 0", c.o.Outputs[0]) }

// reals gives a tensor of float32 that is computed.
func (c *checker) reals(what string, index int) tensor {
	if c.err != nil {
		return tensor{}
	}
	t := &c.m.Tensors[index]
	n, _ := elements(t.Shape) // verified before
	switch {
	case t.Type != Float32:
		c.fail("%s (%.40q) is %v, needs float32", what, t.Name, t.Type)
	case t.Variable || n == 0:
		c.fail("%s (%.40q) is variable or empty", what, t.Name)
	}
	c.align(t)
	return tensor{index: index, shape: t.Shape, n: n}
}

// realsIn gives input j, of float32.
func (c *checker) realsIn(j int) tensor {
	if c.err != nil {
		return tensor{}
	}
	return c.reals(fmt.Sprintf("input %d", j), c.o.Inputs[j])
}

// realsOut gives the output, of float32.
func (c *checker) realsOut() tensor { return c.reals("output 0", c.o.Outputs[0]) }

// moved gives a tensor of which only the place of the elements changes.
func (c *checker) moved(what string, index int) tensor {
	if c.err != nil {
		return tensor{}
	}
	t := &c.m.Tensors[index]
	if t.Type == Int8 {
		return c.codes(what, index)
	}
	n, _ := elements(t.Shape) // verified before
	if t.Variable || n == 0 {
		c.fail("%s (%.40q) is variable or empty, its shape is %v", what, t.Name, t.Shape)
	}
	c.align(t)
	moved := tensor{index: index, shape: t.Shape, n: n}
	if t.Quant != nil {
		moved.Code = kernels.Code{Scale: t.Quant.Scales[0], ZeroPoint: int32(t.Quant.ZeroPoints[0])}
	}
	return moved
}

// sameMeaning demands that what is moved keeps its type and its quantisation.
func (c *checker) sameMeaning(what string, in, out tensor) {
	if c.err != nil {
		return
	}
	a, b := &c.m.Tensors[in.index], &c.m.Tensors[out.index]
	switch {
	case a.Type != b.Type:
		c.fail("%s (%.40q) is %v, needs %v as the output", what, a.Name, a.Type, b.Type)
	case a.Quant != nil && b.Quant != nil &&
		(!slices.Equal(a.Quant.Scales, b.Quant.Scales) || !slices.Equal(a.Quant.ZeroPoints, b.Quant.ZeroPoints)):
		c.fail("%s has scale %v and zero point %d, output 0 %v and %d: they must be equal",
			what, a.Quant.Scales[0], a.Quant.ZeroPoints[0], b.Quant.Scales[0], b.Quant.ZeroPoints[0])
	}
}

// constantInts gives the values of a constant int32 or int64 tensor that says something of dimensions.
func (c *checker) constantInts(j int) []int { return c.constantList(j, 2*MaxDims) }

// constantList gives the values of a constant int32 or int64 tensor of at most so many.
func (c *checker) constantList(j, most int) []int {
	if c.err != nil {
		return nil
	}
	t := c.in(j)
	n, _ := elements(t.Shape) // verified before
	switch {
	case t.Type != Int32 && t.Type != Int64:
		c.fail("input %d (%.40q) is %v, needs int32", j, t.Name, t.Type)
		return nil
	case t.Data == nil && n > 0:
		c.fail("input %d (%.40q) is not constant", j, t.Name)
		return nil
	case n > most:
		c.fail("input %d (%.40q) has %d values", j, t.Name, n)
		return nil
	}
	values := make([]int, n)
	for i := range values {
		if t.Type == Int32 {
			values[i] = int(int32(binary.LittleEndian.Uint32(t.Data[4*i:])))
			continue
		}
		v := int64(binary.LittleEndian.Uint64(t.Data[8*i:]))
		if v != int64(int32(v)) {
			// Beyond every shape: as the reference kernels, which keep 32 bits, but without turning over.
			v = min(max(v, math.MinInt32), math.MaxInt32)
		}
		values[i] = int(v)
	}
	return values
}

// int32s decodes constant data.
func int32s(data []byte) []int32 {
	out := make([]int32, len(data)/4)
	for i := range out {
		out[i] = int32(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return out
}

// constantReals decodes weights or a bias.
func (c *checker) constantReals(j int) []float32 {
	if c.err != nil {
		return nil
	}
	t := c.in(j)
	if t.Type != Float32 || t.Data == nil || len(t.Data) == 0 {
		c.fail("input %d (%.40q) is %v, needs constant float32", j, t.Name, t.Type)
		return nil
	}
	if !c.spend(0, int64(len(t.Data))) {
		return nil
	}
	values := make([]float32, len(t.Data)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.Data[4*i:]))
	}
	return values
}
