package kernels

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestLoopsAgainstGeneric runs every loop on every number of columns and rows
// round the block sizes and compares with the generic loops, which
// TestLoopsAgainstDefinitions compares with float64. Fused multiplications round
// once less, and sums over rows in another order, the more rows the more.
func TestLoopsAgainstGeneric(t *testing.T) {
	eachImpl(t, func(t *testing.T, im *Impl) {
		for _, cols := range []int{1, 2, 3, 4, 8, 15, 16, 17, 32, 48} {
			for _, rows := range []int{1, 2, 5, 16, 35} {
				bound := 1e-6 + 3e-7*float64(rows)
				for seed := range uint64(3) {
					want, got := runLoops(Generic, seed, rows, cols), runLoops(im, seed, rows, cols)
					for name, w := range want {
						for i := range w {
							if d := math.Abs(float64(w[i] - got[name][i])); !(d <= bound) &&
								!(w[i] != w[i] && got[name][i] != got[name][i]) {
								t.Fatalf("%s, %d rows of %d: value %d is %g, generic %g", name, rows, cols, i, got[name][i], w[i])
							}
						}
					}
				}
			}
		}
	})
}

// runLoops runs all loops on the same random values and returns what they wrote.
func runLoops(im *Impl, seed uint64, rows, cols int) map[string][]float32 {
	rng := rand.New(rand.NewPCG(seed, 9))
	n := rows * cols
	x, y, g := random(rng, n), random(rng, n), random(rng, n)
	mean, a, b, c := random(rng, cols), random(rng, cols), random(rng, cols), random(rng, cols)
	out := map[string][]float32{}
	fresh := func(name string, src []float32) []float32 {
		out[name] = append([]float32(nil), src...)
		return out[name]
	}
	im.ColSum(fresh("colSum", a), x)
	im.ColSquares(fresh("colSquares", a), x, mean)
	im.ScaleShift(fresh("scaleShift", y), x, a, b, float32(math.Inf(-1)))
	im.ScaleShift(fresh("scaleShiftReLU", y), x, a, b, 0)
	nan := append([]float32(nil), x...)
	nan[n-1] = float32(math.NaN())
	im.ScaleShift(fresh("scaleShiftNaN", y), nan, a, b, 0)
	im.NormSums(fresh("normSums", a), fresh("normSumsX", b), g, x, mean, nil)
	im.NormSums(fresh("normSumsMasked", a), fresh("normSumsMaskedX", b), g, x, mean, &Mask{a, c})
	im.NormBack(fresh("normBack", g), x, &NormLine{mean, a, b, c}, nil)
	im.NormBack(fresh("normBackMasked", g), x, &NormLine{mean, a, b, c}, &Mask{b, a})
	im.Add(fresh("add", y), x)
	im.MulAdd(fresh("mulAdd", y), x, g)
	d := fresh("difference", x)
	sum := im.Difference(d, y, g, 0.25)
	fresh("differenceSum", []float32{float32(sum / float64(n))})
	v := fresh("adamV", x)
	for i := range v {
		v[i] = v[i]*v[i] + 0.1
	}
	im.Adam(fresh("adam", y), g, fresh("adamM", x), v, &Adam{
		Beta1: 0.9, Rest1: 0.1, Beta2: 0.999, Rest2: 0.001, Size: 0.01, InvSqrt: 3, Epsilon: 1e-8,
	})
	return out
}

func TestLoopsAgainstDefinitions(t *testing.T) {
	const rows, cols, seed = 5, 3, 1
	got := runLoops(Generic, seed, rows, cols)
	rng := rand.New(rand.NewPCG(seed, 9))
	x, y, g := random(rng, rows*cols), random(rng, rows*cols), random(rng, rows*cols)
	mean, a, b, c := random(rng, cols), random(rng, cols), random(rng, cols), random(rng, cols)
	near := func(name string, i int, want float64) {
		t.Helper()
		if v := float64(got[name][i]); math.Abs(v-want) > 1e-6 {
			t.Errorf("%s: value %d is %g, want %g", name, i, v, want)
		}
	}
	f := func(v float32) float64 { return float64(v) }
	squares := 0.0
	for j := range cols {
		sum, sq, sg, sgx := f(a[j]), f(a[j]), f(a[j]), f(b[j])
		mg, mgx := sg, sgx
		for i := j; i < rows*cols; i += cols {
			d := f(x[i]) - f(mean[j])
			sum += f(x[i])
			sq += d * d
			sg += f(g[i])
			sgx += f(g[i]) * d
			if f(x[i])*f(a[j])+f(c[j]) > 0 {
				mg += f(g[i])
				mgx += f(g[i]) * d
			}
			masked := 0.0
			if f(x[i])*f(b[j])+f(a[j]) > 0 {
				masked = f(g[i])
			}
			near("scaleShift", i, f(x[i])*f(a[j])+f(b[j]))
			near("scaleShiftReLU", i, max(f(x[i])*f(a[j])+f(b[j]), 0))
			near("normBack", i, f(g[i])*f(a[j])+d*f(b[j])+f(c[j]))
			near("normBackMasked", i, masked*f(a[j])+d*f(b[j])+f(c[j]))
			near("add", i, f(y[i])+f(x[i]))
			near("mulAdd", i, f(y[i])+f(x[i])*f(g[i]))
			near("difference", i, (f(y[i])-f(g[i]))*0.25)
			squares += (f(y[i]) - f(g[i])) * (f(y[i]) - f(g[i]))
			m := 0.9*f(x[i]) + 0.1*f(g[i])
			v := 0.999*(f(x[i])*f(x[i])+0.1) + 0.001*f(g[i])*f(g[i])
			near("adamM", i, m)
			near("adamV", i, v)
			near("adam", i, f(y[i])-0.01*m/(math.Sqrt(v)*3+1e-8))
		}
		near("colSum", j, sum)
		near("colSquares", j, sq)
		near("normSums", j, sg)
		near("normSumsX", j, sgx)
		near("normSumsMasked", j, mg)
		near("normSumsMaskedX", j, mgx)
	}
	near("differenceSum", 0, squares/(rows*cols))
	if v := got["scaleShiftNaN"][rows*cols-1]; v == v {
		t.Errorf("the limit turns NaN into %g", v)
	}
}
