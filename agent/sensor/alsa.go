package sensor

import (
	"context"
	"errors"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/agent/setting"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/alsa"
	"github.com/auscult/auscult/hw/i2s"
	"github.com/auscult/auscult/hw/i2s/i2sreg"
)

// ALSA is a microphone, or whatever else is a sound card to the kernel.
type ALSA struct {
	// Device is the card by its stable name ("hw:CARD=NAME,DEV=0", see alsa.Find).
	Device string `toml:"device"`
	// SampleRateHz is 1000 to 768000, or what the card has nearest; 0 is 48000.
	SampleRateHz int `toml:"sample_rate_hz"`
	// Channels to capture; 0 is 2, or as many as the card has and the channel needs.
	Channels int `toml:"channels"`

	// What the channel's samples stand for where an accelerometer's voltage is wired to it: see
	// calibration.
	CalibrationMVPerG float64 `toml:"calibration_mv_per_g"` // the sensor's, with what its amplifier does
	FullScaleV        float64 `toml:"full_scale_v"`         // peak voltage that the card's full scale stands for
	FullScaleG        float64 `toml:"full_scale_g"`         // instead of both: the acceleration that it stands for

	// Buffer is how long the kernel keeps samples for a reader that is late; 0 is
	// package alsa's default.
	Buffer time.Duration `toml:"-"`
}

// maxChannels is the most channels of a card.
const maxChannels = 64

// Validate is Sensor's.
func (a *ALSA) Validate(channel int) *setting.Problem {
	switch {
	case a.Device == "":
		return setting.Wrong("device", `is missing: name the sound card, as in "hw:CARD=NAME,DEV=0"; 'auscult devices' lists them`)
	case a.SampleRateHz != 0 && (a.SampleRateHz < minSoundHz || a.SampleRateHz > maxSoundHz):
		return setting.Wrong("sample_rate_hz", "must be 0 (48000, or what the card has nearest) or %d to %d", minSoundHz, maxSoundHz)
	case a.Channels < 0 || a.Channels > maxChannels:
		return setting.Wrong("channels", "must be 0 (2, or what the card has and the channel needs) or 1 to %d", maxChannels)
	case a.Channels > 0 && channel >= a.Channels:
		return setting.Wrong("channels", "must be more than channel, which is counted from 0: %d or more", channel+1)
	}
	return a.calibration().validate()
}

// Range of sample rates of sound, in Hz.
const (
	minSoundHz = 1000
	maxSoundHz = 768_000
)

// Open is Sensor's. An empty Device is the only card that there is.
func (a *ALSA) Open(_ context.Context, at Site) (hw.Source, error) {
	src, err := at.Shared.start(a, at)
	if err != nil {
		return nil, err
	}
	return a.calibration().apply(src), nil
}

// identity is device's.
func (a *ALSA) identity(root string) string {
	if root != "" {
		if d, err := alsa.Find(root, a.Device); err == nil {
			return "alsa " + d.Node
		}
	}
	return "alsa " + alsa.Plain(a.Device)
}

// with is device's.
func (a *ALSA) with(other Sensor) (device, *setting.Problem) {
	o, ok := other.(*ALSA)
	if !ok {
		return a, nil
	}
	both := *a
	both.Buffer = max(a.Buffer, o.Buffer)
	return &both, setting.First(
		agree("sample_rate_hz", &both.SampleRateHz, o.SampleRateHz),
		agree("channels", &both.Channels, o.Channels),
	)
}

// start is device's.
func (a *ALSA) start(at Site) (hw.Source, error) {
	port, err := i2sreg.Open(at.root(), a.Device)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(port.SetBuffer(a.Buffer), port.NeedChannel(at.Channel)); err != nil {
		return nil, err
	}
	c, err := port.Connect(physic.Frequency(a.SampleRateHz)*physic.Hertz, a.Channels, 0)
	if err != nil {
		return nil, err
	}
	return card{c}, nil
}

// card is a sound card in the words that all sensors have.
type card struct{ i2s.Conn }

// settles is how long microphones may take after they are switched on: an SPH0645's constant
// decays for seconds, which sounds like a bang.
const settles = 5 * time.Second

// Origin returns what the samples are of.
func (c card) Origin() hw.Origin {
	if o, ok := c.Conn.(interface{ Origin() hw.Origin }); ok {
		return o.Origin()
	}
	return hw.Origin{}
}

// Settles returns how long after opening samples are not the machine's.
func (c card) Settles() time.Duration { return settles }

// ChannelNames returns what the kernel calls the channels.
func (c card) ChannelNames() []string {
	names := make([]string, c.Format().Channels)
	for i, ch := range c.ChannelMap() {
		names[i] = ch.String()
	}
	return names
}
