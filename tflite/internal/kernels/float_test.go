package kernels

import (
	"math"
	"math/rand/v2"
	"testing"
)

func reals(r *rand.Rand, n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return v
}

// near compares with sums in float64: each of n products and additions rounds by at
// most 2^-24 of what the sum of magnitudes reaches.
func near(t *testing.T, what any, got []float32, want, magnitude []float64) {
	t.Helper()
	for i, w := range want {
		w = min(max(w, -3), 5)
		if bound := magnitude[i] * 300 * 0x1p-24; !(math.Abs(float64(got[i])-w) <= bound) {
			t.Fatalf("%+v at %d: %v, expected %v within %v", what, i, got[i], w, bound)
		}
	}
}

// TestFloat compares convolutions, depthwise ones and transposed ones with their
// definitions.
func TestFloat(t *testing.T) {
	for _, im := range Impls() {
		if im.Missing == "" {
			t.Run(im.Name, func(t *testing.T) { testFloat(t, im) })
		}
	}
}

func testFloat(t *testing.T, im *Impl) {
	run := func(k interface {
		ScratchBytes() int
		Run(out, in, scratch []float32)
	}, out, in []float32) {
		k.Run(out, in, make([]float32, k.ScratchBytes()/4))
	}
	r := rand.New(rand.NewPCG(6, 1))
	for range 200 {
		g := random(r, true)
		w := g.window
		weights, bias := reals(r, len(g.weights)), reals(r, g.small.C)
		in := reals(r, g.large.Batch*g.large.elements())
		out := make([]float32, g.small.Batch*g.small.elements())
		want, magnitude := make([]float64, len(out)), make([]float64, len(out))
		run(NewFloatConv(im, Sliding{g.large, g.small, w}, FloatLayer{weights, bias, -3, 5}), out, in)
		add := func(i int, v float64) {
			want[i] += v
			magnitude[i] += math.Abs(v)
		}
		walk(g.small, g.large, w, func(b, y, x, iy, ix, tap int) {
			for o := range g.small.C {
				for c := range g.large.C {
					add(g.small.at(b, y, x, o), float64(in[g.large.at(b, iy, ix, c)])*float64(weights[(o*w.H*w.W+tap)*g.large.C+c]))
				}
			}
		})
		for i := range want {
			add(i, float64(bias[i%g.small.C]))
		}
		near(t, w, out, want, magnitude)

		depth := g.small
		multiplier := 1 + r.IntN(3)
		depth.C = g.large.C * multiplier
		weights, bias = reals(r, w.H*w.W*depth.C), reals(r, depth.C)
		out = make([]float32, depth.Batch*depth.elements())
		want, magnitude = make([]float64, len(out)), make([]float64, len(out))
		run(NewFloatDepthwise(im, Sliding{g.large, depth, w}, FloatLayer{weights, bias, -3, 5}), out, in)
		walk(depth, g.large, w, func(b, y, x, iy, ix, tap int) {
			for o := range depth.C {
				add(depth.at(b, y, x, o), float64(in[g.large.at(b, iy, ix, o/multiplier)])*float64(weights[tap*depth.C+o]))
			}
		})
		for i := range want {
			add(i, float64(bias[i%depth.C]))
		}
		near(t, w, out, want, magnitude)

		w.DilationH, w.DilationW = 1, 1
		weights, bias = reals(r, len(g.weights)), reals(r, g.large.C)
		in = reals(r, g.small.Batch*g.small.elements())
		out = make([]float32, g.large.Batch*g.large.elements())
		want, magnitude = make([]float64, len(out)), make([]float64, len(out))
		run(NewFloatTransposeConv(im, Sliding{g.small, g.large, w}, FloatLayer{weights, bias, -3, 5}), out, in)
		walk(g.small, g.large, w, func(b, y, x, oy, ox, tap int) {
			for o := range g.large.C {
				for c := range g.small.C {
					add(g.large.at(b, oy, ox, o), float64(in[g.small.at(b, y, x, c)])*float64(weights[(o*w.H*w.W+tap)*g.small.C+c]))
				}
			}
		})
		for i := range want {
			add(i, float64(bias[i%g.large.C]))
		}
		near(t, w, out, want, magnitude)
	}
}

// walk visits every kernel position of every small position that lies in the large
// image.
func walk(small, large Image, w Window, visit func(b, y, x, largeY, largeX, tap int)) {
	for b := range small.Batch {
		for y := range small.H {
			for x := range small.W {
				for ky := range w.H {
					for kx := range w.W {
						ly, lx := y*w.StrideH-w.PadTop+ky*w.DilationH, x*w.StrideW-w.PadLeft+kx*w.DilationW
						if large.inside(ly, lx) {
							visit(b, y, x, ly, lx, ky*w.W+kx)
						}
					}
				}
			}
		}
	}
}
