package model

import (
	"math"
	"testing"

	"github.com/auscult/auscult/agent/detect"
)

// TestListener means three frames of two bands, half a decibel a code.
func TestListener(t *testing.T) {
	const codeDB = 0.5
	l := newListener(2, codeDB)
	l.frame([]int8{1, 1})
	l.clear() // this one is forgotten
	frames := [][]int8{{-128, 127}, {-118, 127}, {-98, 127}}
	for _, f := range frames {
		l.frame(f)
	}
	o := detect.NewObservation(detect.Size{Bands: 2})
	l.describe(&o, 1)
	if o.Frames != 3 {
		t.Errorf("%d frames, want 3", o.Frames)
	}
	// Codes 0, 10 and 30 above the lowest: a mean of 40/3, and of the squares 1000/3.
	for b, want := range []float64{20. / 3, 127.5} {
		if math.Abs(o.MeanDB[b]-want) > 1e-12 {
			t.Errorf("band %d: mean %g dB, want %g", b, o.MeanDB[b], want)
		}
	}
	for b, want := range []float64{math.Sqrt(1000./3-1600./9) / 2, 0} {
		if math.Abs(o.DeviationDB[b]-want) > 1e-12 {
			t.Errorf("band %d: deviation %g dB, want %g", b, o.DeviationDB[b], want)
		}
	}
	powers := detect.Powers(codeDB)
	for b, want := range []uint64{powers[0] + powers[10] + powers[30], 3 * powers[255]} {
		if o.Power[b] != want {
			t.Errorf("band %d: power %d, want %d", b, o.Power[b], want)
		}
	}
}

// TestListenerIsBounded hears 2^22 frames and no more.
func TestListenerIsBounded(t *testing.T) {
	l := newListener(1, 0.5)
	l.frames = 1<<22 - 1
	l.frame([]int8{-127})
	l.frame([]int8{-127})
	if l.frames != 1<<22 || l.sum[0] != 1 {
		t.Errorf("%d frames, a sum of %d", l.frames, l.sum[0])
	}
}
