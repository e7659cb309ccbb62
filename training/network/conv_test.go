package network

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/auscult/auscult/tflite/matrix"
	"github.com/auscult/auscult/training/network/internal/kernels"
)

// eachKernels runs f with every family of kernels that this processor has.
func eachKernels(t *testing.T, f func(t *testing.T, name string)) {
	t.Helper()
	for _, im := range matrix.Impls() {
		if im.Missing != "" {
			t.Logf("%s: needs %s", im.Name, im.Missing)
			continue
		}
		t.Run(im.Name, func(t *testing.T) { f(t, im.Name) })
	}
}

// convByDefinition computes a convolution's outputs and the gradients of
// sum(y*dy) in float64, element by element.
func convByDefinition(s Spec, batch int, x, w, b, dy []float32) (y, dx, dw, db []float64) {
	y, dx = make([]float64, batch*s.Out.Size()), make([]float64, batch*s.In.Size())
	dw, db = make([]float64, len(w)), make([]float64, s.Out.C)
	for i := range y {
		c := i % s.Out.C
		y[i] = float64(b[c])
		db[c] += float64(dy[i])
	}
	long, short := s.In, s.Out
	if s.Kind == ConvTranspose2D {
		long, short = short, long
	}
	padTop, padLeft := padBefore(long.H, short.H, s.Kernel, s.Stride), padBefore(long.W, short.W, s.Kernel, s.Stride)
	for n := range batch {
		for oy := range short.H {
			for ox := range short.W {
				for ky := range s.Kernel {
					for kx := range s.Kernel {
						iy, ix := oy*s.Stride-padTop+ky, ox*s.Stride-padLeft+kx
						if iy < 0 || ix < 0 || iy >= long.H || ix >= long.W {
							continue
						}
						for cl := range long.C {
							for cs := range short.C {
								if s.Kind == DepthwiseConv2D && cs != cl {
									continue
								}
								l := n*long.Size() + (iy*long.W+ix)*long.C + cl
								sh := n*short.Size() + (oy*short.W+ox)*short.C + cs
								in, out, at := l, sh, ((ky*s.Kernel+kx)*long.C+cl)*short.C+cs
								if s.Kind == DepthwiseConv2D {
									at = (ky*s.Kernel+kx)*long.C + cl
								}
								if s.Kind == ConvTranspose2D {
									in, out, at = sh, l, ((cs*s.Kernel+ky)*s.Kernel+kx)*long.C+cl
								}
								y[out] += float64(x[in]) * float64(w[at])
								dx[in] += float64(dy[out]) * float64(w[at])
								dw[at] += float64(dy[out]) * float64(x[in])
							}
						}
					}
				}
			}
		}
	}
	return y, dx, dw, db
}

func uniform(rng *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.Float64()*2 - 1)
	}
	return x
}

// TestConvolutionsAgainstDefinition takes channels on either side of where each
// way of computing begins, odd sizes, and batches that do not divide groups and
// shards.
func TestConvolutionsAgainstDefinition(t *testing.T) {
	eachKernels(t, func(t *testing.T, name string) {
		rng := rand.New(rand.NewPCG(11, 1))
		for _, kind := range []Kind{Conv2D, ConvTranspose2D, DepthwiseConv2D} {
			for _, c := range [][2]int{{1, 5}, {7, 1}, {8, 8}, {9, 3}, {3, 16}, {16, 16}, {32, 20}, {20, 32}, {33, 64}} {
				for _, k := range [][4]int{{3, 2, 8, 4}, {1, 1, 3, 5}, {2, 2, 5, 4}, {3, 1, 4, 3}, {5, 3, 7, 5}} {
					for _, batch := range []int{1, 3, 19} {
						if batch > 3 && c[0]*c[1] > 300 {
							continue
						}
						chain := NewChain(Shape{k[2], k[3], c[0]})
						switch kind {
						case Conv2D:
							chain.Conv2D(c[1], k[0], k[1], true)
						case DepthwiseConv2D:
							chain.DepthwiseConv2D(k[0], k[1], true)
						default:
							chain.ConvTranspose2D(c[1], k[0], k[1], true)
						}
						compareConv(t, name, rng, chain.Specs()[0], batch)
					}
				}
			}
		}
	})
}

func compareConv(t *testing.T, name string, rng *rand.Rand, s Spec, batch int) {
	t.Helper()
	n := mustNew(t, []Spec{s}, rng.Uint64())
	n.SetThreads(2)
	if err := n.UseKernels(name); err != nil {
		t.Fatal(err)
	}
	w := n.Weights(0)
	copy(w.Bias, uniform(rng, len(w.Bias)))
	x, dy := uniform(rng, batch*s.In.Size()), uniform(rng, batch*s.Out.Size())
	y, dx, dw, db := convByDefinition(s, batch, x, w.W, w.Bias, dy)
	what := fmt.Sprintf("%v %v->%v, kernel %d, stride %d, batch %d", s.Kind, s.In, s.Out, s.Kernel, s.Stride, batch)
	got := append([]float32(nil), n.forward(x, batch, true, nil)...)
	gotDX := n.backward(dy, batch, true, nil)
	for _, p := range []struct {
		name string
		got  []float32
		want []float64
	}{
		{"output", got, y}, {"gradient by input", gotDX, dx}, {"gradient by weights", n.params[0].grad, dw},
		{"gradient by offsets", n.params[1].grad, db},
	} {
		if d := difference(p.got, p.want); !(d < 3e-6) {
			t.Fatalf("%s: %s off by %.2g of its largest value", what, p.name, d)
		}
	}
}

// TestNormAgainstDefinition compares batch normalisation with and without the
// fused ReLU with its formula in float64, on values far from 0, where squares of
// what is not centred would cancel.
func TestNormAgainstDefinition(t *testing.T) {
	eachKernels(t, func(t *testing.T, name string) {
		for _, c := range []int{3, 16, 40} {
			for _, batch := range []int{5, 130, 1300} {
				for _, relu := range []bool{false, true} {
					compareNorm(t, name, c, batch, relu)
				}
			}
		}
	})
}

func compareNorm(t *testing.T, name string, c, batch int, relu bool) {
	t.Helper()
	e := &engine{}
	e.setThreads(2)
	var err error
	if e.im, err = kernels.ByName(name); err != nil {
		t.Fatal(err)
	}
	b := newBatchNorm(e, Spec{In: Shape{1, 1, c}})
	b.relu = relu
	rng := rand.New(rand.NewPCG(uint64(c), uint64(batch)))
	copy(b.gamma.value, uniform(rng, c))
	copy(b.beta.value, uniform(rng, c))
	x, dy := uniform(rng, batch*c), uniform(rng, batch*c)
	for i := range x {
		x[i] += 5
	}
	b.reserve(batch)
	y := append([]float32(nil), b.forward(x, batch, true)...)
	keep := append([]float32(nil), dy...)
	dx := b.backward(dy, make([]float32, len(dy)), batch)
	wantY, wantDX := make([]float64, len(y)), make([]float64, len(y))
	wantGamma, wantBeta := make([]float64, c), make([]float64, c)
	rows := float64(batch)
	for ch := range c {
		mean, variance := 0.0, 0.0
		for i := ch; i < len(x); i += c {
			mean += float64(x[i]) / rows
		}
		for i := ch; i < len(x); i += c {
			variance += (float64(x[i]) - mean) * (float64(x[i]) - mean) / rows
		}
		inv := 1 / math.Sqrt(variance+normEpsilon)
		for i := ch; i < len(x); i += c {
			hat := (float64(x[i]) - mean) * inv
			wantY[i] = hat*float64(b.gamma.value[ch]) + float64(b.beta.value[ch])
			g := float64(keep[i])
			if relu && wantY[i] <= 0 {
				wantY[i], g = 0, 0
			}
			wantBeta[ch] += g
			wantGamma[ch] += g * hat
		}
		for i := ch; i < len(x); i += c {
			hat := (float64(x[i]) - mean) * inv
			g := float64(keep[i])
			if relu && wantY[i] <= 0 {
				g = 0
			}
			wantDX[i] = float64(b.gamma.value[ch]) * inv * (g - wantBeta[ch]/rows - hat*wantGamma[ch]/rows)
		}
		if d := math.Abs(float64(b.inference.mean[ch]) - mean); d > 1e-5 {
			t.Errorf("%d rows of %d: mean %g, want %g", batch, c, b.inference.mean[ch], mean)
		}
		if unbiased := variance * rows / (rows - 1); math.Abs(float64(b.inference.vari[ch])-unbiased) > 1e-5*unbiased {
			t.Errorf("%d rows of %d: variance %g, want %g", batch, c, b.inference.vari[ch], unbiased)
		}
	}
	for _, p := range []struct {
		name string
		got  []float32
		want []float64
	}{
		{"output", y, wantY}, {"gradient by input", dx, wantDX}, {"gradient by gamma", b.gamma.grad, wantGamma},
		{"gradient by beta", b.beta.grad, wantBeta},
	} {
		// A value near 5 is rounded by 2.4e-7, and a deviation may be a tenth.
		if d := difference(p.got, p.want); !(d < 3e-5) {
			t.Errorf("%d rows of %d, ReLU %v: %s off by %.2g of its largest value", batch, c, relu, p.name, d)
		}
	}
}
