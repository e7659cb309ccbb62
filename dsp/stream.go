package dsp

import (
	"fmt"

	"github.com/auscult/auscult/dsp/resample"
)

// Stream is a FrontEnd for samples of the profile's rate or a higher one, which
// it converts first. Whoever learns from recordings and whoever listens to a
// microphone go through it, so that both hear the same. A Stream belongs to one
// goroutine.
type Stream struct {
	front     *FrontEnd
	resampler *resample.Resampler // nil at the profile's own rate
	forward   func(pcm []int32)
	emit      func(frame []DB)
}

// NewStream returns a Stream for p that takes samples of the given rate. The
// error says which rate the samples should have.
func NewStream(p Profile, sampleRateHz int) (*Stream, error) {
	front, err := NewFrontEnd(p)
	if err != nil {
		return nil, err
	}
	s := &Stream{front: front}
	if sampleRateHz == p.SampleRateHz {
		return s, nil
	}
	if s.resampler, err = resample.New(sampleRateHz, p.SampleRateHz); err != nil {
		return nil, fmt.Errorf("dsp: samples of %d Hz for a profile of %d Hz: %w", sampleRateHz, p.SampleRateHz, err)
	}
	s.forward = func(pcm []int32) { s.front.Write(pcm, s.emit) }
	return s, nil
}

// BandHz is FrontEnd.BandHz.
func (s *Stream) BandHz(band int) (lower, centre, upper float64) { return s.front.BandHz(band) }

// Reset forgets all buffered samples: the next sample starts frame 0.
func (s *Stream) Reset() {
	s.front.Reset()
	if s.resampler != nil {
		s.resampler.Reset()
	}
}

// Write is FrontEnd.Write for samples of the stream's rate.
func (s *Stream) Write(pcm []int32, emit func(frame []DB)) {
	if s.resampler == nil {
		s.front.Write(pcm, emit)
		return
	}
	s.emit = emit
	s.resampler.Write(pcm, s.forward)
	s.emit = nil
}
