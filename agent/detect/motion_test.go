package detect

import (
	"slices"
	"testing"

	"github.com/auscult/auscult/dsp"
)

// TestMotionWords names what is farthest off, in its own deviations.
func TestMotionWords(t *testing.T) {
	m := &Motion{Memory: Memory{StdDev: slices.Repeat([]float64{1}, MotionFeatures)}, FrameHz: 31.25}
	m.StdDev[1] = 10
	for _, c := range []struct {
		feature int
		db      float64
		want    string
	}{
		{0, 5, "sharper impulses: +5.0 dB"},
		{3, -4, "impulses are duller: -4.0 dB"},
		{dsp.MotionValues + 2, 3, "impulses come and go: +3.0 dB"},
		{dsp.MotionValues, -3, "impulses are more even: -3.0 dB"},
		{4, 6, "rougher from moment to moment: +6.0 dB"},
		{4, -6, "smoother from moment to moment: -6.0 dB"},
		{5, 4, "beats at up to 62 Hz: +4.0 dB"},
		{8, 4, "beats at 250-500 Hz: +4.0 dB"},
		{2 * dsp.MotionValues, 4, "beats at up to 2 Hz: +4.0 dB"},
		{MotionFeatures - 1, -4, "beats at 7.8-16 Hz: -4.0 dB"},
	} {
		off := make([]float64, MotionFeatures)
		off[1], off[c.feature] = 8, c.db // of ten that are usual
		if got := m.Words(off, nil); got != c.want {
			t.Errorf("feature %d: %q, want %q", c.feature, got, c.want)
		}
	}
}
