package dsp

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestDecibels(t *testing.T) {
	d := NewDecibels()
	if got := d.Of(0); got != dbFloor {
		t.Errorf("of 0: %v, want the floor", got)
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 10000 {
		power := rng.Uint64() >> (rng.Uint64() % 64)
		if power == 0 {
			continue
		}
		want := 10 * math.Log10(float64(power))
		if got := d.Of(power).Float64(); math.Abs(got-want) > 9e-6 {
			t.Errorf("of %d: %.7f dB, want %.7f", power, got, want)
		}
	}
}

// TestRelative is 20*log10 to half a unit of DB.
func TestRelative(t *testing.T) {
	for _, c := range [][2]float64{
		{16, 16}, {2, 16}, {16, 2}, {2.044673, 16}, {200, 16}, {1e-6, 16}, {1e6, 1e-6}, {3, 7}, {1, math.Nextafter(1, 2)},
	} {
		got, want := Relative(c[0], c[1]).Float64(), 20*math.Log10(c[0]/c[1])
		if math.Abs(got-want) > 0.6/(1<<20)+1e-6*math.Abs(want)/100 {
			t.Errorf("%g relative to %g: %.8f dB, want %.8f", c[0], c[1], got, want)
		}
	}
	for _, c := range []struct {
		full, reference float64
		want            DB
	}{
		{0, 1, 0}, {1, 0, 0}, {-1, 1, 0}, {math.NaN(), 1, 0}, {1e300, 1e-300, maxRelative}, {1e-300, 1e300, -maxRelative},
		{math.Inf(1), 1, maxRelative},
	} {
		if got := Relative(c.full, c.reference); got != c.want {
			t.Errorf("%g relative to %g: %d, want %d", c.full, c.reference, got, c.want)
		}
	}
}
