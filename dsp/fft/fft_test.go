package fft

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/mjibson/go-dsp/fft"
)

// lengths returns all lengths that New accepts.
func lengths() []int {
	var all []int
	for n := MinLength; n <= MaxLength; n++ {
		if CheckLength(n) == nil {
			all = append(all, n)
		}
	}
	return all
}

// signals returns adversarial inputs of n samples whose sums of magnitudes are
// as close to MaxL1 as whole numbers allow.
func signals(n int, rng *rand.Rand) map[string][]int32 {
	peak := int32(MaxL1 / (n / 2))
	out := map[string][]int32{
		"zero": make([]int32, n), "dc": make([]int32, n), "impulse": make([]int32, n), "late impulse": make([]int32, n),
		"alternating": make([]int32, n), "negative dc": make([]int32, n), "random signs": make([]int32, n),
		"random": make([]int32, n), "two impulses": make([]int32, n), "one": make([]int32, n),
	}
	out["impulse"][0] = MaxL1
	out["late impulse"][n-1] = -MaxL1
	out["two impulses"][1], out["two impulses"][n/2*2-2] = MaxL1, -MaxL1
	out["one"][3] = 1
	for i := range n {
		out["dc"][i] = peak
		out["negative dc"][i] = -peak
		out["alternating"][i] = peak * int32(1-2*(i&1))
		out["random signs"][i] = peak * int32(1-2*rng.IntN(2))
		out["random"][i] = int32(rng.Int64N(2*int64(peak)+1)) - peak
	}
	for _, period := range []int{4, 8, 12, 16, n / 2, n} {
		s := make([]int32, n)
		for i := range s {
			s[i] = peak
			if i%period >= period/2 {
				s[i] = -peak
			}
		}
		out["square "+string(rune('a'+len(out)))] = s
	}
	return out
}

func TestPowerMatchesFloatReference(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range lengths() {
		isPower := n&(n-1) == 0
		if n > 1200 && !isPower && n%1000 != 0 && n != 15552 && n != 6250 && n != 4374 {
			continue // the reference is slow
		}
		r, err := New(n)
		if err != nil {
			t.Fatal(err)
		}
		dst := make([]uint64, n/2+1)
		for name, src := range signals(n, rng) {
			x := make([]float64, n)
			for i, v := range src {
				x[i] = float64(v)
			}
			want := fft.FFTReal(x)
			r.Power(dst, src)
			var sum float64
			for k, p := range dst {
				a, b := math.Sqrt(float64(p)), math.Hypot(real(want[k]), imag(want[k]))
				// doc.go's bounds plus 8 units for the factors' own rounding.
				bound := 0.14*float64(n) + 8
				if !isPower {
					bound = 0.55*float64(n) + 8
				}
				if math.Abs(a-b) > bound {
					t.Fatalf("n %d, %s, bin %d: |X| %.1f, want %.1f (bound %.1f)", n, name, k, a, b, bound)
				}
				sum += (a - b) * (a - b)
			}
			rms := math.Sqrt(sum / float64(len(dst)))
			if bound := math.Sqrt(float64(n) / 12); name == "random" && rms > bound {
				t.Errorf("n %d, %s: error %.2f in the root mean square, bound %.2f", n, name, rms, bound)
			}
		}
	}
}

func TestNewRejectsLengths(t *testing.T) {
	for _, n := range []int{-1, 0, 1, 16, 30, 31, 33, 75, 98, 1022, 16382, 16386, 32768, math.MaxInt} {
		if _, err := New(n); err == nil {
			t.Errorf("New(%d) succeeded", n)
		}
	}
	if got, want := CheckLength(1022).Error(), "use 1000 or 1024"; !strings.HasSuffix(got, want) {
		t.Errorf("error %q, want it to end with %q", got, want)
	}
	if n := len(lengths()); n != 156 {
		t.Errorf("%d lengths", n)
	}
}

func TestPowerDoesNotAllocate(t *testing.T) {
	r, err := New(1024)
	if err != nil {
		t.Fatal(err)
	}
	src, dst := make([]int32, 1024), make([]uint64, 513)
	if n := testing.AllocsPerRun(20, func() { r.Power(dst, src) }); n != 0 {
		t.Errorf("%v allocations per frame", n)
	}
}

func BenchmarkPower1024(b *testing.B) {
	r, err := New(1024)
	if err != nil {
		b.Fatal(err)
	}
	src, dst := make([]int32, 1024), make([]uint64, 513)
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range src {
		src[i] = rng.Int32N(1<<21) - 1<<20
	}
	for b.Loop() {
		r.Power(dst, src)
	}
}
