package microphone

import (
	"errors"
	"io/fs"
	"math"
	"testing"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/alsa"
)

// TestRemove takes another constant from each of two channels and leaves their
// tones.
func TestRemove(t *testing.T) {
	const rate, seconds, amplitude = 48000, 2, 1 << 24
	channels, err := newBlockers(hw.Format{SampleRateHz: rate, Channels: 2})
	if err != nil {
		t.Fatal(err)
	}
	s := &Source{channels: channels}
	offset := [2]float64{1 << 28, -(1 << 27)}
	hz := [2]float64{50, 1000}
	pcm := make([]int32, 2*rate*seconds)
	for i := range pcm {
		c := i % 2
		pcm[i] = int32(offset[c] + amplitude*math.Sin(2*math.Pi*hz[c]*float64(i/2)/rate))
	}
	for at := 0; at < len(pcm); at += 960 {
		s.remove(pcm[at : at+960])
	}
	for c := range 2 {
		var mean, power float64
		last := pcm[len(pcm)-rate*2:] // the last second
		for i := c; i < len(last); i += 2 {
			mean += float64(last[i]) / rate
			power += float64(last[i]) * float64(last[i]) / rate
		}
		if math.Abs(mean) > 1e-3*amplitude {
			t.Errorf("channel %d: mean %.0f is left of %.0f", c, mean, offset[c])
		}
		if db := 10 * math.Log10(power/(amplitude*amplitude/2)); math.Abs(db) > 0.02 {
			t.Errorf("channel %d: the tone of %g Hz changed by %.3f dB", c, hz[c], db)
		}
	}
	if n := testing.AllocsPerRun(10, func() { s.remove(pcm[:960]) }); n != 0 {
		t.Errorf("%g allocations a block", n)
	}
}

func TestOpenNothing(t *testing.T) {
	_, err := Open("hw:CARD=surely-not-there,DEV=0", 0)
	var problem *alsa.Problem
	if !errors.As(err, &problem) && !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want a problem with its fix", err)
	}
}
