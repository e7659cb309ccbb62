package evaluate

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/state"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/metrics"
	"github.com/auscult/auscult/training/parallel"
)

// Options say how to judge.
type Options struct {
	Channel int    // of multichannel clips, from 0
	Strict  bool   // a clip that cannot be used is an error that wraps dataset.ErrStrict
	Workers int    // clips at once; 0 means as many as the process has threads
	Seed    uint64 // of the intervals
	// Progress, if set, is called after each clip, from one goroutine at a time.
	Progress func(done, total int)
}

// chunk is how many clips' features are in memory at a time.
const chunk = 64

// Run scores all clips of set with m.
func Run(ctx context.Context, m *model.Model, set *dataset.Set, o Options) (*Result, error) {
	if o.Workers < 1 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	r := &Result{
		Model: m.Settings.Name, ModelSHA256: m.Hash(), Data: set.Dir(), Detector: m.Settings.Detector.Kind(),
		Warnings: set.Warnings(),
	}
	clips := set.Clips()
	done := 0
	begun := time.Now()
	var spent time.Duration
	var windows int
	for len(clips) > 0 {
		n := min(chunk, len(clips))
		scored, err := r.scoreAll(ctx, m, clips[:n], o)
		if err != nil {
			return nil, err
		}
		for i := range scored {
			spent += scored[i].spent
			windows += scored[i].windows
			r.Clips = append(r.Clips, scored[i].Clip)
		}
		if err := dataset.Strictly(r.Warnings); o.Strict && err != nil {
			return nil, fmt.Errorf("evaluate: %w", err)
		}
		clips = clips[n:]
		done += n
		if o.Progress != nil {
			o.Progress(done, done+len(clips))
		}
	}
	r.LeftOut = done - len(r.Clips)
	if len(r.Clips) == 0 {
		return nil, fmt.Errorf("evaluate: no clip of %s can be scored: %s", set.Dir(), r.Warnings[len(r.Warnings)-1])
	}
	if windows > 0 {
		r.WindowUS = float64(spent.Nanoseconds()) / 1e3 / float64(windows)
	}
	r.speed(time.Since(begun), o.Workers)
	return r, r.measure(m.Settings.Decision.Threshold, o.Seed)
}

func (r *Result) speed(took time.Duration, workers int) {
	sound := 0.0
	for i := range r.Clips {
		sound += r.Clips[i].DurationS
	}
	s := max(took.Seconds(), 1e-9)
	cores := min(workers, runtime.GOMAXPROCS(0), len(r.Clips))
	r.Speed = Speed{
		Seconds: s, ClipsPerS: float64(len(r.Clips)) / s, RealTime: sound * float64(len(Levels())) / s / float64(cores),
	}
}

// measure fills in what follows from the clips' scores.
func (r *Result) measure(threshold float64, seed uint64) error {
	r.Levels = map[Level]metrics.Metrics{}
	for _, level := range Levels() {
		var scores [2][]float64
		for i := range r.Clips {
			c := &r.Clips[i]
			k := toInt(c.Label == dataset.Abnormal)
			scores[k] = append(scores[k], c.Scores[level])
		}
		metrics, err := metrics.Evaluate(scores[0], scores[1], threshold, seed)
		if err != nil {
			return err
		}
		r.Levels[level] = metrics
	}
	r.Metrics = r.Levels[AsRecorded]
	var highest [2][]float64
	for i := range r.Clips {
		k := toInt(r.Clips[i].Label == dataset.Abnormal)
		highest[k] = append(highest[k], r.Clips[i].ScoreMax)
	}
	var err error
	if r.ByMax, err = metrics.Evaluate(highest[0], highest[1], threshold, seed); err != nil {
		return err
	}
	if err := r.measureDetectors(threshold, seed); err != nil {
		return err
	}
	for i := range r.Clips {
		switch c := &r.Clips[i]; {
		case c.Alarm && c.Label == dataset.Abnormal:
			r.Alarms++
		case c.Alarm:
			r.FalseAlarms++
		}
	}
	return r.group(threshold, seed)
}

// measureDetectors asks how well each detector of an ensemble does alone.
func (r *Result) measureDetectors(threshold float64, seed uint64) error {
	for part, finding := range r.Clips[0].Detectors {
		var scores [2][]float64
		for i := range r.Clips {
			k := toInt(r.Clips[i].Label == dataset.Abnormal)
			scores[k] = append(scores[k], r.Clips[i].Detectors[part].Surprise)
		}
		metrics, err := metrics.Evaluate(scores[0], scores[1], threshold, seed)
		if err != nil {
			return err
		}
		r.Detectors = append(r.Detectors, DetectorMetrics{finding.Detector, metrics})
	}
	return nil
}

// scoredClip is a Clip and how long its windows took.
type scoredClip struct {
	Clip
	spent   time.Duration
	windows int
}

// scoreAll scores clips at every level.
func (r *Result) scoreAll(ctx context.Context, m *model.Model, clips []dataset.Clip, o Options) ([]scoredClip, error) {
	n := m.Settings.Normal
	var out []scoredClip
	for _, level := range Levels() {
		treatment := dataset.Treatment{}
		switch level {
		case RMSNormalised:
			treatment = dataset.Treatment{Kind: dataset.ToRMS, TargetDB: n.LevelDBFS}
		case MeanLogMelRemoved:
			treatment = dataset.Treatment{Kind: dataset.ToMean, TargetDB: n.MeanLogMelDB}
		}
		features, warnings, err := dataset.Extract(ctx, clips, dataset.Options{
			Profile: m.Settings.Profile, Channel: o.Channel, Treatment: treatment, Workers: o.Workers,
		})
		if errors.Is(err, dataset.ErrUnusable) {
			r.Warnings = append(r.Warnings, warnings...)
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		scored, err := score(ctx, m, features, o.Workers)
		if err != nil {
			return nil, err
		}
		if level == AsRecorded {
			r.Warnings = append(r.Warnings, warnings...)
			out = scored
		}
		for i := range out {
			if out[i].Scores == nil {
				out[i].Scores = map[Level]float64{}
			}
			out[i].Scores[level] = scored[i].Score
		}
	}
	return slices.DeleteFunc(out, func(c scoredClip) bool {
		if c.Observations == 0 {
			r.Warnings = append(r.Warnings, fmt.Sprintf("%s: left out: shorter than a window of %d frames",
				c.File, m.Settings.Window.Frames))
		}
		return c.Observations == 0
	}), nil
}

// score scores features, a clip a worker at a time, in the clips' order.
func score(ctx context.Context, m *model.Model, features []dataset.Features, workers int) ([]scoredClip, error) {
	out := make([]scoredClip, len(features))
	scorer := func() (*model.Scorer, error) { return m.NewScorer() }
	one := func(_ context.Context, own *model.Scorer, i int) (err error) {
		out[i], err = scoreClip(m, own, &features[i])
		return err
	}
	return out, parallel.EachWith(ctx, workers, len(features), scorer, one)
}

// contributing is how many ranges of bands a clip names at most.
const contributing = 3

// scoreClip runs one clip through scorer and the model's decision.
func scoreClip(m *model.Model, scorer *model.Scorer, f *dataset.Features) (scoredClip, error) {
	bands := f.Bands
	c := scoredClip{Clip: Clip{
		File: f.Name, Label: f.Label, Domain: f.Domain, DurationS: f.DurationS, LevelDBFS: f.LevelDBFS,
	}}
	evidence := make([]float64, m.EvidenceLen())
	decider, err := decide.New(m.Settings.Decision, m.EvidenceLen())
	if err != nil {
		return c, err
	}
	add := func(at time.Time, s model.Score) {
		c.Observations++
		c.Score += s.Value
		c.ScoreMax = max(c.ScoreMax, s.Value)
		c.ObservationScores = append(c.ObservationScores, s.Value)
		for i, v := range s.Evidence {
			evidence[i] += v
		}
		if o, ok := decider.Push(at, s.Value, s.Evidence); ok {
			c.Alarm = c.Alarm || o.State == state.Alarm
		}
	}
	scorer.Reset()
	scorer.SetConditions(f.ConditionValues(m.Settings.Conditions))
	start := time.Now()
	at := time.Unix(0, 0)
	for i := range f.Frames {
		p := &m.Settings.Profile
		at = time.Unix(0, int64(i)*int64(time.Second)*int64(p.HopLength)/int64(p.SampleRateHz))
		if s, ok := scorer.Push(f.Codes[i*bands : (i+1)*bands]); ok {
			add(at, s)
		}
	}
	if c.Observations == 0 {
		if s, ok := scorer.Flush(); ok { // shorter than an observation: take what there is
			add(at, s)
		}
	}
	c.spent = time.Since(start)
	if c.Observations == 0 {
		return c, nil // the caller says so
	}
	if w := m.Settings.Window; f.Frames >= w.Frames {
		c.windows = (f.Frames-w.Frames)/w.StrideFrames + 1
	}
	c.Score /= float64(c.Observations)
	for i := range evidence {
		evidence[i] /= float64(c.Observations)
	}
	c.BandParts, c.Detectors = m.BandParts(evidence), m.Findings(evidence)
	c.Ratio = c.Score / m.Settings.Decision.Threshold
	c.Flagged = c.Score > m.Settings.Decision.Threshold
	c.Bands = decide.Contributing(c.BandParts, m.NormalParts(), m.BandHz, contributing)
	return c, nil
}
