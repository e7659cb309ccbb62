package sensor

import (
	"context"
	"errors"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/agent/setting"
	"github.com/auscult/auscult/hw"
	_ "github.com/auscult/auscult/hw/alsa" // the driver of sound cards
	"github.com/auscult/auscult/hw/i2s"
	"github.com/auscult/auscult/hw/i2s/i2sreg"
)

// ALSA is a microphone, or whatever else is a sound card to the kernel.
type ALSA struct {
	// Device is the card by its stable name ("hw:CARD=NAME,DEV=0", see alsa.Find).
	Device string `toml:"device"`
	// SampleRateHz is 1000 to 768000, or what the card has nearest; 0 is 48000.
	SampleRateHz int `toml:"sample_rate_hz"`

	// Channels to capture; 0 is 2, or what the card has.
	Channels int `toml:"-"`
	// Buffer is how long the kernel keeps samples for a reader that is late; 0 is
	// package alsa's default.
	Buffer time.Duration `toml:"-"`
}

// Validate is Sensor's.
func (a *ALSA) Validate(int) *setting.Problem {
	switch {
	case a.Device == "":
		return setting.Wrong("device", `is missing: name the sound card, as in "hw:CARD=NAME,DEV=0"; 'auscult devices' lists them`)
	case a.SampleRateHz != 0 && (a.SampleRateHz < minSoundHz || a.SampleRateHz > maxSoundHz):
		return setting.Wrong("sample_rate_hz", "must be 0 (48000, or what the card has nearest) or %d to %d", minSoundHz, maxSoundHz)
	}
	return nil
}

// Range of sample rates of sound, in Hz.
const (
	minSoundHz = 1000
	maxSoundHz = 768_000
)

// Open is Sensor's. An empty Device is the only card that there is.
func (a *ALSA) Open(_ context.Context, at Site) (hw.Source, error) {
	port, err := i2sreg.Open(at.root(), a.Device)
	if err != nil {
		return nil, err
	}
	if err := port.SetBuffer(a.Buffer); err != nil {
		return nil, err
	}
	c, err := port.Connect(physic.Frequency(a.SampleRateHz)*physic.Hertz, a.Channels, 0)
	if err != nil {
		return nil, err
	}
	s, err := steady(card{c}, microphoneCornerHz)
	if err != nil {
		return nil, errors.Join(err, c.Halt())
	}
	return s, nil
}

// card is a sound card in the words that all sensors have.
type card struct{ i2s.Conn }

// ChannelNames returns what the kernel calls the channels.
func (c card) ChannelNames() []string {
	names := make([]string, c.Format().Channels)
	for i, ch := range c.ChannelMap() {
		names[i] = ch.String()
	}
	return names
}
