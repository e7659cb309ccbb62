package sensor

import (
	"context"
	"fmt"

	"github.com/auscult/auscult/dsp/resample"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/alsa"
)

// Where the response is 3 dB down, in Hz.
const (
	// microphoneCornerHz is low enough for the hum of slow machines, and high enough to
	// settle in half a second.
	microphoneCornerHz = 2
	// accelerometerCornerHz hears a machine of 60 turns a minute.
	accelerometerCornerHz = 0.5
)

// Steady is a source without the constant in its samples.
type Steady struct {
	hw.Source // as the sensor gives it
	blockers  *resample.DCBlockers
}

func steady(src hw.Source, cornerHz float64) (*Steady, error) {
	f := src.Format()
	blockers, err := resample.NewDCBlockers(f.Channels, f.SampleRateHz, cornerHz)
	if err != nil {
		return nil, fmt.Errorf("sensor: %s: %w", src, err)
	}
	return &Steady{src, blockers}, nil
}

// Read is hw.Source's. The mean lives on over lost samples: it is the sensor's and the
// earth's, not the machine's.
func (s *Steady) Read(ctx context.Context, b *hw.Block) error {
	if err := s.Source.Read(ctx, b); err != nil {
		return err
	}
	s.blockers.Process(b.PCM)
	return nil
}

// Process takes the constant from samples that were read from Source, so that they can
// be looked at before.
func (s *Steady) Process(pcm []int32) { s.blockers.Process(pcm) }

// Health returns what is wrong with a channel of a sensor that is open, nil when nothing
// is or when it cannot tell.
func (s *Steady) Health(channel int) error {
	if h, ok := s.Source.(interface{ Health(channel int) error }); ok {
		return h.Health(channel)
	}
	return nil
}

// Raw returns what gives the samples of src as the sensor measures them, with the
// constant.
func Raw(src hw.Source) hw.Source {
	if s, ok := src.(*Steady); ok {
		return s.Source
	}
	return src
}

// Acceleration returns the accelerometer that src reads, with gravity.
func Acceleration(src hw.Source) (accel.Accelerometer, bool) {
	a, ok := under(Raw(src)).(accel.Accelerometer)
	return a, ok
}

// Card returns the sound card that src reads, with its constant.
func Card(src hw.Source) (*alsa.Source, bool) {
	c, ok := under(Raw(src)).(card)
	if !ok {
		return nil, false
	}
	s, ok := c.Conn.(*alsa.Source)
	return s, ok
}

// ChannelNames returns what people call a source's channels.
func ChannelNames(src hw.Source) []string {
	if named, ok := under(Raw(src)).(interface{ ChannelNames() []string }); ok {
		return named.ChannelNames()
	}
	_, isAcceleration := Acceleration(src)
	names := make([]string, src.Format().Channels)
	for i := range names {
		names[i] = fmt.Sprint("channel ", i)
		if isAcceleration {
			names[i] = string("xyz"[i])
		}
	}
	return names
}
