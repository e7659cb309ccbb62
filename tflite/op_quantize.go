package tflite

import (
	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// Changes between numbers and codes.
const (
	Quantize   Op = schema.OpQuantize // from float32, or from one quantisation to another
	Dequantize Op = schema.OpDequantize
)

var quantizeDefinition = definition{newest: 3, variants: []variant{
	requantizing[int8, int8](Int8, Int8),
	requantizing[int8, uint8](Int8, Uint8),
	requantizing[int8, int16](Int8, Int16),
	quantizing[int8](Int8),
	requantizing[uint8, int8](Uint8, Int8),
	requantizing[uint8, uint8](Uint8, Uint8),
	quantizing[uint8](Uint8),
	requantizing[int16, int8](Int16, Int8),
	requantizing[int16, int16](Int16, Int16),
	quantizing[int16](Int16),
}}

var dequantizeDefinition = definition{newest: 6, variants: []variant{
	dequantizing[uint8](Uint8),
	dequantizing[int16](Int16),
	converting(Float32, Float16, prepareWiden),
	dequantizing[int8](Int8),
}}

// converting gives the variant of an operator that makes one type of another.
func converting(to, from Type, prepare func(c *checker) step) variant {
	return variant{output: to, inputs: []Type{from}, least: 1, most: 1, prepare: prepare}
}

// quantizing gives the variant of QUANTIZE from float32.
func quantizing[Out int8 | uint8 | int16](to Type) variant {
	return converting(to, Float32, func(c *checker) step {
		in, out := c.realsIn(0), c.codesAs(to, "output 0", c.o.Outputs[0])
		c.wantShape(out.shape, in.shape...)
		if !c.afford(0) {
			return step{}
		}
		lo, hi := to.zeroPointRange()
		k := &kernels.Quantize[Out]{Code: out.Code, Min: int32(lo), Max: int32(hi), Divide: c.reference()}
		return unaryStep(k.Native(c.left.impl), out, in)
	})
}

// requantizing gives the variant of QUANTIZE from codes to codes.
func requantizing[Out, In int8 | uint8 | int16](to, from Type) variant {
	return converting(to, from, func(c *checker) step {
		in, out := c.codesAs(from, "input 0", c.o.Inputs[0]), c.codesAs(to, "output 0", c.o.Outputs[0])
		c.wantShape(out.shape, in.shape...)
		if c.err != nil {
			return step{}
		}
		lo, hi := to.zeroPointRange()
		k := &kernels.Requantize[Out, In]{In: in.Code, Out: out.Code, Min: int32(lo), Max: int32(hi), Vector: 1}
		ratio := float32(in.Scale / out.Scale)
		alike := to == from && c.left.flipped[in.index] == c.left.flipped[out.index]
		if alike && to != Int16 && !c.reference() && within256th(ratio) {
			first, _ := from.zeroPointRange()
			f := delegated(in.Code, out.Code, ratio, k.Min, k.Max)
			if !c.afford(256) {
				return step{}
			}
			return unaryStep(kernels.NewLookup(c.left.impl, int32(first), f), out, in)
		}
		m, ok := kernels.NewMultiplier(float64(in.Scale) / float64(out.Scale))
		if !ok {
			c.fail("input scale %v is too large for output scale %v", in.Scale, out.Scale)
		}
		k.Factor = m
		if !c.reference() && to != Int16 && from != Int16 {
			k.Vector = requantizeVector
		}
		if from == Int16 {
			if !c.afford(0) {
				return step{}
			}
			return unaryStep(k, out, in)
		}
		if !c.afford(1024) || c.err != nil {
			return step{}
		}
		return unaryStep(k.Tabulate(), out, in)
	})
}

// requantizeVector is how many elements TFLite's own kernel maps at once on x86-64.
const requantizeVector = 16

// delegated gives the delegate's function from one quantisation to another, which rounds their ratio, or what else
// codes are multiplied by, to 1/256.
func delegated(in, out kernels.Code, ratio float32, lo, hi int32) func(code int32) int32 {
	multiplier := of256(ratio)
	bias := out.ZeroPoint<<8 - multiplier*in.ZeroPoint + 0x80
	return func(code int32) int32 {
		return min(max((bias+code*multiplier)>>8, lo), hi)
	}
}

// dequantizing gives the variant of DEQUANTIZE from codes.
func dequantizing[In int8 | uint8 | int16](from Type) variant {
	return converting(Float32, from, func(c *checker) step {
		in, out := c.codesAs(from, "input 0", c.o.Inputs[0]), c.realsOut()
		c.wantShape(out.shape, in.shape...)
		if !c.afford(0) {
			return step{}
		}
		return unaryStep(kernels.NewDequantize[In](c.left.impl, in.Code), out, in)
	})
}

// prepareWiden makes float32 of float16, which models keep weights in.
func prepareWiden(c *checker) step {
	in, out := c.movedIn(0), c.realsOut()
	c.wantShape(out.shape, in.shape...)
	if !c.afford(0) {
		return step{}
	}
	return unaryStep(kernels.Widen{}, out, in)
}
