package dataset

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp/level"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/training/recording/table"
)

// Sound says of a clip's samples what a listener should know before it is
// learned.
type Sound struct {
	SampleRateHz  int     `json:"sample_rate_hz"`
	Channels      int     `json:"channels"`
	BitsPerSample int     `json:"bits_per_sample"`
	PeakDBFS      float64 `json:"peak_dbfs"` // SilenceDBFS for digital silence
	Clipped       uint64  `json:"clipped"`   // samples at full scale, several in a row
	DeadS         float64 `json:"dead_s"`    // seconds in stretches of one value, which were left out
	// Table says how a table was understood; nil for what is none.
	Table *table.Reading `json:"table,omitempty"`
	// Origin is what the recording says of itself.
	Origin hw.Origin `json:"origin,omitzero"`
}

// soundOf says what was measured of one channel.
func soundOf(m *level.Meter, f hw.Format) Sound {
	return Sound{
		SampleRateHz: f.SampleRateHz, Channels: f.Channels, BitsPerSample: f.BitsPerSample,
		PeakDBFS: max(m.PeakDBFS(), SilenceDBFS), Clipped: m.Clipped(),
	}
}

// Review sums up clips before they are learned.
type Review struct {
	Clips      int      `json:"clips"`
	DurationS  float64  `json:"duration_s"`
	RatesHz    []int    `json:"sample_rates_hz"` // from low to high
	Resampled  int      `json:"resampled"`       // clips of another rate than the profile's
	Channels   []int    `json:"channels"`        // that the clips have, from few to many
	LowestDBFS float64  `json:"lowest_dbfs"`     // levels, RMS
	MedianDBFS float64  `json:"median_dbfs"`
	HighDBFS   float64  `json:"highest_dbfs"`
	Clipped    []string `json:"clipped,omitempty"` // names
	Loud       []string `json:"loud,omitempty"`    // far from the others' level, either way
	// Units counts the clips by what they say that they are of.
	Units map[hw.Unit]int `json:"units,omitempty"`
	// Tables are the ways in which tables of accelerations were understood.
	Tables []TablesRead `json:"tables,omitempty"`
}

// farDB is how far from the median a level is odd: twice the power thrice over.
const farDB = 10

// Reviewer sums up clips as they are heard.
type Reviewer struct {
	r        Review
	levels   []float64 // of each clip
	names    []string
	rates    map[int]int // clips of each
	channels map[int]int // likewise
}

// Add takes a clip, or a piece of one.
func (v *Reviewer) Add(name string, h *Heard) {
	r := &v.r
	r.Clips++
	r.DurationS += h.DurationS
	v.levels, v.names = append(v.levels, h.LevelDBFS), append(v.names, name)
	if h.Sound.Clipped > 0 {
		r.Clipped = append(r.Clipped, name)
	}
	if v.rates == nil {
		v.rates, v.channels = map[int]int{}, map[int]int{}
	}
	v.rates[h.Sound.SampleRateHz]++
	v.channels[h.Sound.Channels]++
	if r.Units == nil {
		r.Units = map[hw.Unit]int{}
	}
	r.Units[h.Sound.Origin.Unit]++
	r.addTable(h.Sound.Table)
}

// Review returns the sum for clips that are learned, or judged, at a profile's rate.
func (v *Reviewer) Review(profileHz int) Review {
	r := v.r
	r.Clipped = sortedNames(r.Clipped)
	r.Resampled = r.Clips - v.rates[profileHz]
	r.RatesHz, r.Channels = slices.Sorted(maps.Keys(v.rates)), slices.Sorted(maps.Keys(v.channels))
	if r.Clips == 0 {
		return r
	}
	levels := slices.Sorted(slices.Values(v.levels))
	n := len(levels)
	r.LowestDBFS, r.HighDBFS, r.MedianDBFS = levels[0], levels[n-1], (levels[(n-1)/2]+levels[n/2])/2
	for i, level := range v.levels {
		if d := level - r.MedianDBFS; d > farDB || d < -farDB {
			r.Loud = append(r.Loud, v.names[i])
		}
	}
	r.Loud = sortedNames(r.Loud)
	return r
}

// sortedNames returns names in order, each once: clips may come in any order, and in pieces.
func sortedNames(names []string) []string {
	sorted := slices.Clone(names)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}

// ReviewOf looks at features of clips at a profile's rate.
func ReviewOf(features NormalFeatures, profileHz int) Review {
	var v Reviewer
	for i, f := range features.All() {
		if !features.First(i) { // of a clip that is known
			v.r.DurationS += f.DurationS
			continue
		}
		v.Add(f.Name, &f.Heard)
	}
	return v.Review(profileHz)
}

// String sums the review up in a line.
func (r *Review) String() string {
	return fmt.Sprintf("%d clips, %.0f s, %s Hz, %s channels, level %.1f dBFS (%.1f to %.1f)",
		r.Clips, r.DurationS, joined(r.RatesHz), joined(r.Channels), r.MedianDBFS, r.LowestDBFS, r.HighDBFS)
}

// CheckUnits returns an error where some clips are sound and others acceleration: there is no
// level that both have.
func (r *Review) CheckUnits() error {
	if sound, shaken := r.Units[hw.FullScale], r.Units[hw.G]; sound > 0 && shaken > 0 {
		return fmt.Errorf("dataset: %d clips are sound and %d are acceleration: learn them apart", sound, shaken)
	}
	return nil
}

func joined(values []int) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = fmt.Sprint(v)
	}
	return strings.Join(texts, " and ")
}

// Warnings says what should be looked at before the result is believed.
func (r *Review) Warnings() []string {
	var w []string
	w = append(w, r.unitsWarning()...)
	if known, unknown := r.Units[hw.G], r.Units[""]; known > 0 && unknown > 0 {
		w = append(w, fmt.Sprintf("%d clips say that they are acceleration and what their full scale is, %d do not: "+
			"those are taken for a full scale of %d g", known, unknown, model.ReferenceG))
	}
	add := func(names []string, one, many string) {
		switch len(names) {
		case 0:
		case 1:
			w = append(w, fmt.Sprintf("%s %s", names[0], one))
		default:
			w = append(w, fmt.Sprintf("%d clips %s, %s first", len(names), many, names[0]))
		}
	}
	if len(r.RatesHz) > 1 {
		w = append(w, fmt.Sprintf(
			"the clips have %s Hz; higher rates are converted, but other recorders sound different", joined(r.RatesHz)))
	}
	add(r.Clipped, "is clipped: it reached full scale; record at a lower gain",
		"are clipped: they reached full scale; record at a lower gain")
	add(r.Loud, fmt.Sprintf("is more than %d dB from the others' level: is it the same machine and gain?", farDB),
		fmt.Sprintf("are more than %d dB from the others' level: are they of the same machine and gain?", farDB))
	return w
}
