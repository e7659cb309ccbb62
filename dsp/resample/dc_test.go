package resample

import (
	"math"
	"slices"
	"testing"
)

func TestDCBlocker(t *testing.T) {
	const rate = 16000
	for _, corner := range []float64{1, 5, 20, 160} {
		d, err := NewDCBlocker(rate, corner)
		if err != nil {
			t.Fatal(err)
		}
		// A first-order high-pass: gain f/sqrt(f^2+corner^2) while f << rate.
		for _, ratio := range []float64{0.5, 1, 2, 5} {
			hz := corner * ratio
			d.Begin(nil)
			n := int(rate/corner*4) + int(8*rate/hz)
			pcm := make([]int32, n)
			for i := range pcm {
				pcm[i] = int32(math.Round(1<<30*math.Sin(2*math.Pi*hz*float64(i)/rate))) + 1<<29
			}
			d.Process(pcm, pcm)
			peak := float64(slices.Max(pcm[n-int(math.Ceil(rate/hz))-1:]))
			want := ratio / math.Sqrt(1+ratio*ratio)
			if got := peak / (1 << 30); math.Abs(got-want) > 0.004+math.Pi*corner/rate*want {
				t.Errorf("corner %g Hz: %.4f at %g Hz, want %.4f", corner, got, hz, want)
			}
		}
	}
}

func TestDCBlockerRemovesConstants(t *testing.T) {
	d, err := NewDCBlocker(16000, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []int32{1, -1, 12345, math.MaxInt32, math.MinInt32, math.MaxInt32} {
		pcm := slices.Repeat([]int32{value}, 16000)
		d.Process(pcm, pcm)
		if last := pcm[len(pcm)-1]; last < 0 || last > 1 {
			t.Errorf("a constant %d leaves %d", value, last)
		}
		if low, high := slices.Min(pcm), slices.Max(pcm); value > 1 && low < 0 || value < 0 && high > 1 {
			t.Errorf("after a step to %d: %d to %d", value, low, high)
		}
	}
}

// TestDCBlockerRounds wants the coefficient to the nearest 2^-31.
func TestDCBlockerRounds(t *testing.T) {
	for _, corner := range []float64{0.5, 1, 7, 20, 160} {
		d, err := NewDCBlocker(16000, corner)
		if err != nil {
			t.Fatal(err)
		}
		if want := -math.Expm1(-2*math.Pi*corner/16000) * (1 << 31); math.Abs(float64(d.a)-want) > 0.501 {
			t.Errorf("corner at %g Hz: %d, want %.3f", corner, d.a, want)
		}
	}
}

func TestNewDCBlockerRejects(t *testing.T) {
	for _, c := range []struct {
		rate   int
		corner float64
	}{
		{0, 1}, {16000, 0}, {16000, -1}, {16000, 161}, {16000, math.NaN()}, {16000, math.Inf(1)},
		{10_000_001, 10}, {16000, 1e-9},
	} {
		if _, err := NewDCBlocker(c.rate, c.corner); err == nil {
			t.Errorf("rate %d, corner %g: no error", c.rate, c.corner)
		}
	}
}

// TestDCBlockerBegins takes the mean of what comes first, and then removes it from the
// first sample on.
func TestDCBlockerBegins(t *testing.T) {
	d, err := NewDCBlocker(16000, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []int32{0, 1, -1, 1 << 30, math.MaxInt32, math.MinInt32} {
		pcm := slices.Repeat([]int32{value}, 1024)
		d.Begin(pcm)
		d.Process(pcm, pcm)
		if low, high := slices.Min(pcm), slices.Max(pcm); low < 0 || high > 1 {
			t.Errorf("a constant %d leaves %d to %d", value, low, high)
		}
	}
	d.Begin([]int32{math.MinInt32, math.MaxInt32, -7})
	if want := int64(math.Round(-8.0 / 3 * (1 << 31))); d.mean < want-1 || d.mean > want+1 {
		t.Errorf("mean %d, want %d", d.mean, want)
	}
	d.Begin(nil)
	if d.mean != 0 {
		t.Errorf("mean of nothing: %d", d.mean)
	}
}

func TestDCBlockerDoesNotAllocate(t *testing.T) {
	d, err := NewDCBlocker(16000, 5)
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int32, 441)
	if n := testing.AllocsPerRun(10, func() { d.Process(pcm, pcm) }); n != 0 {
		t.Errorf("%g allocations a block", n)
	}
}
