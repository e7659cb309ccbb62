package tflitetest

import "github.com/auscult/auscult/tflite"

// typed gives a tensor another element type, whose zero points start elsewhere.
func (g *generator) typed(t int, kind tflite.Type) int {
	tensor := &g.Model.Tensors[t]
	tensor.Type = kind
	switch kind {
	case tflite.Uint8:
		tensor.Quant.ZeroPoints[0] += 128
	case tflite.Int16:
		tensor.Quant.ZeroPoints[0] = 0
	}
	return t
}

// border makes QUANTIZE from one quantised type to another, often of the same scale, as converters do at the borders.
func border(from, to tflite.Type) func(*generator) {
	return func(g *generator) {
		x := g.codes()
		q := g.quant(x)
		if g.bool() {
			q = g.near(q, 40)
		}
		y := g.same(tflite.Quantize, 2, nil, q, x)
		g.typed(x, from)
		g.Output(g.typed(y, to))
	}
}
