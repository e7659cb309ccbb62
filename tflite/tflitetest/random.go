package tflitetest

import (
	"encoding/binary"
	"math"
	"math/rand/v2"

	"github.com/auscult/auscult/tflite"
)

// Random makes a model of the given kind that LiteRT accepts, and bytes for its
// inputs, one after the other. Shapes are small; strides, paddings, dilations,
// scales and zero points go to their limits.
func Random(r *rand.Rand, kind string) (m *tflite.Model, input []byte) {
	g := &generator{Rand: r}
	g.Model.Description = kind
	g.graph(kind)
	return &g.Model, g.input()
}

type generator struct {
	*rand.Rand
	Builder
}

// between gives a number from lo to hi, both included.
func (g *generator) between(lo, hi int) int { return lo + g.IntN(hi-lo+1) }

func (g *generator) bool() bool { return g.IntN(2) == 0 }

// logUniform gives a number from lo to hi, each magnitude being as likely.
func (g *generator) logUniform(lo, hi float64) float64 {
	return lo * math.Pow(hi/lo, g.Float64())
}

// code gives a quantisation; one in four has an extreme zero point.
func (g *generator) code() Code {
	q := Code{float32(g.logUniform(1e-4, 10)), g.between(-128, 127)}
	switch g.IntN(8) {
	case 0:
		q.ZeroPoint = -128
	case 1:
		q.ZeroPoint = 127
	}
	return q
}

// near gives a quantisation with a scale within the factor of the other's.
func (g *generator) near(q Code, factor float64) Code {
	n := g.code()
	n.Scale = float32(float64(q.Scale) * g.logUniform(1/factor, factor))
	return n
}

func (g *generator) activation() tflite.Activation {
	all := []tflite.Activation{tflite.ActNone, tflite.ActNone, tflite.ActRelu, tflite.ActRelu6, tflite.ActReluN1To1}
	return all[g.IntN(len(all))]
}

func (g *generator) padding() tflite.Padding {
	if g.bool() {
		return tflite.Same
	}
	return tflite.Valid
}

// channels lies around the block sizes of vector kernels.
func (g *generator) channels() int {
	if g.bool() {
		return g.between(1, 12)
	}
	return g.between(1, 40)
}

func (g *generator) shape(t int) []int { return g.Model.Tensors[t].Shape }

func (g *generator) quant(t int) Code {
	q := g.Model.Tensors[t].Quant
	return Code{q.Scales[0], int(q.ZeroPoints[0])}
}

// weights gives values and scales for a layer, and an output quantisation in
// which sums of taps products are neither all 0 nor all saturated, except now and
// then.
func (g *generator) weights(n, outputs, taps int, in Code) (values []int8, scales []float32, bias []int32, out Code) {
	values = make([]int8, n)
	for i := range values {
		values[i] = int8(g.between(-127, 127))
		if g.IntN(50) == 0 {
			values[i] = -128
		}
	}
	base := g.logUniform(1e-4, 1e-1)
	scales = []float32{float32(base)}
	if g.bool() {
		scales = make([]float32, outputs)
		for i := range scales {
			scales[i] = float32(base * g.logUniform(0.3, 3))
		}
	}
	reach := 70 * 100 * math.Sqrt(float64(taps)) // of a typical sum
	bias = make([]int32, outputs)
	for i := range bias {
		bias[i] = int32((g.Float64()*2 - 1) * reach)
	}
	if g.IntN(10) == 0 {
		bias[g.IntN(outputs)] = int32(g.Uint32()) / 2
	}
	out = g.code()
	out.Scale = float32(float64(in.Scale) * base * reach / 100 * g.logUniform(0.1, 10))
	if g.IntN(20) == 0 {
		out.Scale *= float32(g.logUniform(1e-2, 1e3))
	}
	return values, scales, bias, out
}

// input makes bytes for all inputs.
func (g *generator) input() []byte {
	var data []byte
	for _, t := range g.Model.Inputs {
		n := 1
		for _, d := range g.shape(t) {
			n *= d
		}
		extreme := g.IntN(6) == 0
		for range n {
			switch {
			case g.Model.Tensors[t].Type == tflite.Float32:
				data = binary.LittleEndian.AppendUint32(data, math.Float32bits(g.float()))
			case extreme && g.Model.Tensors[t].Type.Size() == 1:
				data = append(data, []byte{0x80, 0x7F}[g.IntN(2)])
			default:
				for range g.Model.Tensors[t].Type.Size() {
					data = append(data, byte(g.between(-128, 127)))
				}
			}
		}
	}
	return data
}

// float gives an input number: mostly ordinary, sometimes at the format's edges.
func (g *generator) float() float32 {
	switch g.IntN(40) {
	case 0:
		inf := float32(math.Inf(1))
		return []float32{0, math.MaxFloat32, -math.MaxFloat32, inf, -inf, math.SmallestNonzeroFloat32}[g.IntN(6)]
	case 1:
		return float32(g.between(-300, 300)) / 2
	}
	return float32(g.NormFloat64() * g.logUniform(0.01, 100))
}

// image adds an NHWC input.
func (g *generator) image() int {
	return g.Input(g.code(), g.between(1, 2), g.between(1, 7), g.between(1, 7), g.channels())
}

// codes adds an input of any shape.
func (g *generator) codes() int {
	shape := make([]int, g.between(1, 4))
	for i := range shape {
		shape[i] = g.between(1, 5)
	}
	shape[len(shape)-1] = g.between(1, 40)
	return g.Input(g.code(), shape...)
}
