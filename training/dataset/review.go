package dataset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/auscult/auscult/dsp/level"
	"github.com/auscult/auscult/hw"
)

// Sound says of a clip's samples what a listener should know before it is
// learned.
type Sound struct {
	SampleRateHz  int     `json:"sample_rate_hz"`
	Channels      int     `json:"channels"`
	BitsPerSample int     `json:"bits_per_sample"`
	PeakDBFS      float64 `json:"peak_dbfs"` // SilenceDBFS for digital silence
	Clipped       uint64  `json:"clipped"`   // samples at full scale, several in a row
	Stuck         bool    `json:"stuck"`     // every sample has the same value
}

// listenTo measures one channel.
func listenTo(pcm []int32, f hw.Format) Sound {
	m := level.NewMeter(f.BitsPerSample)
	m.Write(pcm)
	return Sound{
		SampleRateHz: f.SampleRateHz, Channels: f.Channels, BitsPerSample: f.BitsPerSample,
		PeakDBFS: max(m.PeakDBFS(), SilenceDBFS), Clipped: m.Clipped(), Stuck: m.ACRMSDBFS() < SilenceDBFS,
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
	Silent     []string `json:"silent,omitempty"`
	Loud       []string `json:"loud,omitempty"` // far from the others' level, either way
}

// farDB is how far from the median a level is odd: twice the power thrice over.
const farDB = 10

// ReviewOf looks at features of clips at a profile's rate.
func ReviewOf(features []Features, profileHz int) Review {
	r := Review{Clips: len(features)}
	var levels []float64
	for i := range features {
		f := &features[i]
		r.DurationS += f.DurationS
		levels = append(levels, f.LevelDBFS)
		r.RatesHz = append(r.RatesHz, f.Sound.SampleRateHz)
		r.Channels = append(r.Channels, f.Sound.Channels)
		if f.Sound.SampleRateHz != profileHz {
			r.Resampled++
		}
		switch {
		case f.Sound.Stuck:
			r.Silent = append(r.Silent, f.Name)
		case f.Sound.Clipped > 0:
			r.Clipped = append(r.Clipped, f.Name)
		}
	}
	for _, list := range []*[]int{&r.RatesHz, &r.Channels} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	if len(levels) == 0 {
		return r
	}
	slices.Sort(levels)
	n := len(levels)
	r.LowestDBFS, r.HighDBFS, r.MedianDBFS = levels[0], levels[n-1], (levels[(n-1)/2]+levels[n/2])/2
	for i := range features {
		if d := features[i].LevelDBFS - r.MedianDBFS; (d > farDB || d < -farDB) && !features[i].Sound.Stuck {
			r.Loud = append(r.Loud, features[i].Name)
		}
	}
	return r
}

// String sums the review up in a line.
func (r *Review) String() string {
	return fmt.Sprintf("%d clips, %.0f s, %s Hz, %s channels, level %.1f dBFS (%.1f to %.1f)",
		r.Clips, r.DurationS, joined(r.RatesHz), joined(r.Channels), r.MedianDBFS, r.LowestDBFS, r.HighDBFS)
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
	add(r.Silent, "is silent: every sample has the same value", "are silent: every sample has the same value")
	add(r.Clipped, "is clipped: it reached full scale; record at a lower gain",
		"are clipped: they reached full scale; record at a lower gain")
	add(r.Loud, fmt.Sprintf("is more than %d dB from the others' level: is it the same machine and gain?", farDB),
		fmt.Sprintf("are more than %d dB from the others' level: are they of the same machine and gain?", farDB))
	return w
}
