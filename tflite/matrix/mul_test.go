package matrix

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// eachImpl runs f with every family that this processor has.
func eachImpl(t *testing.T, f func(t *testing.T, im *Impl)) {
	t.Helper()
	for _, im := range Impls() {
		if im.Missing != "" {
			t.Logf("%s: needs %s", im.Name, im.Missing)
			continue
		}
		t.Run(im.Name, func(t *testing.T) { f(t, im) })
	}
}

func random(rng *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.Float64()*2 - 1)
	}
	return x
}

// wantProduct computes a product in float64, and for each value of C how large
// the sum of the magnitudes is, to which rounding is proportional. b is not
// packed: [k, n] with the rows that the segments name.
func wantProduct(p *Product, b []float32, n int) (want, size map[int]float64) {
	want, size = map[int]float64{}, map[int]float64{}
	for i, row := range p.Rows {
		for j := p.From; j < p.To; j++ {
			at := int(p.Outs[i]) + j
			sum := 0.0
			switch {
			case p.Add:
				sum = float64(p.C[at])
			case p.Init != nil:
				sum = float64(p.Init[j])
			}
			mag := math.Abs(sum)
			for _, s := range p.Segs {
				for k := range int(s.N) {
					av := float64(p.A[int(row)+int(s.A)+k*p.StepA])
					bv := float64(b[(int(s.B)+k)*n+j])
					sum += av * bv
					mag += math.Abs(av * bv)
				}
			}
			want[at], size[at] = sum, mag
		}
	}
	return want, size
}

// TestMulAgainstFloat64 takes every size round a tile's, rows at odd places,
// several segments, packed and unpacked B, with and without Init, Add, Clamp and NaN. What
// is not part of the product must not change.
func TestMulAgainstFloat64(t *testing.T) {
	eachImpl(t, func(t *testing.T, im *Impl) {
		rng := rand.New(rand.NewPCG(1, 2))
		var w Work
		for m := 1; m <= 2*im.MR+1; m++ {
			for _, n := range []int{1, 2, im.NR - 1, im.NR, im.NR + 1, 2*im.NR - 1, 2 * im.NR, 3*im.NR + 5} {
				for mode := range 8 {
					checkProduct(t, im, &w, rng, productCase{m, n, mode})
				}
			}
		}
	})
}

// productCase is m rows of n columns, multiplied in one of eight ways.
type productCase struct{ m, n, mode int }

func checkProduct(t *testing.T, im *Impl, w *Work, rng *rand.Rand, c productCase) {
	t.Helper()
	m, n, mode := c.m, c.n, c.mode
	segs := []Seg{{A: 3, B: 0, N: 1}, {A: 40, B: 5, N: 7}, {A: 9, B: 1, N: 4}}
	const depth, ldc = 12, 7
	p := Product{A: random(rng, 400), StepA: 1 + mode%3, Segs: segs, From: 0, To: n}
	b := random(rng, depth*n)
	p.C = random(rng, m*(n+ldc)+ldc)
	for i := range m {
		p.Rows = append(p.Rows, int32(rng.IntN(300)))
		p.Outs = append(p.Outs, int32(i*(n+ldc)+i%2))
	}
	switch mode {
	case 0, 1, 6, 7:
		p.Init = random(rng, n)
	case 2, 3:
		p.Add = true
	case 4:
		p.Segs = nil
	}
	if mode > 5 {
		p.Clamp, p.Low, p.High = true, -0.5, 0.25
	}
	if mode == 7 {
		p.A[p.Rows[m-1]+segs[0].A] = float32(math.NaN())
	}
	if mode == 1 && n%im.NR == 0 {
		p.B, p.StepB = b, n
		p.Segs = nil
		for _, s := range segs {
			p.Segs = append(p.Segs, Seg{A: s.A, B: s.B * int32(n), N: s.N})
		}
	} else {
		p.B, p.Depth = make([]float32, im.PackedLen(depth, n)), depth
		im.Pack(p.B, depth, 0, &Matrix{V: b, K: 5, N: n, StepK: n, StepN: 1})
		im.Pack(p.B, depth, 5, &Matrix{V: b[5*n:], K: depth - 5, N: n, StepK: n, StepN: 1})
	}
	if mode == 3 {
		p.From = im.NR * (n / im.NR / 2)
	}
	ref := p
	if p.Depth == 0 {
		ref.Segs = segs
	}
	want, size := wantProduct(&ref, b, n)
	before := append([]float32(nil), p.C...)
	im.Mul(w, &p)
	for at, v := range p.C {
		if _, part := want[at]; !part {
			if math.Float32bits(v) != math.Float32bits(before[at]) {
				t.Fatalf("m %d, n %d, mode %d: value %d is not part of the product and changed", m, n, mode, at)
			}
			continue
		}
		w := want[at]
		if math.IsNaN(w) && math.IsNaN(float64(v)) {
			continue
		}
		if p.Clamp {
			w = min(max(w, float64(p.Low)), float64(p.High))
		}
		if d := math.Abs(float64(v) - w); math.IsNaN(d) || d > size[at]*14/(1<<24) {
			t.Fatalf("m %d, n %d, mode %d: value %d is %g, want %g", m, n, mode, at, v, w)
		}
	}
}

func TestPackTransposed(t *testing.T) {
	eachImpl(t, func(t *testing.T, im *Impl) {
		rng := rand.New(rand.NewPCG(3, 4))
		for _, n := range []int{1, im.NR, im.NR + 3} {
			const k = 5
			b := random(rng, 2*k*n)
			bt := make([]float32, 2*k*n)
			for r := range k {
				for c := range n {
					bt[c*2*k+2*r] = b[r*n+c]
				}
			}
			direct, transposed := make([]float32, im.PackedLen(k, n)), make([]float32, im.PackedLen(k, n))
			im.Pack(direct, k, 0, &Matrix{V: b, K: k, N: n, StepK: n, StepN: 1})
			im.Pack(transposed, k, 0, &Matrix{V: bt, K: k, N: n, StepK: 2, StepN: 2 * k})
			if fmt.Sprint(direct) != fmt.Sprint(transposed) {
				t.Errorf("n %d: packed from the transpose %v, want %v", n, transposed, direct)
			}
			tight := make([]float32, k*n)
			for r := range k {
				for c := range n {
					tight[c*k+r] = b[r*n+c]
				}
			}
			im.Pack(transposed, k, 0, &Matrix{V: tight, K: k, N: n, StepK: 1, StepN: k})
			if fmt.Sprint(direct) != fmt.Sprint(transposed) {
				t.Errorf("n %d: packed from columns %v, want %v", n, transposed, direct)
			}
		}
	})
}

func TestByName(t *testing.T) {
	for _, im := range Impls() {
		got, err := ByName(im.Name)
		if im.Missing == "" && got != im || im.Missing != "" && err == nil {
			t.Errorf("%s: got %v, %v", im.Name, got, err)
		}
	}
	if best, err := ByName(""); err != nil || best.Missing != "" {
		t.Errorf("best: %v, %v", best, err)
	}
	if _, err := ByName("nonesuch"); err == nil {
		t.Error("an unknown name is no error")
	}
}

// BenchmarkMul multiplies what the middle of the convolutional autoencoder
// does: 256 rows, depth 576, 128 columns.
func BenchmarkMul(b *testing.B) {
	for _, im := range Impls() {
		if im.Missing != "" {
			continue
		}
		b.Run(im.Name, func(b *testing.B) {
			const m, k, n = 256, 576, 128
			rng := rand.New(rand.NewPCG(1, 1))
			p := Product{
				A: random(rng, m*k), StepA: 1, Segs: []Seg{{N: k}},
				B: make([]float32, im.PackedLen(k, n)), Depth: k,
				C: make([]float32, m*n), To: n,
			}
			for i := range m {
				p.Rows, p.Outs = append(p.Rows, int32(i*k)), append(p.Outs, int32(i*n))
			}
			im.Pack(p.B, k, 0, &Matrix{V: random(rng, k*n), K: k, N: n, StepK: n, StepN: 1})
			var w Work
			for b.Loop() {
				im.Mul(&w, &p)
			}
			b.ReportMetric(2*m*k*n*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
