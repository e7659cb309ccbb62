package model

import (
	"errors"
	"fmt"

	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/hw"
)

// ReferenceG is the acceleration, in g, that 0 dB stands for wherever acceleration is heard: the
// widest range of most chips, and the scale of tables. Chips of other ranges are heard on this one.
const ReferenceG = 16

// Scale returns by how much the levels of samples are moved so that all that is acceleration is
// heard on one scale. Sound stays in parts of the converter's range, and so does what is not known.
func Scale(o hw.Origin) dsp.DB {
	if o.Unit != hw.G {
		return 0
	}
	return dsp.Relative(o.FullScale, ReferenceG)
}

// Unit returns what the clips were of from which a model has learned; empty where that is not
// known.
func (s *Settings) Unit() hw.Unit {
	for _, r := range s.Provenance.Recorded {
		if r.Origin.Unit != "" {
			return r.Origin.Unit
		}
	}
	if s.Provenance.Table != nil {
		return hw.G
	}
	return ""
}

// errUnit is that a model of the one hears the other.
var errUnit = errors.New("take a model that was trained on what this sensor gives")

// CheckUnit returns an error where samples are not of what was learned.
func (s *Settings) CheckUnit(o hw.Origin) error {
	switch learned := s.Unit(); {
	case learned == hw.G && o.Unit == hw.FullScale:
		return fmt.Errorf("gives sound, and the model has learned acceleration: %w", errUnit)
	case learned == hw.FullScale && o.Unit == hw.G:
		return fmt.Errorf("gives acceleration, and the model has learned sound: %w", errUnit)
	}
	return nil
}

// ScaleDoubt says in a line why acceleration may be heard louder or quieter than it was learned;
// it is empty where that cannot be.
func (s *Settings) ScaleDoubt(o hw.Origin) string {
	switch learned := s.Unit(); {
	case learned == "" && o.Unit == hw.G && len(s.Provenance.Recorded) > 0:
		return fmt.Sprintf("the recordings that were learned do not say what their full scale is: they are taken for %d g, "+
			"and this sensor's is %.4g g", ReferenceG, o.FullScale)
	case learned == hw.G && o.Unit == "":
		return fmt.Sprintf("it does not say what its full scale is: taken for the %d g that the model's levels are relative to",
			ReferenceG)
	}
	return ""
}
