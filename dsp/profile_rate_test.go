package dsp

import "testing"

func TestDefaultProfileAt(t *testing.T) {
	if got := DefaultProfileAt(16000); got != DefaultProfile() {
		t.Errorf("at 16 kHz: %+v, want the default", got)
	}
	for rate, frame := range map[int]int{
		8000: 512, 22050: 1024, 32000: 2048, 44100: 2048, 48000: 2048, 50000: 4096, 96000: 4096,
	} {
		p := DefaultProfileAt(rate)
		if p.FrameLength != frame || p.HopLength != frame/2 || p.MaxHz != float64(rate)*7/16 {
			t.Errorf("at %d Hz: %+v, want frames of %d", rate, p, frame)
		}
		if err := p.Validate(); err != nil {
			t.Errorf("at %d Hz: %v", rate, err)
		}
	}
}

// TestVibrationProfileAt has frames of about a third of a second, every quarter of one.
func TestVibrationProfileAt(t *testing.T) {
	for _, c := range []struct{ rate, frame, bands int }{
		{800, 256, 64}, {1600, 512, 128}, {3200, 1024, 128}, {26667, 8192, 128},
	} {
		p := VibrationProfileAt(c.rate)
		if p.FrameLength != c.frame || p.HopLength != c.frame/4 || p.Bands != c.bands {
			t.Errorf("at %d Hz: frames of %d every %d, %d bands, want %d, %d, %d",
				c.rate, p.FrameLength, p.HopLength, p.Bands, c.frame, c.frame/4, c.bands)
		}
		if p.Scale != Linear || p.MaxHz != float64(c.rate)*7/16 {
			t.Errorf("at %d Hz: %s bands from %g to %g Hz", c.rate, p.Scale, p.MinHz, p.MaxHz)
		}
		if err := p.Validate(); err != nil {
			t.Errorf("at %d Hz: %v", c.rate, err)
		}
	}
}
