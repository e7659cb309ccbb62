package tflite

import (
	"math"

	"github.com/auscult/auscult/tflite/internal/kernels"
)

// The operators that turn each element into another, whatever its neighbours, differ only in what they make of one
// element: a table for int8, a function for float32.

// codeMap makes the function that gives the output's code for an input's.
type codeMap func(c *checker, in, out tensor) func(code int32) int32

// elementwise gives the variants of such an operator.
func elementwise(codes codeMap, reals func(x float32) float32) []variant {
	return append([]variant{{output: Int8, least: 1, most: 1, prepare: mapCodes(codes)}}, onlyReals(reals)...)
}

// onlyReals gives the variant of an operator that LiteRT has in float32 only.
func onlyReals(f func(x float32) float32) []variant {
	return []variant{{output: Float32, least: 1, most: 1, prepare: mapReals(f)}}
}

// mapCodes prepares an operator on int8.
func mapCodes(codes codeMap) func(*checker) step {
	return func(c *checker) step {
		in, out := c.codesIn(0), c.codesOut()
		c.wantShape(out.shape, in.shape...)
		if c.err != nil {
			return step{}
		}
		f := codes(c, in, out)
		if !c.afford(256) {
			return step{}
		}
		return unaryStep(kernels.NewLookup(c.left.impl, -128, f), out, in)
	}
}

// mapReals prepares an operator on float32.
func mapReals(f func(x float32) float32) func(*checker) step {
	return func(c *checker) step {
		known := realFunctions[c.o.Op]
		known.Of = f
		return mapKnown(c, known)
	}
}

// mapKnown prepares an operator on float32 whose function kernels may know.
func mapKnown(c *checker, f kernels.Function) step {
	in, out := c.realsIn(0), c.realsOut()
	c.wantShape(out.shape, in.shape...)
	if !c.afford(0) {
		return step{}
	}
	return unaryStep(kernels.NewMapped(c.left.impl, f), out, in)
}

// realFunctions are those that kernels may have routines for.
var realFunctions = map[Op]kernels.Function{
	Abs:       {Known: kernels.Magnitude},
	Elu:       {Known: kernels.Elu},
	Floor:     {Known: kernels.Floor},
	HardSwish: {Known: kernels.HardSwished},
	Logistic:  {Known: kernels.Logistic},
	Neg:       {Known: kernels.Negation},
	Relu:      {Known: kernels.Clamping, High: float32(math.Inf(1))},
	Relu0To1:  {Known: kernels.Clamping, High: 1},
	Relu6:     {Known: kernels.Clamping, High: 6},
	ReluN1To1: {Known: kernels.Clamping, Low: -1, High: 1},
	Rsqrt:     {Known: kernels.RootOver1},
	Sqrt:      {Known: kernels.Rooting},
	Square:    {Known: kernels.Squaring},
	Tanh:      {Known: kernels.Tanh},
}
