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

func random(r *rand.Rand, dilate bool) geometry {
	g := geometry{zeroPoint: int32(int8(r.Uint32()))}
	n := func(most int) int { return 1 + r.IntN(most) }
	g.window = Window{H: n(4), W: n(4), StrideH: n(3), StrideW: n(3), DilationH: 1, DilationW: 1}
	if dilate {
		g.window.DilationH, g.window.DilationW = n(3), n(3)
	}
	w := &g.window
	g.small = Image{Batch: n(2), H: n(5), W: n(5), C: n(9)}
	w.PadTop, w.PadLeft = r.IntN(w.H), r.IntN(w.W)
	// Any size works that leaves the window some input.
	g.large = Image{Batch: g.small.Batch, H: (g.small.H-1)*w.StrideH + n(4), W: (g.small.W-1)*w.StrideW + n(4), C: n(9)}
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
}

func (s Image) at(b, y, x, c int) int { return ((b*s.H+y)*s.W+x)*s.C + c }

// inside reports whether a position lies in the image.
func (s Image) inside(y, x int) bool { return y >= 0 && y < s.H && x >= 0 && x < s.W }

func TestConv(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 300 {
		g := random(r, true)
		g.channels(r, g.small.C)
		w := g.window
		k := &Conv{
			Dense:  Dense{Requant: g.rq, Weights: g.weights, Bias: FoldBias(g.bias, g.weights, g.zeroPoint)},
			Window: w, In: g.large, Out: g.small, ZeroPoint: int8(g.zeroPoint), Scratch: make([]int8, w.H*w.W*g.large.C),
		}
		if w.H == 1 && w.W == 1 {
			k.PadTop, k.PadLeft = 0, 0
		}
		in := codes(r, g.large.Batch*g.large.elements())
		out := make([]int8, g.small.Batch*g.small.elements())
		k.Run(out, in)
		for b := range g.small.Batch {
			for y := range g.small.H {
				for x := range g.small.W {
					for o := range g.small.C {
						acc := g.bias[o]
						for ky := range w.H {
							for kx := range w.W {
								iy, ix := y*w.StrideH-k.PadTop+ky*w.DilationH, x*w.StrideW-k.PadLeft+kx*w.DilationW
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
func TestTransposeConv(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	for range 300 {
		g := random(r, false)
		// Here the small image is the input: weights are [large.C, H, W, small.C].
		g.channels(r, g.large.C)
		w := g.window
		k := NewTransposeConv(g.small, g.large, w, int8(g.zeroPoint), g.weights, g.bias, g.rq)
		k.Scratch = make([]int8, w.H*w.W*g.small.C)
		in := codes(r, g.small.Batch*g.small.elements())
		out := make([]int8, g.large.Batch*g.large.elements())
		k.Run(out, in)
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
