package timeline

import "testing"

func TestCrystal(t *testing.T) {
	c := crystal{rate: 48000}
	// Late observations move nothing; time creeps by 200 ppm at most.
	c.observe(0, 1e9)
	c.observe(48000, 2e9+5e6)
	if got := c.At(48000); got != 2e9+200e3+1e3 {
		t.Errorf("after a late observation: %d", got)
	}
	c.observe(96000, 3e9-1e6)
	if got := c.At(96000); got != 3e9-1e6 {
		t.Errorf("after an early observation: %d", got)
	}
	for n, want := range map[int64]uint64{-5: 0, 0: 0, 1e9: 48000, 12833: 1, 3600e9: 48000 * 3600, 10400: 0} {
		if got := c.samples(n); got != want {
			t.Errorf("%d ns are %d samples, want %d", n, got, want)
		}
	}
}
