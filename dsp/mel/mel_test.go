package mel

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestScalesMatchFormulas(t *testing.T) {
	slaney, htk := Slaney(), HTK()
	for hz := 0.0; hz < 100000; hz += 0.5 + hz/50 {
		want := hz * 3 / 200
		if hz >= 1000 {
			want = 15 + 27*math.Log(hz/1000)/math.Log(6.4)
		}
		if got := slaney.FromHz(hz); math.Abs(got-want) > 1e-13*(1+want) {
			t.Errorf("Slaney of %g Hz: %.15g, want %.15g", hz, got, want)
		}
		if got, want := htk.FromHz(hz), 2595*math.Log10(1+hz/700); math.Abs(got-want) > 1e-12*(1+want) {
			t.Errorf("HTK of %g Hz: %.15g, want %.15g", hz, got, want)
		}
		for name, s := range map[string]Scale{"Slaney": slaney, "HTK": htk} {
			if back := s.ToHz(s.FromHz(hz)); math.Abs(back-hz) > 1e-10*(1+hz) {
				t.Errorf("%s there and back: %.15g Hz became %.15g", name, hz, back)
			}
		}
	}
}

// TestDefaultBank checks facts that were found with librosa.
func TestDefaultBank(t *testing.T) {
	b, err := New(16000, 1024, 128, Slaney(), 0, 8000)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for i := range b.Bands() {
		first, weights, shift := b.Weights(i)
		lower, peak, upper := b.Edges(i)
		var sum uint64
		for k, w := range weights {
			hz := float64(first+k) * 15.625
			want := 2 / (upper - lower) * max(0, min((hz-lower)/(peak-lower), (upper-hz)/(upper-peak)))
			if got := math.Ldexp(float64(w), -shift); math.Abs(got-want) > math.Ldexp(0.501, -shift) {
				t.Errorf("band %d, bin %d: weight %g, want %g", i, first+k, got, want)
			}
			sum += uint64(w)
		}
		if sum > math.MaxUint32 || sum < 1<<31 {
			t.Errorf("band %d: weights sum to %d", i, sum)
		}
		if first == 0 || first+len(weights) > 512 {
			t.Errorf("band %d: bins %d to %d, want none of 0 and 512", i, first, first+len(weights)-1)
		}
		n += len(weights)
	}
	if n != 1009 {
		t.Errorf("%d weights, want 1009", n)
	}
}

func TestApplyIsExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, bands := range []int{1, 2, 40, 128} {
		b, err := New(16000, 2048, bands, HTK(), 10, 7990)
		if err != nil {
			t.Fatal(err)
		}
		power, sums := make([]uint64, 1025), make([]Sum, bands)
		for _, largest := range []bool{true, false} {
			for i := range power {
				power[i] = rng.Uint64()
				if largest {
					power[i] = math.MaxUint64
				}
			}
			b.Apply(sums, power)
			for i, got := range sums {
				first, weights, _ := b.Weights(i)
				want := new(big.Int)
				for k, w := range weights {
					p := new(big.Int).SetUint64(power[first+k])
					want.Add(want, p.Mul(p, big.NewInt(int64(w))))
				}
				sum := new(big.Int).SetUint64(got.Hi)
				sum.Add(sum.Lsh(sum, 32), new(big.Int).SetUint64(got.Lo))
				if sum.Cmp(want) != 0 {
					t.Errorf("%d bands, band %d: %v, want %v", bands, i, sum, want)
				}
			}
		}
	}
}

func TestEmptyBandIsNamed(t *testing.T) {
	_, err := New(16000, 1024, 256, HTK(), 0, 8000)
	if err == nil || !strings.Contains(err.Error(), "band 1 of 256") ||
		!strings.Contains(err.Error(), "fewer bands or longer frames") {
		t.Errorf("error %v", err)
	}
	for _, edges := range [][2]float64{{100, math.Nextafter(100, 200)}, {0, 5e-324}, {7999.999, 8000}} {
		if _, err := New(16000, 1024, 2, Slaney(), edges[0], edges[1]); err == nil {
			t.Errorf("bands from %g to %g Hz: no error", edges[0], edges[1])
		}
	}
}
