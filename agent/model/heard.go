package model

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/auscult/auscult/dsp"
)

// Recorded is how some of the clips were recorded from which a model has learned.
type Recorded struct {
	SampleRateHz  int `json:"sample_rate_hz"`
	BitsPerSample int `json:"bits_per_sample"`
	Clips         int `json:"clips"`
}

// String says how many clips had which rate and width.
func (r Recorded) String() string {
	return fmt.Sprintf("%d of %d Hz, %d bit", r.Clips, r.SampleRateHz, r.BitsPerSample)
}

// maxRecorded is the most kinds of recordings that a model names.
const maxRecorded = 64

// Count adds a clip to those of its kind, lowest rate first. Of more kinds than a model
// names, those found last are left out.
func Count(kinds []Recorded, rateHz, bits int) []Recorded {
	r := Recorded{SampleRateHz: rateHz, BitsPerSample: bits, Clips: 1}
	at, found := slices.BinarySearchFunc(kinds, r, func(a, b Recorded) int {
		if a.SampleRateHz != b.SampleRateHz {
			return a.SampleRateHz - b.SampleRateHz
		}
		return a.BitsPerSample - b.BitsPerSample
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
