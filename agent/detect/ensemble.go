package detect

import (
	"fmt"
	"slices"
)

// Fusion says how the parts' scores become one.
type Fusion string

// The rules of fusion.
const (
	// Mean is the mean surprise of the parts that are not switched off: what several of
	// them find odd counts more than what one of them finds very odd.
	Mean Fusion = "mean"
	// Max is the highest surprise of them: one part is enough.
	Max Fusion = "max"
	// Alone is the own score of the only part, in its own unit: it is not calibrated, and
	// cannot be switched off.
	Alone Fusion = "alone"
)

// Fusions lists the rules that join several parts, the usual one first.
func Fusions() []Fusion { return []Fusion{Max, Mean} }

// Of returns the score of some surprises, each 0 or more, or of what stands alone.
func (f Fusion) Of(surprises []float64) float64 {
	sum, highest := 0.0, 0.0
	for _, v := range surprises {
		sum += v
		highest = max(highest, v)
	}
	if f == Max {
		return highest
	}
	return sum / float64(len(surprises))
}

// Ensemble is what is known of normal sound.
type Ensemble struct {
	Fusion Fusion `json:"fusion"`
	Parts  []Part `json:"parts"` // in the order of Names, each at most once
}

// Single returns an ensemble of one detector that stands alone.
func Single(name Name, d Detector) Ensemble {
	return Ensemble{Fusion: Alone, Parts: []Part{{Name: name, Detector: d}}}
}

const maxDB = 400

// inRange reports whether a level is one; never true for a NaN.
func inRange(db float64) bool { return db >= -maxDB && db <= maxDB }

// Validate returns nil when a Scorer can be built for observations of a size, else an
// error that names the part.
func (e *Ensemble) Validate(size Size) error {
	if len(e.Parts) == 0 {
		return fmt.Errorf("ensemble without parts")
	}
	if e.Fusion == Alone {
		return e.validateAlone(size)
	}
	if !slices.Contains(Fusions(), e.Fusion) {
		return fmt.Errorf("fusion %q: must be one of %q", e.Fusion, Fusions())
	}
	last := -1
	for i := range e.Parts {
		p := &e.Parts[i]
		at := slices.Index(Names(), p.Name)
		if at <= last {
			return fmt.Errorf("part %q: the parts are %v, each once, in this order", p.Name, Names())
		}
		last = at
		if err := p.validate(size, false); err != nil {
			return fmt.Errorf("part %s: %w", p.Name, err)
		}
	}
	return nil
}

func (e *Ensemble) validateAlone(size Size) error {
	p := &e.Parts[0]
	if k, known := KindOf(p.Name); !known || k.Alone == "" || len(e.Parts) > 1 {
		return fmt.Errorf("%v: cannot stand alone", e.Names())
	}
	return p.validate(size, true)
}

// Names lists the parts.
func (e *Ensemble) Names() (all []Name) {
	for _, p := range e.Parts {
		all = append(all, p.Name)
	}
	return all
}

// Part returns the detector of a name; nil where the ensemble lacks it.
func (e *Ensemble) Part(name Name) Detector {
	for _, p := range e.Parts {
		if p.Name == name {
			return p.Detector
		}
	}
	return nil
}
