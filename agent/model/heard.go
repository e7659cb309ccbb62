package model

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/hw"
)

// Recorded is how some of the clips were recorded from which a model has learned.
type Recorded struct {
	SampleRateHz  int `json:"sample_rate_hz"`
	BitsPerSample int `json:"bits_per_sample"`
	Clips         int `json:"clips"`
	// Origin is what they said of themselves.
	Origin hw.Origin `json:"origin,omitzero"`
}

// String says how many clips had which rate and width.
func (r Recorded) String() string {
	text := fmt.Sprintf("%d of %d Hz, %d bit", r.Clips, r.SampleRateHz, r.BitsPerSample)
	if r.Origin.Unit == hw.G {
		text += fmt.Sprintf(", full scale %.4g g", r.Origin.FullScale)
	}
	for _, what := range []string{r.Origin.Sensor, r.Origin.Mixer} {
		if what != "" {
			text += ", " + what
		}
	}
	return text
}

// maxOriginText bounds each of an origin's names.
const maxOriginText = 512

// maxRecorded is the most kinds of recordings that a model names.
const maxRecorded = 64

// Count adds a clip to those of its kind, lowest rate first. Of more kinds than a model
// names, those found last are left out.
func Count(kinds []Recorded, rateHz, bits int, origin hw.Origin) []Recorded {
	origin.RateHz = 0 // each recording's own
	r := Recorded{SampleRateHz: rateHz, BitsPerSample: bits, Clips: 1, Origin: origin}
	at, found := slices.BinarySearchFunc(kinds, r, func(a, b Recorded) int {
		x, y := &a.Origin, &b.Origin
		return cmp.Or(
			cmp.Compare(a.SampleRateHz, b.SampleRateHz), cmp.Compare(a.BitsPerSample, b.BitsPerSample),
			cmp.Compare(x.Unit, y.Unit), cmp.Compare(x.FullScale, y.FullScale), cmp.Compare(x.Range, y.Range),
			cmp.Compare(x.Bits, y.Bits),
			cmp.Compare(x.Sensor, y.Sensor), cmp.Compare(x.Serial, y.Serial), cmp.Compare(x.Mixer, y.Mixer),
		)
	})
	switch {
	case found:
		kinds[at].Clips++
	case len(kinds) < maxRecorded:
		kinds = slices.Insert(kinds, at, r)
	}
	return kinds
}

func validateRecorded(kinds []Recorded) error {
	if len(kinds) > maxRecorded {
		return fmt.Errorf("%d kinds of recordings: at most %d", len(kinds), maxRecorded)
	}
	for _, r := range kinds {
		if r.SampleRateHz < 1 || r.BitsPerSample < 1 || r.Clips < 1 {
			return errors.New("a kind of recordings without a rate, a width or a clip")
		}
		o := &r.Origin
		if len(o.Sensor) > maxOriginText || len(o.Serial) > maxOriginText || len(o.Mixer) > maxOriginText {
			return fmt.Errorf("a name of a sensor of more than %d bytes", maxOriginText)
		}
		if o.Unit != "" && o.Unit != hw.G && o.Unit != hw.FullScale || o.Unit == hw.G && !(o.FullScale > 0) {
			return fmt.Errorf("unit %.20q with a full scale of %g", o.Unit, o.FullScale)
		}
	}
	return nil
}

// RateDoubt says in a line what is heard at a sample rate otherwise than it was learned; it
// is empty where the bands cannot show a difference. A conversion of the rate is flat to
// dsp.Profile.FlatHz; bands above that read lower where the sound was converted and was not
// when it was learned, or the other way round.
func (s *Settings) RateDoubt(rateHz int) string {
	p := &s.Profile
	learned := s.Provenance.Recorded
	if len(learned) == 0 { // not known: most sets have the profile's rate
		learned = []Recorded{{SampleRateHz: p.SampleRateHz}}
	}
	heard := p.FlatHz(rateHz)
	edge, nearest := math.Inf(1), 0
	for _, r := range learned {
		flat := p.FlatHz(r.SampleRateHz)
		if r.SampleRateHz == rateHz || flat == heard {
			return ""
		}
		if edge > min(flat, heard) {
			edge, nearest = min(flat, heard), r.SampleRateHz
		}
	}
	return fmt.Sprintf("sound of %d Hz is heard, of %d Hz was learned, and the model's bands reach up to %g Hz: those above %.0f Hz differ by up to 3 dB; "+
		"learn and hear at one rate, or train with --max-hz %.0f",
		rateHz, nearest, p.MaxHz, edge, math.Floor(dsp.DefaultProfileAt(p.SampleRateHz).MaxHz))
}
