package table

import (
	"fmt"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"strings"
	"testing"
)

// stamped is a table of a tone at times.
func stamped(times []float64, hz float64, digits int) []byte {
	b := []byte("time,x\n")
	for _, t := range times {
		b = fmt.Appendf(b, "%.*f,%.6f\n", digits, t, math.Sin(2*math.Pi*hz*t))
	}
	return b
}

// walk returns times that run on by what step returns.
func walk(n int, step func() float64) []float64 {
	times := make([]float64, n)
	for i := 1; i < n; i++ {
		times[i] = times[i-1] + step()
	}
	return times
}

// TestJitterIsSteady takes stamps that lie about those of a steady rate for that rate, whatever their jitter, with
// the lines that a logger dropped as gaps.
func TestJitterIsSteady(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, rate := range []float64{50, 200, 1600, 3333} {
		for _, jitter := range []float64{0, 0.05, 0.15, 0.3, 0.45} { // of a step, either way, at most
			for _, dropped := range []int{0, 40} {
				var times []float64
				var want uint64
				for k := range 12_000 {
					if dropped > 0 && k%1500 >= 1400 && k%1500 < 1400+dropped {
						want++
						continue
					}
					times = append(times, (float64(k)+jitter*(2*rng.Float64()-1))/rate)
				}
				r, err := openBytes("x.csv", stamped(times, rate/20, 7), Options{Unit: "g"})
				if err != nil {
					t.Errorf("%g Hz, jitter %g, %d dropped: %v", rate, jitter, dropped, err)
					continue
				}
				h := listen(t, r)
				lost := uint64(0)
				for _, n := range h.lost {
					lost += n
				}
				// A gap is as long as the stamps on both sides say.
				slack := uint64(math.Ceil(2*jitter)) * uint64(len(h.lost))
				if math.Abs(r.plan.rateHz/rate-1) > 5e-4 || lost+slack < want || lost > want+slack || r.plan.grid != nil {
					t.Errorf("%g Hz, jitter %g, %d dropped: %g Hz, %d lost, want %d; %q",
						rate, jitter, dropped, r.plan.rateHz, lost, want, r.Notes())
				}
			}
		}
	}
}

// TestUnevenIsResampled brings samples whose intervals differ onto even times: a tone is as it was up to what is
// said to be good, and no sample is made up in a gap.
func TestUnevenIsResampled(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for name, step := range map[string]func() float64{
		"20 %":      func() float64 { return 0.8 + 0.4*rng.Float64() },
		"half":      func() float64 { return 0.5 + rng.Float64() },
		"two rates": func() float64 { return []float64{0.7, 1.3}[rng.IntN(2)] },
		"late":      func() float64 { return 0.8 + 0.3*min(rng.ExpFloat64(), 5) },
		"lines dropped": func() float64 {
			if rng.IntN(5) == 0 {
				return 2
			}
			return 1
		},
	} {
		const rate = 400.0
		times := walk(9000, func() float64 { return step() / rate })
		for i := 5000; i < len(times); i++ {
			times[i] += 2 // a gap
		}
		probe, err := openBytes("x.csv", stamped(times, 1, 7), Options{Unit: "g"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		good := probe.Reading().GoodHz
		if good < 0.05*rate || good > 0.25*rate || !strings.Contains(strings.Join(probe.Notes(), "\n"), "not evenly spaced") {
			t.Errorf("%s: good up to %g Hz, %q", name, good, probe.Notes())
			continue
		}
		for _, hz := range []float64{good / 10, good / 2, good} {
			r, err := openBytes("x.csv", stamped(times, hz, 7), Options{Unit: "g"})
			if err != nil {
				t.Fatal(err)
			}
			even := r.plan.rateHz
			h := listen(t, r)
			if len(h.lost) != 1 {
				t.Fatalf("%s: gaps %v", name, h.lost)
			}
			gapAt, shift := 0, 0
			for at, lost := range h.lost {
				gapAt, shift = at, int(lost)
			}
			for _, from := range []int{500, gapAt} { // before the gap and behind it
				const n = 2000
				var sum complex128
				power := 0.0
				for k, g := range h.values[from : from+n] {
					at := k + from
					if from == gapAt {
						at += shift
					}
					sum += complex(g, 0) * cmplx.Exp(complex(0, -2*math.Pi*hz*float64(at)/even))
					power += g * g / n
				}
				sum *= 2i / n // a sine of this phase is 1
				rest := math.Sqrt(max(0, power-real(sum)*real(sum)/2))
				if db := 20 * math.Log10(real(sum)); !(math.Abs(db) < 0.6) || rest > 0.12 || math.Abs(imag(sum)) > 0.05 {
					t.Errorf("%s at %g Hz of %g good ones from %d: %.3f, %.2f dB, %.3f beside it", name, hz, good, from, sum, db, rest)
				}
			}
		}
	}
}

// TestTooUneven refuses samples of which nobody knows what lay between.
func TestTooUneven(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for name, step := range map[string]func() float64{
		"Poisson": rng.ExpFloat64,
		"when it changes": func() float64 {
			if rng.IntN(10) == 0 {
				return 30
			}
			return 0.5 + rng.Float64()
		},
		"out of order": func() float64 { return 1 + 3*(rng.Float64()-0.5) },
	} {
		times := walk(3000, func() float64 { return step() / 100 })
		if r, err := openBytes("x.csv", stamped(times, 1, 7), Options{Unit: "g"}); err == nil ||
			!strings.Contains(err.Error(), "not evenly spaced") {
			t.Errorf("%s: %v, %v", name, r, err)
		}
		r, err := openBytes("x.csv", stamped(times, 1, 7), Options{Unit: "g", RateHz: 100})
		if err != nil || r.plan.grid != nil {
			t.Errorf("%s at a rate that is given: %v", name, err)
		}
	}
}
