package model

import (
	"fmt"
	"slices"
	"strings"

	"github.com/auscult/auscult/agent/health"
	"github.com/auscult/auscult/hw"
)

// Heard returns how normal sound was heard, nil where that is not known.
func (s *Settings) Heard() *health.Learned { return s.Normal.Heard }

// GainDoubt says in a line what of a card's mixer stands otherwise than when the clips were recorded
// that were learned: what is heard then is louder or quieter for that alone. It is empty where some
// of the clips were recorded so, and where nothing is known.
func (s *Settings) GainDoubt(o hw.Origin) string {
	heard := controls(o.Mixer)
	doubt := ""
	for _, r := range s.Provenance.Recorded {
		var changed []string
		known := false
		for _, was := range controls(r.Origin.Mixer) {
			i := slices.IndexFunc(heard, func(c control) bool { return c.name == was.name })
			if i < 0 {
				continue
			}
			known = true
			if is := heard[i]; is.value != was.value {
				changed = append(changed, fmt.Sprintf("%s was %s and is %s", was.name, was.value, is.value))
			}
		}
		if len(changed) == 0 && (known || r.Origin == (hw.Origin{})) {
			return ""
		}
		if doubt == "" && known {
			doubt = "when the model learned, " + strings.Join(changed, ", ")
		}
	}
	return doubt
}

// control is one of a mixer's, as hw/alsa writes it.
type control struct{ name, value string }

func controls(mixer string) (list []control) {
	for part := range strings.SplitSeq(mixer, "; ") {
		if name, value, ok := strings.Cut(part, "="); ok {
			list = append(list, control{name, value})
		}
	}
	return list
}

// OtherSensor says in a line that the model has learned from other sensors than the one that is
// heard; it is empty where it has not, and where that is not known.
func (s *Settings) OtherSensor(o hw.Origin) string {
	learned := ""
	for _, r := range s.Provenance.Recorded {
		was := r.Origin
		if was.Sensor == "" || o.Sensor == "" || kind(was.Sensor) == kind(o.Sensor) && was.Serial == o.Serial {
			return ""
		}
		if learned == "" {
			learned = named(was)
		}
	}
	if learned == "" {
		return ""
	}
	return fmt.Sprintf("the model learned from %s, and this is %s", learned, named(o))
}

// kind returns what a sensor is, without the bus or card that it is on, which may be called
// otherwise after a restart.
func kind(sensor string) string {
	if _, card, ok := strings.Cut(sensor, ", "); ok && strings.HasPrefix(sensor, "hw:") {
		return card
	}
	chip, _, _ := strings.Cut(sensor, "{")
	return chip
}

func named(o hw.Origin) string {
	if o.Serial == "" {
		return o.Sensor
	}
	return o.Sensor + " (serial number " + o.Serial + ")"
}
