package evaluate

import (
	"slices"
	"time"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/state"
	"github.com/auscult/auscult/training/dataset"
)

// Notable is the surprise from which a detector's words are worth a reader's time: one observation
// of normal sound in ten has it.
const Notable = 1

// contributing is how many ranges of bands a clip names at most.
const contributing = 3

// tally runs the frames of one clip after the other through the model and its decision.
type tally struct {
	m        *model.Model
	scorer   *model.Scorer
	decider  *decide.Decider
	evidence []float64 // sums over observations
	scores   []float64 // of observations
	alarm    bool
	frames   int
	spent    time.Duration
}

func newTally(m *model.Model) (*tally, error) {
	scorer, err := m.NewScorer()
	if err != nil {
		return nil, err
	}
	decider, err := decide.New(m.Settings.Decision, m.EvidenceLen())
	if err != nil {
		return nil, err
	}
	return &tally{m: m, scorer: scorer, decider: decider, evidence: make([]float64, m.EvidenceLen())}, nil
}

// begin begins a clip that was recorded under these conditions.
func (t *tally) begin(conditions []float64) {
	t.scorer.Reset()
	t.scorer.SetConditions(conditions)
	t.decider.Finish(decide.SourceEnded) // what it remembers of observations, an alarm included, is the clip's before
	clear(t.evidence)
	t.scores, t.alarm, t.frames, t.spent = t.scores[:0], false, 0, 0
}

// push takes a frame.
func (t *tally) push(codes []int8) {
	start := time.Now()
	p := &t.m.Settings.Profile
	at := time.Unix(0, int64(t.frames)*int64(time.Second)*int64(p.HopLength)/int64(p.SampleRateHz))
	t.frames++
	if s, ok := t.scorer.Push(codes); ok {
		t.add(at, s)
	}
	t.spent += time.Since(start)
}

// broken begins anew within a clip, after a dead stretch, as the node does.
func (t *tally) broken() {
	t.scorer.Reset()
	t.decider.Reset()
}

// end ends a clip: of one that is shorter than an observation it takes what there is.
func (t *tally) end() {
	if len(t.scores) > 0 || t.frames == 0 {
		return
	}
	if s, ok := t.scorer.Flush(); ok {
		p := &t.m.Settings.Profile
		t.add(time.Unix(0, int64(t.frames-1)*int64(time.Second)*int64(p.HopLength)/int64(p.SampleRateHz)), s)
	}
}

func (t *tally) add(at time.Time, s model.Score) {
	t.scores = append(t.scores, s.Value)
	for i, v := range s.Evidence {
		t.evidence[i] += v
	}
	if o, ok := t.decider.Push(at, s.Value, s.Evidence); ok {
		t.alarm = t.alarm || o.State == state.Alarm
	}
}

// mean returns the clip's score, 0 where it had no observation.
func (t *tally) mean() float64 {
	sum := 0.0
	for _, v := range t.scores {
		sum += v
	}
	return sum / float64(max(1, len(t.scores)))
}

// windows returns how many the clip had.
func (t *tally) windows() int { return t.m.Settings.Window.Count(t.frames) }

// clip returns what a clip got that has ended.
func (t *tally) clip(c *dataset.Clip, h dataset.Heard, words, details bool) Clip {
	s := Clip{
		File: c.Name, Label: c.Label(), Domain: c.Domain(), DurationS: h.DurationS, LevelDBFS: h.LevelDBFS,
		Observations: len(t.scores),
	}
	if len(t.scores) == 0 {
		return s // the caller says so
	}
	s.Score, s.Alarm = t.mean(), t.alarm
	for _, v := range t.scores {
		s.ScoreMax = max(s.ScoreMax, v)
	}
	evidence := make([]float64, len(t.evidence))
	for i, v := range t.evidence {
		evidence[i] = v / float64(len(t.scores))
	}
	parts := t.m.BandParts(evidence)
	s.Detectors = t.m.Findings(evidence)
	for i := range s.Detectors {
		if d := &s.Detectors[i]; !words && (d.Detector != detect.ByLevel || d.Surprise < Notable) {
			d.Text = ""
		}
	}
	s.Scores.Raw = s.Score
	s.Ratio = s.Score / t.m.Settings.Decision.Threshold
	s.Flagged = s.Score > t.m.Settings.Decision.Threshold
	s.Bands = decide.Contributing(parts, t.m.NormalParts(), t.m.BandHz, contributing)
	if details {
		s.Detail = &Detail{BandParts: parts, ObservationScores: slices.Clone(t.scores)}
	}
	return s
}
