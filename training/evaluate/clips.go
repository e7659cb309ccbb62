package evaluate

import (
	"encoding/json"
	"iter"
	"slices"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/dataset"
)

// Clips are what recordings got, closely packed: there may be a hundred thousand.
type Clips struct {
	threshold float64
	edges     []decide.BandRange // of each band
	detectors []detect.Name      // of an ensemble
	kinds     []clipKind
	records   []record
	surprises []float64 // of each record, by detector
}

// clipKind is what many clips have in common.
type clipKind struct {
	label  dataset.Label
	domain string
}

// record is a Clip, less what follows from its score.
type record struct {
	file                 string
	durationS, levelDBFS float64
	scores               Scores
	highest              float64
	shares               [contributing]float64
	bands                [contributing][2]uint16 // first and last
	observations         int32
	kind                 uint16
	ranges               uint8 // of bands
	alarm                bool
	more                 *more // nil: nothing
}

// more is what few clips have.
type more struct {
	recording string
	startS    float64
	words     []string  // of each detector
	scores    []float64 // of the observations of a clip that may be one of a series, where they are several
	detail    *Detail
}

// newClips makes room for results of n clips.
func newClips(m *model.Model, n int) *Clips {
	s := &m.Settings
	c := &Clips{threshold: s.Decision.Threshold, records: make([]record, n)}
	for b := range s.Profile.Bands {
		lo, hi := m.BandHz(b)
		c.edges = append(c.edges, decide.BandRange{FromHz: lo, ToHz: hi})
	}
	if s.Detector.Fusion != detect.Alone {
		for _, p := range s.Detector.Parts {
			c.detectors = append(c.detectors, p.Name)
		}
	}
	c.surprises = make([]float64, n*len(c.detectors))
	return c
}

// Len returns how many there are.
func (c *Clips) Len() int { return len(c.records) }

// All goes through them, with their numbers.
func (c *Clips) All() iter.Seq2[int, *Clip] {
	return func(yield func(int, *Clip) bool) {
		for i := range c.records {
			if clip := c.At(i); !yield(i, &clip) {
				return
			}
		}
	}
}

// At returns the i-th.
func (c *Clips) At(i int) Clip {
	r := &c.records[i]
	kind := c.kinds[r.kind]
	clip := Clip{
		File: r.file, Label: kind.label, Domain: kind.domain, DurationS: r.durationS, LevelDBFS: r.levelDBFS,
		Observations: int(r.observations), Score: r.scores.Raw, ScoreMax: r.highest,
		Ratio: r.scores.Raw / c.threshold, Flagged: r.scores.Raw > c.threshold, Alarm: r.alarm, Scores: r.scores,
	}
	for k, b := range r.bands[:r.ranges] {
		clip.Bands = append(clip.Bands, decide.BandRange{
			FromHz: c.edges[b[0]].FromHz, ToHz: c.edges[b[1]].ToHz, Share: r.shares[k],
		})
	}
	for k, name := range c.detectors {
		clip.Detectors = append(clip.Detectors, detect.Finding{Detector: name, Surprise: c.surprises[i*len(c.detectors)+k]})
	}
	if r.more != nil {
		clip.Recording, clip.StartS, clip.Detail = r.more.recording, r.more.startS, r.more.detail
		for k, text := range r.more.words {
			clip.Detectors[k].Text = text
		}
	}
	return clip
}

// put keeps a clip as the i-th. Its Bands and Detectors are the model's, its Ratio and
// Flagged follow from its score, and its score is that at the level AsRecorded.
func (c *Clips) put(i int, clip *Clip) {
	r := &c.records[i]
	*r = record{
		file: clip.File, durationS: clip.DurationS, levelDBFS: clip.LevelDBFS, observations: int32(clip.Observations),
		scores: clip.Scores, highest: clip.ScoreMax,
		kind: c.kindOf(clipKind{clip.Label, clip.Domain}), ranges: uint8(len(clip.Bands)), alarm: clip.Alarm,
	}
	for k, b := range clip.Bands {
		first := slices.IndexFunc(c.edges, func(e decide.BandRange) bool { return e.FromHz == b.FromHz })
		last := slices.IndexFunc(c.edges, func(e decide.BandRange) bool { return e.ToHz == b.ToHz })
		r.bands[k], r.shares[k] = [2]uint16{uint16(first), uint16(last)}, b.Share
	}
	own := more{recording: clip.Recording, startS: clip.StartS, scores: clip.observed, detail: clip.Detail}
	said := false
	for k := range clip.Detectors {
		c.surprises[i*len(c.detectors)+k] = clip.Detectors[k].Surprise
		own.words = append(own.words, clip.Detectors[k].Text)
		said = said || clip.Detectors[k].Text != ""
	}
	r.more = nil
	if said || own.recording != "" || own.scores != nil || own.detail != nil {
		r.more = &own
	}
}

// kindOf returns the number of a kind.
func (c *Clips) kindOf(k clipKind) uint16 {
	at := slices.Index(c.kinds, k)
	if at < 0 {
		at = len(c.kinds)
		c.kinds = append(c.kinds, k)
	}
	return uint16(at)
}

// alike returns room for n clips of the same model.
func (c *Clips) alike(n int) *Clips {
	other := *c
	other.records, other.surprises = make([]record, n), make([]float64, n*len(c.detectors))
	return &other
}

// move takes the from-th of other, which is alike, as the i-th; other may be c.
func (c *Clips) move(i int, other *Clips, from int) {
	c.records[i] = other.records[from]
	d := len(c.detectors)
	copy(c.surprises[i*d:(i+1)*d], other.surprises[from*d:(from+1)*d])
}

// shorten leaves the first n.
func (c *Clips) shorten(n int) {
	c.records, c.surprises = c.records[:n], c.surprises[:n*len(c.detectors)]
}

// label returns that of the i-th.
func (c *Clips) label(i int) dataset.Label { return c.kinds[c.records[i].kind].label }

// score returns the i-th's at a level.
func (c *Clips) score(i int, level Level) float64 { return c.records[i].scores.At(level) }

// surprise returns what a detector made of the i-th.
func (c *Clips) surprise(i, detector int) float64 { return c.surprises[i*len(c.detectors)+detector] }

// MarshalJSON writes a list of Clips.
func (c Clips) MarshalJSON() ([]byte, error) {
	all := make([]Clip, c.Len())
	for i := range all {
		all[i] = c.At(i)
	}
	return json.Marshal(all)
}
