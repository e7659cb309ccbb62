package microphone

import (
	"context"
	"fmt"

	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/dsp/resample"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/alsa"
)

// CornerHz is where the response is 3 dB down: low enough for the hum of slow
// machines, high enough to settle in half a second.
const CornerHz = 2

// Source is an open sound card without the constant in its samples.
type Source struct {
	*alsa.Source
	steady *resample.DCBlockers
}

// Open opens the capture device that name means ("hw:CARD=NAME,DEV=0", see
// alsa.Open) at a sample rate, or what the device has nearest to it; 0 is 48 kHz.
func Open(name string, sampleRateHz int) (*Source, error) {
	card, err := alsa.Open(name, alsa.Options{Rate: physic.Frequency(sampleRateHz) * physic.Hertz})
	if err != nil {
		return nil, err
	}
	s := &Source{Source: card}
	f := card.Format()
	if s.steady, err = resample.NewDCBlockers(f.Channels, f.SampleRateHz, CornerHz); err != nil {
		_ = card.Halt() // the first error counts
		return nil, fmt.Errorf("microphone: %s: %w", name, err)
	}
	return s, nil
}

// Read is hw.Source's. The mean lives on over lost samples: it is the
// converter's, not the sound's.
func (s *Source) Read(ctx context.Context, b *hw.Block) error {
	if err := s.Source.Read(ctx, b); err != nil {
		return err
	}
	s.steady.Process(b.PCM)
	return nil
}

// Health returns what is wrong with a device that is open, nil when nothing is:
// a microphone that gives the same value for long.
func (s *Source) Health() error {
	if f := s.Fault(); f != nil {
		return &f.Problem
	}
	return nil
}
