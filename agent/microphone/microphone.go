package microphone

import (
	"context"
	"fmt"

	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/dsp/resample"
	"github.com/auscult/auscult/hw"
	_ "github.com/auscult/auscult/hw/alsa" // the driver of sound cards
	"github.com/auscult/auscult/hw/i2s"
	"github.com/auscult/auscult/hw/i2s/i2sreg"
)

// CornerHz is where the response is 3 dB down: low enough for the hum of slow
// machines, high enough to settle in half a second.
const CornerHz = 2

// Source is an open sound card without the constant in its samples.
type Source struct {
	i2s.Conn
	steady *resample.DCBlockers
}

// Open opens the capture device that name means ("hw:CARD=NAME,DEV=0", see
// alsa.Find) at a sample rate, or what the device has nearest to it; 0 is 48 kHz.
func Open(name string, sampleRateHz int) (*Source, error) {
	port, err := i2sreg.Open("/", name)
	if err != nil {
		return nil, err
	}
	card, err := port.Connect(physic.Frequency(sampleRateHz)*physic.Hertz, 0, 0)
	if err != nil {
		return nil, err
	}
	s := &Source{Conn: card}
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
	if err := s.Conn.Read(ctx, b); err != nil {
		return err
	}
	s.steady.Process(b.PCM)
	return nil
}
