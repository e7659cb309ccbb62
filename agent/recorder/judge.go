package recorder

import (
	"fmt"
	"math"

	"github.com/auscult/auscult/dsp/level"
	"github.com/auscult/auscult/hw"
)

// Channel is what was measured on one channel.
type Channel struct {
	Channel  string   `json:"channel"`
	RMSDBFS  *float64 `json:"rms_dbfs"` // nil is silence
	PeakDBFS *float64 `json:"peak_dbfs"`
	DC       float64  `json:"dc"` // full scale 1
	Clipped  uint64   `json:"clipped"`
}

// NewMeters returns a meter for each channel.
func NewMeters(f hw.Format) []*level.Meter {
	meters := make([]*level.Meter, f.Channels)
	for i := range meters {
		meters[i] = level.NewMeter(f.BitsPerSample)
	}
	return meters
}

// quietDBFS is below any microphone's own noise near a machine.
const quietDBFS = -80

// Judge returns what the meters measured on channels of some names, and what is wrong
// with it.
func Judge(rateHz int, meters []*level.Meter, names []string, lost uint64) (channels []Channel, warnings []string) {
	warnings = []string{}
	limits := level.DefaultLimits(rateHz)
	for i, m := range meters {
		ch := Channel{Channel: names[i], RMSDBFS: finite(m.ACRMSDBFS()), PeakDBFS: finite(m.PeakDBFS()), DC: m.DC(),
			Clipped: m.Clipped()}
		channels = append(channels, ch)
		switch {
		case ch.RMSDBFS == nil:
			warnings = append(warnings, ch.Channel+" is dead: every sample has the same value; choose another channel, or check its wires")
		case *ch.RMSDBFS < quietDBFS:
			warnings = append(warnings, fmt.Sprintf("%s is very quiet (%.0f dBFS): move the microphone nearer", ch.Channel, *ch.RMSDBFS))
		}
		for _, fault := range m.Faults(limits) {
			if fault.Code == level.Stuck || fault.Code == level.Offset {
				warnings = append(warnings, fmt.Sprintf("%s: %s; check its wires and its supply", ch.Channel, fault.Text))
			}
		}
		if ch.Clipped > 0 {
			warnings = append(warnings, fmt.Sprintf("%s clipped at %d samples: move the microphone away, or lower its gain", ch.Channel, ch.Clipped))
		}
	}
	if lost > 0 {
		warnings = append(warnings, fmt.Sprintf("%d samples were lost; the file says where, and keeps each channel's last value there", lost))
	}
	return channels, warnings
}

// Compare returns what is wrong with two channels that should be two microphones.
func Compare(pair *level.Pair) (warnings []string) {
	switch {
	case pair.Identical():
		return []string{"both channels are the same to the last bit: there is one microphone, or the driver copies one over the other"}
	case pair.Inverted():
		return []string{"the channels differ in their sign only: there is one microphone, wired to both"}
	}
	return nil
}

// finite returns x, nil for what JSON cannot say.
func finite(x float64) *float64 {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return nil
	}
	return &x
}

// String returns the channel's levels in one line.
func (c *Channel) String() string {
	return fmt.Sprintf("level %s dBFS, peak %s dBFS, DC %+.4f", decibels(c.RMSDBFS), decibels(c.PeakDBFS), c.DC)
}

func decibels(x *float64) string {
	if x == nil {
		return "-inf"
	}
	return fmt.Sprintf("%.1f", *x)
}
