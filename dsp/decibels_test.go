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
