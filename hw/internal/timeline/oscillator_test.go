package timeline

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestLateObservations wants the slope although observations are late by up to
// 20 ms, and one in fifty by a second.
func TestLateObservations(t *testing.T) {
	const seed, ppm = 3, -700.0
	random := rand.New(rand.NewPCG(seed, seed))
	b := NewOscillator(1e6)
	period := 1e6 / (1 + ppm*1e-6)
	for n := uint64(10); n < 200_000; n += 10 {
		late := random.Float64() * 20e6
		if random.IntN(50) == 0 {
			late += 1e9
		}
		b.Observe(n, int64(float64(n)*period+late))
		if p := b.Estimate().PeriodNS; p < 0.9e6 || p > 1.1e6 {
			t.Fatalf("seed %d: period %g ns after %d samples", seed, p, n)
		}
	}
	if e := b.Estimate(); !e.Ready || math.Abs(e.DriftPPM-ppm) > 30 {
		t.Errorf("seed %d: drift %.1f ppm over %v, want %.0f within 30", seed, e.DriftPPM, e.Over, ppm)
	}
	// The line lies at the least late observations.
	if off := b.reached(200_000) - 200_000*period; off < -1e6 || off > 3e6 {
		t.Errorf("seed %d: the line is %.2f ms late, want at most 3", seed, off/1e6)
	}
	if n := b.Taken(b.At(150_000) + 1); n != 150_000 {
		t.Errorf("%d samples by the time of the 150,000th", n)
	}
	if n := b.Taken(-1e9); n != 0 {
		t.Errorf("%d samples before the first", n)
	}
}

func TestForget(t *testing.T) {
	b := NewOscillator(1e6)
	for n := uint64(1); n < 5000; n++ {
		b.Observe(n, int64(n)*1_010_000)
	}
	period := b.Estimate().PeriodNS
	b.Forget()
	if e := b.Estimate(); e.PeriodNS != period || !e.Ready {
		t.Errorf("period %g after forgetting, want %g", e.PeriodNS, period)
	}
	// The count jumped by a hundred; the line follows.
	for n := uint64(5100); n < 9000; n++ {
		b.Observe(n, int64(n-100)*1_010_000)
	}
	if off := b.reached(9000) - 8900*1.01e6; math.Abs(off) > 1e5 {
		t.Errorf("the line is %g ns off after a jump", off)
	}
}

func TestObserveDoesNotAllocate(t *testing.T) {
	b := NewOscillator(1e3)
	n := uint64(0)
	if got := testing.AllocsPerRun(100, func() {
		for range 1000 {
			n++
			b.Observe(n, int64(n)*1e3)
		}
	}); got != 0 {
		t.Errorf("%v allocations", got)
	}
}
