package sensor

import (
	"fmt"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/alsa"
)

// Acceleration returns the accelerometer that src is.
func Acceleration(src hw.Source) (accel.Accelerometer, bool) {
	a, ok := under(src).(accel.Accelerometer)
	return a, ok
}

// Card returns the sound card that src reads.
func Card(src hw.Source) (*alsa.Source, bool) {
	c, ok := under(src).(card)
	if !ok {
		return nil, false
	}
	s, ok := c.Conn.(*alsa.Source)
	return s, ok
}

// ChannelNames returns what people call a source's channels.
func ChannelNames(src hw.Source) []string {
	if named, ok := under(src).(interface{ ChannelNames() []string }); ok {
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
