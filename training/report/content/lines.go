package content

import (
	"fmt"
	"math"
	"slices"

	"github.com/auscult/auscult/training/metrics"
)

// Line is a frequency at which something known is to be heard.
type Line struct {
	Hz   float64  `json:"hz"`
	Name string   `json:"name"`
	Kind LineKind `json:"kind"`
}

// LineKind says what a line is of.
type LineKind string

// Kinds of lines.
const (
	Mains   LineKind = "mains"
	Shaft   LineKind = "shaft"
	Bearing LineKind = "bearing"
)

// Machine is what is known of the machine that was recorded. The zero value knows nothing.
type Machine struct {
	MainsHz  float64 // 50 or 60; 0: looked for in normal sound; below 0: none
	ShaftRPM float64 // 0: not known
	Bearing  Rolling // the zero value: not known
}

// Rolling is a rolling bearing's geometry, the balls' and the pitch diameter in the same unit.
type Rolling struct {
	Balls       int
	Ball, Pitch float64
	ContactDeg  float64
}

// harmonics is how many multiples of a line are marked.
const harmonics = 3

// Lines returns what is to be heard below a frequency.
func (m Machine) Lines(below float64) (all []Line) {
	add := func(kind LineKind, name string, hz float64) {
		for k := 1; k <= harmonics; k++ {
			if at := hz * float64(k); at > 0 && at < below {
				all = append(all, Line{Hz: at, Name: multiple(k, name), Kind: kind})
			}
		}
	}
	if m.MainsHz > 0 {
		all = mainsLines(m.MainsHz, below)
	}
	fr := m.ShaftRPM / 60
	if fr <= 0 {
		return all
	}
	add(Shaft, "shaft", fr)
	if b := m.Bearing; b.Balls > 0 && b.Pitch > 0 {
		ratio := b.Ball / b.Pitch * math.Cos(b.ContactDeg*math.Pi/180)
		n := float64(b.Balls)
		add(Bearing, "outer race", n*fr/2*(1-ratio))
		add(Bearing, "inner race", n*fr/2*(1+ratio))
		add(Bearing, "ball", b.Pitch*fr/(2*b.Ball)*(1-ratio*ratio))
		all = append(all, Line{Hz: fr / 2 * (1 - ratio), Name: "cage", Kind: Bearing})
	}
	return all
}

func multiple(k int, name string) string {
	if k == 1 {
		return name
	}
	return fmt.Sprintf("%d× %s", k, name)
}

// mainsHarmonics is how many multiples of the mains are marked: twice its frequency is what
// transformers and motors hum at.
const mainsHarmonics = 4

func mainsLines(hz, below float64) (all []Line) {
	for k := 1; k <= mainsHarmonics; k++ {
		if at := hz * float64(k); at < below {
			all = append(all, Line{Hz: at, Name: multiple(k, fmt.Sprintf("%g Hz mains", hz)), Kind: Mains})
		}
	}
	return all
}

// standsOut is by how many dB a line rises above its surroundings, at least.
const standsOut = 8

// mains returns the mains frequency whose multiples stand out of a spectrum, 0 where none does or both do.
func (s *Spectrum) mains(stepHz float64) float64 {
	if stepHz > 4 {
		return 0 // too coarse to tell 50 from 60
	}
	var found []float64
	for _, hz := range []float64{50, 60} {
		seen := 0
		for k := 1; k <= mainsHarmonics; k++ {
			seen += count(s.rises(hz*float64(k), stepHz))
		}
		if seen >= 2 {
			found = append(found, hz)
		}
	}
	if len(found) != 1 {
		return 0
	}
	return found[0]
}

// rises says whether a line stands at a frequency: higher than what lies round it.
func (s *Spectrum) rises(hz, stepHz float64) bool {
	at, about := int(math.Round(hz/stepHz)), int(math.Round(12/stepHz))
	if at-about < 1 || at+about >= len(s.DB) {
		return false
	}
	peak := slices.Max(s.DB[at-1 : at+2])
	return peak-metrics.Quantile(s.DB[at-about:at+about+1], 0.5) >= standsOut && peak >= slices.Max(s.DB[at-2:at+3])
}

// At names the line that lies at a frequency, within a resolution; empty where none does.
func (s *Spectra) At(hz float64) string {
	for _, l := range s.Lines {
		if math.Abs(l.Hz-hz) <= 1.5*s.StepHz {
			return l.Name
		}
	}
	return ""
}
