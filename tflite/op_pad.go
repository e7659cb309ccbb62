package tflite

import (
	"math"
	"slices"

	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// A tensor with something round it.
const (
	Pad   Op = schema.OpPad   // zeros
	PadV2 Op = schema.OpPadV2 // what the third input says, a constant
)

var padDefinition = definition{newest: 4, variants: moving(2, 2, preparePad)}

var padV2Definition = definition{newest: 4, variants: moving(3, 3, preparePadV2)}

// padding reads how many elements are put before and behind each dimension, and gives the output's shape.
func (c *checker) padding(in tensor) (before, want []int) {
	amounts := c.constantInts(1)
	if c.err != nil {
		return nil, nil
	}
	if shape := c.inShape(1); !slices.Equal(shape, []int{len(in.shape), 2}) {
		c.fail("input 1 has shape %v, needs [%d 2]", shape, len(in.shape))
		return nil, nil
	}
	want, before = make([]int, len(in.shape)), make([]int, len(in.shape))
	for i, n := range in.shape {
		pre, post := amounts[2*i], amounts[2*i+1]
		if pre < 0 || post < 0 || int64(n)+int64(pre)+int64(post) > math.MaxInt32 {
			c.fail("input 1 pads dimension %d by %d and %d", i, pre, post)
			return nil, nil
		}
		before[i], want[i] = pre, n+pre+post
	}
	return before, want
}

func preparePad(c *checker, in, out tensor, size int) step {
	return c.padStep(in, out, zero(out, size))
}

// zero gives the element of so many bytes that stands for 0: that of every type without a zero point has no bits set.
func zero(out tensor, size int) []byte {
	element := make([]byte, size)
	if size == 1 {
		element[0] = byte(out.ZeroPoint)
	}
	return element
}

func preparePadV2(c *checker, in, out tensor, size int) step {
	value := c.movedIn(2)
	c.sameMeaning("input 2", value, out)
	if c.err != nil {
		return step{}
	}
	if data := c.in(2).Data; len(data) == size {
		return c.padStep(in, out, data)
	}
	c.fail("input 2 is not a constant of one element")
	return step{}
}

func (c *checker) padStep(in, out tensor, fill []byte) step {
	before, want := c.padding(in)
	c.wantShape(out.shape, want...)
	if !c.afford(0) {
		return step{}
	}
	size := len(fill)
	return unaryStep(kernels.NewPad(with(in.shape, size), with(out.shape, size), with(before, 0), fill), out, in)
}
