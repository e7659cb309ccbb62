package tflite

import (
	"math"

	"github.com/auscult/auscult/tflite/internal/kernels"
)

// lookup makes a step that maps codes through a table.
func (c *checker) lookup(in, out codes, f func(code int32) int32) step {
	if !c.afford(int64(in.n), 256) {
		return step{}
	}
	k := kernels.NewLookup(f)
	return step{
		macs: int64(in.n),
		bind: func(mem *memory) func() {
			x, y := mem.int8s(in.index), mem.int8s(out.index)
			return func() { k.Run(y, x) }
		},
	}
}

// logistic is 1 / (1 + exp(-x)): in float64, rounded to float32, scaled and
// rounded to the nearest code in float32.
func (c *checker) logistic() step {
	if !c.arity(1, 1) {
		return step{}
	}
	in, out := c.input(0), c.output()
	c.wantShape(out.shape, in.shape...)
	if c.err != nil {
		return step{}
	}
	if c.left.limits.Profile == Reference && (out.scale != 1.0/256 || out.zeroPoint != -128) {
		c.fail("output 0 has scale %v and zero point %d, the reference kernel needs 1/256 and -128", out.scale, out.zeroPoint)
		return step{}
	}
	inverse := float32(1 / out.scale)
	return c.lookup(in, out, func(code int32) int32 {
		x := float32(float32(code-in.zeroPoint) * in.scale)
		var y float32
		switch {
		case x > 100:
			y = 1
		case x < -100:
			y = 0
		default:
			e := math.Exp(float64(x))
			y = float32(e / (1 + e))
		}
		v := float32(float32(y*inverse) + float32(out.zeroPoint))
		return int32(math.RoundToEven(float64(min(max(v, -128), 127))))
	})
}

// exp is EXP, which the delegate leaves to TFLite's own kernel: a table of
// exponentials in float32.
func (c *checker) exp() step {
	if !c.arity(1, 1) {
		return step{}
	}
	in, out := c.input(0), c.output()
	c.wantShape(out.shape, in.shape...)
	if c.err != nil {
		return step{}
	}
	inverse := float32(1 / out.scale)
	return c.lookup(in, out, func(code int32) int32 {
		y := float32(math.Exp(float64(float32(in.scale * float32(code-in.zeroPoint)))))
		v := math.Round(float64(float32(y * inverse)))
		return int32(min(max(v+float64(out.zeroPoint), -128), 127))
	})
}

// relu covers RELU and RELU6, which the delegate leaves to TFLite's own kernel:
// a fixed-point multiplier, then the limits.
func (c *checker) relu() step {
	if !c.arity(1, 1) {
		return step{}
	}
	in, out := c.input(0), c.output()
	c.wantShape(out.shape, in.shape...)
	if c.err != nil {
		return step{}
	}
	multiplier, ok := kernels.NewMultiplier(float64(float32(in.scale / out.scale)))
	if !ok {
		c.fail("input scale %v is too large for output scale %v", in.scale, out.scale)
		return step{}
	}
	lo := max(int32(-128), out.zeroPoint)
	hi := int32(127)
	if c.o.Op == Relu6 {
		// Halves away from zero here, unlike in fused activations.
		hi = int32(min(127, float64(out.zeroPoint)+math.Round(float64(float32(6/out.scale)))))
	}
	return c.lookup(in, out, func(code int32) int32 {
		return min(max(out.zeroPoint+multiplier.Apply(code-in.zeroPoint), lo), hi)
	})
}

// quantize is float32 to int8, or a change of scale between int8 tensors.
func (c *checker) quantize() step {
	if !c.arity(1, 1) {
		return step{}
	}
	if c.m.Tensors[c.o.Inputs[0]].Type == Int8 {
		return c.requantize()
	}
	index := c.o.Inputs[0]
	n := c.float("input 0", index)
	out := c.output()
	c.wantShape(out.shape, c.m.Tensors[index].Shape...)
	if c.err != nil {
		return step{}
	}
	if !c.afford(int64(n), 0) {
		return step{}
	}
	k := kernels.Quantize{Inverse: float32(1 / out.scale), ZeroPoint: out.zeroPoint}
	if c.left.limits.Profile == Reference {
		k.Scale = out.scale
	}
	return step{
		macs: int64(n),
		bind: func(mem *memory) func() {
			x, y := mem.tensors[index], mem.int8s(out.index)
			return func() { k.Run(y, x) }
		},
	}
}

func (c *checker) requantize() step {
	in, out := c.input(0), c.output()
	c.wantShape(out.shape, in.shape...)
	if c.err != nil {
		return step{}
	}
	if c.left.limits.Profile == Reference {
		m, ok := kernels.NewMultiplier(float64(in.scale) / float64(out.scale))
		if !ok {
			c.fail("input scale %v is too large for output scale %v", in.scale, out.scale)
			return step{}
		}
		return c.lookup(in, out, func(code int32) int32 {
			return min(max(m.ApplySum(code-in.zeroPoint)+out.zeroPoint, -128), 127)
		})
	}
	ratio := float32(in.scale / out.scale)
	// Outside of this range TFLite's own kernel runs, whose rounding depends on an
	// element's place in its vector blocks.
	if ratio < 1.0/256 || ratio > 128 {
		c.fail("input scale %v is %v times the output's, needs 1/256 to 128", in.scale, ratio)
		return step{}
	}
	// The delegate rounds the ratio to 1/256.
	multiplier := int32(math.RoundToEven(float64(float32(256 * ratio))))
	bias := out.zeroPoint<<8 - multiplier*in.zeroPoint + 0x80
	return c.lookup(in, out, func(code int32) int32 {
		return min(max((bias+code*multiplier)>>8, -128), 127)
	})
}

func (c *checker) dequantize() step {
	if !c.arity(1, 1) {
		return step{}
	}
	in := c.input(0)
	index := c.o.Outputs[0]
	n := c.float("output 0", index)
	c.wantShape(c.m.Tensors[index].Shape, in.shape...)
	if c.err != nil {
		return step{}
	}
	if !c.afford(int64(n), 1024) {
		return step{}
	}
	k := kernels.NewDequantize(in.scale, in.zeroPoint)
	return step{
		macs: int64(n),
		bind: func(mem *memory) func() {
			x, y := mem.int8s(in.index), mem.tensors[index]
			return func() { k.Run(y, x) }
		},
	}
}

// softmax is TFLite's own kernel: a table of exponentials in float32.
func (c *checker) softmax() step {
	if !c.arity(1, 1) {
		return step{}
	}
	in, out := c.input(0), c.output()
	c.wantShape(out.shape, in.shape...)
	if c.err == nil && (len(in.shape) == 0 || out.zeroPoint != -128 || math.Abs(float64(out.scale)-1.0/256) > 0.001/256) {
		c.fail("output 0 has scale %v and zero point %d, needs 1/256 and -128", out.scale, out.zeroPoint)
	}
	beta := c.o.Options.(SoftmaxOptions).Beta
	if c.err == nil && (math.IsNaN(float64(beta)) || beta <= 0 || float32(beta*in.scale) > math.MaxFloat32) {
		c.fail("beta is %v", beta)
	}
	if c.err != nil {
		return step{}
	}
	if !c.afford(int64(in.n), 1024) {
		return step{}
	}
	k := kernels.NewSoftmax(in.scale, beta, out.scale, out.zeroPoint, in.shape[len(in.shape)-1])
	return step{
		macs: int64(in.n),
		bind: func(mem *memory) func() {
			x, y := mem.int8s(in.index), mem.int8s(out.index)
			return func() { k.Run(y, x) }
		},
	}
}
