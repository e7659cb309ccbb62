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
		if p.FrameLength != frame || p.HopLength != frame/2 || p.MaxHz != float64(rate)/2 {
			t.Errorf("at %d Hz: %+v, want frames of %d", rate, p, frame)
		}
		if err := p.Validate(); err != nil {
			t.Errorf("at %d Hz: %v", rate, err)
		}
	}
}
