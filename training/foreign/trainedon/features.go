package trainedon

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/auscult/auscult/dsp"
)

// Features say what a network was trained on. The zero value of a field leaves it to the preset, or
// to what is usual.
type Features struct {
	Preset string
	RateHz int
	Bands  int
	Frame  int
	Hop    int
	Scale  string
	Norm   string // area, or none
	MinHz  *float64
	MaxHz  float64
	Power  float64 // of the spectrum that is summed: 2, or 1 for magnitudes
	Unit   string  // see Units
	Mean   []float64
	Std    []float64
	Min    []float64
	Max    []float64
}

// preset is what networks of a kind have in common.
type preset struct {
	name, help         string
	bands, frames      int
	frame, hop, rateHz int
}

// presets are the published baselines that others start from. All have Slaney bands of unit area from
// 0 Hz to half the rate, and 10 log10 of their power.
var presets = []preset{
	{"dcase2020", "DCASE 2020 to 2026 baselines: 128 bands, 5 frames", 128, 5, 1024, 512, 16000},
	{"mimii", "MIMII baseline: 64 bands, 5 frames", 64, 5, 1024, 512, 16000},
	{"mlperf-tiny", "MLPerf Tiny anomaly detection: 128 bands, 5 frames", 128, 5, 1024, 512, 16000},
}

// Presets lists their names.
func Presets() (names []string) {
	for _, p := range presets {
		names = append(names, p.name)
	}
	return names
}

// PresetsHelp says what they are.
func PresetsHelp() string {
	var all []string
	for _, p := range presets {
		all = append(all, fmt.Sprintf("%s (%s)", p.name, p.help))
	}
	return strings.Join(all, ", ")
}

// Units of levels.
const (
	Cell  = "cell"  // 0 to 1 over the range of the front end
	DB    = "db"    // 10 log10 of power, or 20 log10 of magnitude
	Ln    = "ln"    // natural logarithm of power, or of magnitude
	Log10 = "log10" // decadic logarithm of power, or of magnitude
)

// Units lists the units that a network's levels may have.
func Units() []string { return []string{Cell, DB, Ln, Log10} }

// Complete takes from the preset what is not said, and checks the rest. bands are those that the
// network's shape speaks for, 0 for none.
func (f Features) Complete(bands int) (Features, error) {
	d := dsp.DefaultProfile()
	p := preset{bands: bands, frame: d.FrameLength, hop: d.HopLength, rateHz: d.SampleRateHz}
	if f.Preset != "" {
		at := slices.IndexFunc(presets, func(p preset) bool { return p.name == f.Preset })
		if at < 0 {
			return f, fmt.Errorf("features %q: use one of %s", f.Preset, strings.Join(Presets(), ", "))
		}
		p = presets[at]
		f.Unit = or(f.Unit, DB)
	}
	f.Bands, f.RateHz = or(or(f.Bands, p.bands), d.Bands), or(f.RateHz, p.rateHz)
	f.Frame, f.Hop = or(f.Frame, p.frame), or(f.Hop, p.hop)
	f.Scale, f.Norm, f.Unit = or(f.Scale, string(d.Scale)), or(f.Norm, "area"), or(f.Unit, Cell)
	f.Power, f.MaxHz = or(f.Power, 2), or(f.MaxHz, float64(f.RateHz)/2)
	if f.MinHz == nil {
		f.MinHz = new(float64)
	}
	return f, f.check()
}

func or[T comparable](given, otherwise T) T {
	var none T
	if given == none {
		return otherwise
	}
	return given
}

func (f Features) check() error {
	switch {
	case f.Norm != "area" && f.Norm != "slaney" && f.Norm != "none":
		return fmt.Errorf("norm %q: use area (librosa's 'slaney': triangles of unit area) or none (of height 1)", f.Norm)
	case f.Power != 1 && f.Power != 2:
		return fmt.Errorf("power %g: a node sums the power in each band (power 2), or the magnitudes (power 1)", f.Power)
	case !slices.Contains(Units(), f.Unit):
		return fmt.Errorf("unit %q: use one of %s", f.Unit, strings.Join(Units(), ", "))
	case (f.Min == nil) != (f.Max == nil):
		return errors.New("a smallest and a largest level belong together")
	case f.Min != nil && (f.Mean != nil || f.Std != nil):
		return errors.New("levels are scaled by mean and deviation, or by their smallest and largest, not by both")
	case f.Min != nil && len(f.Min) != len(f.Max):
		return fmt.Errorf("%d smallest levels and %d largest", len(f.Min), len(f.Max))
	}
	for _, v := range f.Std {
		if !(v > 0) || math.IsInf(v, 0) {
			return fmt.Errorf("a deviation of %g: must be above 0", v)
		}
	}
	for i, low := range f.Min {
		if !(f.Max[i] > low) || math.IsInf(f.Max[i]-low, 0) {
			return fmt.Errorf("levels from %g to %g: the largest must be above the smallest", low, f.Max[i])
		}
	}
	for _, v := range f.Mean {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("a mean of %g", v)
		}
	}
	return nil
}

// Profile returns what a node computes.
func (f Features) Profile() (dsp.Profile, error) {
	p := dsp.DefaultProfile()
	p.SampleRateHz, p.FrameLength, p.HopLength, p.Bands = f.RateHz, f.Frame, f.Hop, f.Bands
	p.Scale, p.MinHz, p.MaxHz = dsp.Scale(f.Scale), *f.MinHz, f.MaxHz
	if f.Power == 1 {
		// Sums of magnitudes lie some 15 dB lower, and end at the floor.
		p.Magnitude, p.MinDB, p.MaxDB = true, dsp.FloorDB, 20
	}
	return p, p.Validate()
}

// perTenfold is how many decibels tenfold power, or magnitude, is.
func perTenfold(p dsp.Profile) float64 {
	if p.Magnitude {
		return 20
	}
	return 10
}

// Scaling returns what a cell of 0 to 1 is in the network's numbers: scale*cell + offset. Each has one
// value, one for each band, or one for each cell.
func (f Features) Scaling(p dsp.Profile) (scale, offset []float64, err error) {
	perDB, span, lowest := 1.0, p.MaxDB-p.MinDB, p.MinDB
	switch f.Unit {
	case Cell:
		span, lowest = 1, 0
	case Ln:
		perDB = math.Ln10 / perTenfold(p)
	case Log10:
		perDB = 1 / perTenfold(p)
	}
	scale, offset = []float64{span * perDB}, []float64{lowest * perDB}
	if f.Norm == "none" {
		if f.Unit == Cell {
			return nil, nil, errors.New("cells from 0 to 1 have no norm: name the unit of the levels")
		}
		if offset, err = heights(p); err != nil {
			return nil, nil, err
		}
		for i := range offset {
			offset[i] = (offset[i] + lowest) * perDB
		}
	}
	mean, std := f.Mean, f.Std
	if f.Min != nil {
		mean, std = f.Min, make([]float64, len(f.Min))
		for i := range std {
			std[i] = f.Max[i] - f.Min[i]
		}
	}
	if mean == nil {
		mean = []float64{0}
	}
	if std == nil {
		std = []float64{1}
	}
	n := max(len(scale), len(offset), len(mean), len(std))
	for _, list := range [][]float64{offset, mean, std} {
		if n%len(list) != 0 || len(list) > 1 && len(list)%p.Bands != 0 {
			return nil, nil, fmt.Errorf("%d means or deviations: give one, one for each of %d bands, or one for each cell", len(list), p.Bands)
		}
	}
	scales, offsets := make([]float64, n), make([]float64, n)
	for i := range n {
		scales[i] = scale[0] / std[i%len(std)]
		offsets[i] = (offset[i%len(offset)] - mean[i%len(mean)]) / std[i%len(std)]
	}
	return scales, offsets, nil
}

// heights returns by how many dB triangles of height 1 give more than those of unit area: half their
// width in Hz.
func heights(p dsp.Profile) ([]float64, error) {
	fe, err := dsp.NewFrontEnd(p)
	if err != nil {
		return nil, err
	}
	all := make([]float64, p.Bands)
	for b := range all {
		low, _, high := fe.BandHz(b)
		all[b] = perTenfold(p) * math.Log10((high-low)/2)
	}
	return all, nil
}
