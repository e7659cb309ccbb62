package kernels

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The tests here compare with the definitions, written as plainly as possible;
// the comparison with LiteRT is package tflite's.

func TestRequantRoundsHalvesToEven(t *testing.T) {
	rq := Requant{Scale: []float32{0.5}, ZeroPoint: -3, Min: -100, Max: 90}
	for acc := int32(-400); acc <= 400; acc++ {
		want := math.RoundToEven(float64(acc)/2) - 3
		if got := rq.code(0, acc); float64(got) != min(max(want, -100), 90) {
			t.Errorf("%d gives %d, expected %v", acc, got, want)
		}
	}
	for _, acc := range []int32{math.MinInt32, math.MaxInt32} {
		if got := rq.code(0, acc); got != -100 && got != 90 {
			t.Errorf("%d gives %d", acc, got)
		}
	}
}

func codes(r *rand.Rand, n int) []int8 {
	v := make([]int8, n)
	for i := range v {
		v[i] = int8(r.Uint32())
	}
	return v
}

// geometry is a random convolution from the larger image to the smaller.
type geometry struct {
	large, small Image
	window       Window
	zeroPoint    int32
	weights      []int8 // [small.C, H, W, large.C]
	bias         []int32
	rq           Requant
}

// channels lies around the block sizes of the families, small ones more often.
func channels(r *rand.Rand) int {
	return 1 + r.IntN([]int{4, 9, 34}[r.IntN(3)])
}

func random(r *rand.Rand, dilate bool) geometry {
	g := geometry{zeroPoint: int32(int8(r.Uint32()))}
	n := func(most int) int { return 1 + r.IntN(most) }
	g.window = Window{H: n(4), W: n(4), StrideH: n(3), StrideW: n(3), DilationH: 1, DilationW: 1}
	if dilate {
		g.window.DilationH, g.window.DilationW = n(3), n(3)
	}
	w := &g.window
	g.small = Image{Batch: n(2), H: n(5), W: n(5), C: channels(r)}
	w.PadTop, w.PadLeft = r.IntN(w.H), r.IntN(w.W)
	// Any size works that leaves the window some input.
	h, wide := (g.small.H-1)*w.StrideH+n(4), (g.small.W-1)*w.StrideW+n(4)
	g.large = Image{Batch: g.small.Batch, H: h, W: wide, C: channels(r)}
	g.weights = codes(r, g.small.C*w.H*w.W*g.large.C)
	g.rq = Requant{ZeroPoint: -7, Min: -128, Max: 127}
	return g
}

func (g *geometry) channels(r *rand.Rand, n int) {
	g.bias = make([]int32, n)
	g.rq.Scale = make([]float32, n)
	for i := range g.bias {
		g.bias[i] = int32(r.IntN(20001)) - 10000
		g.rq.Scale[i] = 0.001 * (1 + r.Float32())
	}
	g.rq.Fixed, g.rq.Upward = nil, 0
}

// exactly has TFLite's own arithmetic map the sums, in one case of four.
func (g *geometry) exactly(r *rand.Rand) {
	if r.IntN(4) > 0 {
		return
	}
	g.rq.Upward = r.IntN(len(g.bias) + 1)
	for _, s := range g.rq.Scale {
		m, _ := NewMultiplier(float64(s))
		g.rq.Fixed = append(g.rq.Fixed, m)
	}
}

// layer gives the layer with these weights.
func (g *geometry) layer(weights []int8) Layer {
	return Layer{Weights: weights, Bias: g.bias, InputZero: int8(g.zeroPoint), Requant: g.rq}
}

func (s Image) at(b, y, x, c int) int { return ((b*s.H+y)*s.W+x)*s.C + c }

// inside reports whether a position lies in the image.
func (s Image) inside(y, x int) bool { return y >= 0 && y < s.H && x >= 0 && x < s.W }

// each runs a test with every family of kernels that this processor has, and
// names those that it lacks.
func each(t *testing.T, test func(t *testing.T, im *Impl)) {
	for _, im := range Impls() {
		t.Run(im.Name, func(t *testing.T) {
			if im.Missing != "" {
				t.Skipf("the kernels %s were NOT RUN: this processor lacks %s", im.Name, im.Missing)
			}
			t.Logf("the kernels %s run", im.Name)
			test(t, im)
		})
	}
}

func TestConv(t *testing.T) { each(t, testConv) }

func testConv(t *testing.T, im *Impl) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 300 {
		g := random(r, true)
		g.channels(r, g.small.C)
		g.exactly(r)
		w := g.window
		if w.H == 1 && w.W == 1 {
			w.PadTop, w.PadLeft = 0, 0
		}
		k := NewConv(im, Sliding{g.large, g.small, w}, g.layer(g.weights))
		in := codes(r, g.large.Batch*g.large.elements())
		out := make([]int8, g.small.Batch*g.small.elements())
		k.Run(out, in, make([]int8, k.ScratchBytes()))
		for b := range g.small.Batch {
			for y := range g.small.H {
				for x := range g.small.W {
					for o := range g.small.C {
						acc := g.bias[o]
						for ky := range w.H {
							for kx := range w.W {
								iy, ix := y*w.StrideH-w.PadTop+ky*w.DilationH, x*w.StrideW-w.PadLeft+kx*w.DilationW
								for c := 0; c < g.large.C && g.large.inside(iy, ix); c++ {
									acc += (int32(in[g.large.at(b, iy, ix, c)]) - g.zeroPoint) * int32(g.weights[((o*w.H+ky)*w.W+kx)*g.large.C+c])
								}
							}
						}
						if got, want := out[g.small.at(b, y, x, o)], g.rq.code(o, acc); got != want {
							t.Fatalf("%+v at %d %d %d %d: %d, expected %d", g.window, b, y, x, o, got, want)
						}
					}
				}
			}
		}
	}
}

// TestTransposeConv compares the phases with the definition that scatters each
// input over the output.
func TestTransposeConv(t *testing.T) { each(t, testTransposeConv) }

func testTransposeConv(t *testing.T, im *Impl) {
	r := rand.New(rand.NewPCG(2, 1))
	for range 300 {
		g := random(r, false)
		// Here the small image is the input: weights are [large.C, H, W, small.C].
		g.channels(r, g.large.C)
		g.exactly(r)
		w := g.window
		k := NewTransposeConv(im, Sliding{g.small, g.large, w}, g.layer(g.weights))
		in := codes(r, g.small.Batch*g.small.elements())
		out := make([]int8, g.large.Batch*g.large.elements())
		k.Run(out, in, make([]int8, k.ScratchBytes()))
		sums := make([]int32, len(out))
		for i := range sums {
			sums[i] = g.bias[i%g.large.C]
		}
		for b := range g.small.Batch {
			for y := range g.small.H {
				for x := range g.small.W {
					for c := range g.small.C {
						v := int32(in[g.small.at(b, y, x, c)]) - g.zeroPoint
						for ky := range w.H {
							for kx := range w.W {
								oy, ox := y*w.StrideH-w.PadTop+ky, x*w.StrideW-w.PadLeft+kx
								for o := 0; o < g.large.C && g.large.inside(oy, ox); o++ {
									sums[g.large.at(b, oy, ox, o)] += v * int32(g.weights[((o*w.H+ky)*w.W+kx)*g.small.C+c])
								}
							}
						}
					}
				}
			}
		}
		for i, acc := range sums {
			if want := g.rq.code(i%g.large.C, acc); out[i] != want {
				t.Fatalf("%+v in %+v out %+v at %d: %d, expected %d", w, g.small, g.large, i, out[i], want)
			}
		}
	}
}

// TestDepthwise takes channels round the block cut-offs of all families.
func TestDepthwise(t *testing.T) { each(t, testDepthwise) }

func testDepthwise(t *testing.T, im *Impl) {
	r := rand.New(rand.NewPCG(3, 1))
	for i := range 300 {
		g := random(r, true)
		w := g.window
		multiplier := 1 + max(0, r.IntN(6)-3)
		g.large.C = 1 + i%70
		g.small.C = g.large.C * multiplier
		g.channels(r, g.small.C)
		weights := codes(r, w.H*w.W*g.small.C)
		k := NewDepthwise(im, Sliding{g.large, g.small, w}, g.layer(weights))
		in := codes(r, g.large.Batch*g.large.elements())
		out := make([]int8, g.small.Batch*g.small.elements())
		k.Run(out, in, make([]int8, k.ScratchBytes()))
		for b := range g.small.Batch {
			for y := range g.small.H {
				for x := range g.small.W {
					for o := range g.small.C {
						acc := g.bias[o]
						for ky := range w.H {
							for kx := range w.W {
								iy, ix := y*w.StrideH-w.PadTop+ky*w.DilationH, x*w.StrideW-w.PadLeft+kx*w.DilationW
								if g.large.inside(iy, ix) {
									acc += (int32(in[g.large.at(b, iy, ix, o/multiplier)]) - g.zeroPoint) * int32(weights[(ky*w.W+kx)*g.small.C+o])
								}
							}
						}
						if got, want := out[g.small.at(b, y, x, o)], g.rq.code(o, acc); got != want {
							t.Fatalf("%d channels, %+v at %d %d %d %d: %d, expected %d", g.large.C, w, b, y, x, o, got, want)
						}
					}
				}
			}
		}
	}
}

// TestDense takes lengths and outputs round every cut-off, with operands at
// their limits.
func TestDense(t *testing.T) { each(t, testDense) }

func testDense(t *testing.T, im *Impl) {
	r := rand.New(rand.NewPCG(4, 1))
	for inputs := 1; inputs <= 70; inputs++ {
		for _, outputs := range []int{1, 3, 4, 5, 15, 16, 17, 31, 32, 33, 64, 65} {
			rows := 1 + r.IntN(17)
			g := geometry{zeroPoint: int32(int8(r.Uint32())), weights: codes(r, inputs*outputs)}
			g.rq = Requant{ZeroPoint: int32(int8(r.Uint32())), Min: -128, Max: 127}
			g.channels(r, outputs)
			in := codes(r, rows*inputs)
			if inputs%3 == 0 {
				extreme(r, in, g.weights)
			}
			k := NewDense(im, rows, inputs, g.layer(g.weights))
			out := make([]int8, rows*outputs)
			k.Run(out, in, make([]int8, k.ScratchBytes()))
			for i, got := range out {
				acc := g.bias[i%outputs]
				for j, w := range g.weights[i%outputs*inputs:][:inputs] {
					acc += (int32(in[i/outputs*inputs+j]) - g.zeroPoint) * int32(w)
				}
				if want := g.rq.code(i%outputs, acc); got != want {
					t.Fatalf("%d rows, %d inputs, %d outputs at %d: %d, expected %d", rows, inputs, outputs, i, got, want)
				}
			}
		}
	}
}

// extreme makes all inputs -128 and all weights one of the limits.
func extreme(r *rand.Rand, in, weights []int8) {
	for i := range in {
		in[i] = -128
	}
	for i := range weights {
		weights[i] = []int8{-128, -127, 127}[r.IntN(3)]
	}
	if r.IntN(2) == 0 { // without -128 the narrow routines run
		for i := range weights {
			weights[i] = max(weights[i], -127)
		}
	}
}

func TestMultiplier(t *testing.T) {
	for _, factor := range []float64{1e-12, 1e-4, 0.3, 0.5, 0.999999999999, 1, 1.7, 4000, 1 << 21} {
		m, ok := NewMultiplier(factor)
		if !ok {
			t.Fatalf("%v is refused", factor)
		}
		for x := int32(-255); x <= 255; x++ {
			want := float64(x) * factor
			// The first rounding is to halves at worst, the second to integers.
			if got := float64(m.Apply(x)); math.Abs(got-want) > 0.7501+math.Abs(want)*1e-9 {
				t.Errorf("%d * %v gives %v, expected %v", x, factor, got, want)
			}
		}
	}
	for _, factor := range []float64{0, -1, 1 << 22, math.NaN(), math.Inf(1)} {
		if _, ok := NewMultiplier(factor); ok {
			t.Errorf("%v is accepted", factor)
		}
	}
}
