package level

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestWatch finds clipping after ten seconds, of converters of any width, takes it back when it
// is over, and lets alone what is only loud, quiet, coarse or dead.
func TestWatch(t *testing.T) {
	const rate = 4000
	random := rand.New(rand.NewPCG(5, 5))
	noise := func(amplitude float64) func(int) float64 {
		return func(int) float64 { return amplitude * random.NormFloat64() }
	}
	tone := func(amplitude, top float64) func(int) float64 {
		return func(i int) float64 {
			return min(max(amplitude*math.Sin(2*math.Pi*100.7*float64(i)/rate), -top), top)
		}
	}
	for _, c := range []struct {
		name   string
		bits   int
		signal func(i int) float64
		want   bool
	}{
		{"noise", 24, noise(.1), false},
		{"one bit of noise", 16, noise(1e-5), false},
		{"noise of a coarse chip", 8, noise(.01), false},
		{"loud", 24, tone(.99, 1), false},
		{"zeros", 24, func(int) float64 { return 0 }, false},
		{"one value", 24, func(int) float64 { return .37 }, false},
		{"at the end", 32, func(int) float64 { return 1 }, false},
		{"clips in 16 bits", 16, tone(1.5, 1), true},
		{"clips in 24 of 32 bits", 24, tone(1.5, 1), true},
		{"clips in 32 bits", 32, tone(1.5, 1), true},
		{"clips before the converter", 24, tone(1.5, .6), true},
		{"clips at the top only", 24, func(i int) float64 { return min(tone(1.2, 2)(i), .7) }, true},
		{"impacts that clip now and then", 24, func(i int) float64 {
			if i%1000 < 4 {
				return 1
			}
			return .01 * random.NormFloat64()
		}, false},
	} {
		w := NewWatch(rate)
		full := float64(math.MaxInt32)
		low := int32(-1) << (32 - c.bits)
		found := 0
		for i := range 40 * rate {
			x := int32(min(max(c.signal(i)*full, math.MinInt32), math.MaxInt32)) & low
			w.WriteChannel([]int32{77, x}, 1, 2)
			if w.Clips() && found == 0 {
				found = i + 1
			}
		}
		if (found > 0) != c.want || c.want && (found < 10*rate || found > 12*rate) {
			t.Errorf("%s: clips after %.1f s, want %v after 10", c.name, float64(found)/rate, c.want)
		}
		for range 2 * rate {
			w.WriteChannel([]int32{int32(random.Uint32()) >> 6}, 0, 1)
		}
		if w.Clips() {
			t.Errorf("%s: clips, although that is over", c.name)
		}
	}
}

func TestWatchDoesNotAllocate(t *testing.T) {
	w, pcm := NewWatch(100), make([]int32, 1500)
	if n := testing.AllocsPerRun(10, func() { w.WriteChannel(pcm, 0, 1) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
