package evaluate

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"time"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/metrics"
)

// Options say how to judge.
type Options struct {
	Channel int    // of multichannel clips, from 0
	Strict  bool   // a clip that cannot be used is an error that wraps dataset.ErrStrict
	Details bool   // keep Clip.Detail, and Words
	Words   bool   // keep what detectors say of clips in words; not of more than 10,000
	Release bool   // the set is not needed any more: many clips' memory is given back while they are heard
	Workers int    // clips at once; 0 means as many as the process has threads
	Seed    uint64 // of the intervals
	// Progress, if set, is called after every few seconds of sound and after each clip, from one
	// goroutine at a time.
	Progress func(dataset.Progress)
}

// Run scores all clips of set with m.
func Run(ctx context.Context, m *model.Model, set *dataset.Set, o Options) (*Result, error) {
	if o.Workers < 1 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	r := &Result{
		Model: m.Settings.Name, ModelSHA256: m.Hash(), Data: set.Dir(), Detector: m.Settings.Detector.Kind(),
		Warnings: set.Warnings(),
	}
	if err := dataset.Strictly(r.Warnings); o.Strict && err != nil {
		return nil, fmt.Errorf("evaluate: %w", err)
	}
	begun := time.Now()
	reviewers := map[dataset.Label]*dataset.Reviewer{dataset.Normal: {}, dataset.Abnormal: {}}
	clips := set.Clips
	if o.Release {
		clips = set.Release
	}
	heard, err := hearAll(ctx, m, clips(), o, reviewers)
	if err != nil {
		return nil, err
	}
	r.Warnings, r.Clips, r.LeftOut = append(r.Warnings, dataset.Gathered(heard.warnings)...), *heard.clips, heard.leftOut
	r.Warnings = append(r.Warnings, heard.rates.doubts(&m.Settings)...)
	if r.Clips.Len() == 0 {
		return nil, fmt.Errorf("evaluate: no clip of %s can be scored: %s", r.Data, r.Warnings[len(r.Warnings)-1])
	}
	if heard.windows > 0 {
		r.WindowUS = float64(heard.spent.Nanoseconds()) / 1e3 / float64(heard.windows)
	}
	r.speed(time.Since(begun), o.Workers)
	err = r.measure(m.Settings.Decision.Threshold, o.Seed)
	r.Notes = slices.Concat(heard.notes, heard.tables.notes(), r.review(m, reviewers), r.Notes)
	return r, err
}

func (r *Result) speed(took time.Duration, workers int) {
	sound := 0.0
	for i := range r.Clips.records {
		sound += r.Clips.records[i].durationS
	}
	s := max(took.Seconds(), 1e-9)
	cores := min(workers, runtime.GOMAXPROCS(0), r.Clips.Len())
	r.Speed = Speed{
		Seconds: s, ClipsPerS: float64(r.Clips.Len()) / s, RealTime: sound * float64(len(Levels())) / s / float64(cores),
	}
}

// measure fills in what follows from the clips' scores.
func (r *Result) measure(threshold float64, seed uint64) error {
	r.Levels = map[Level]metrics.Metrics{}
	for _, level := range Levels() {
		scores := r.byLabel(func(i int) float64 { return r.Clips.score(i, level) })
		metrics, err := metrics.Evaluate(scores[0], scores[1], threshold, seed)
		if err != nil {
			return err
		}
		r.Levels[level] = metrics
	}
	r.Metrics = r.Levels[AsRecorded]
	highest := r.byLabel(func(i int) float64 { return r.Clips.records[i].highest })
	var err error
	if r.ByMax, err = metrics.Evaluate(highest[0], highest[1], threshold, seed); err != nil {
		return err
	}
	if err := r.measureDetectors(threshold, seed); err != nil {
		return err
	}
	for i := range r.Clips.records {
		switch alarm := r.Clips.records[i].alarm; {
		case alarm && r.Clips.label(i) == dataset.Abnormal:
			r.Alarms++
		case alarm:
			r.FalseAlarms++
		}
	}
	return r.group(threshold, seed)
}

// byLabel returns a number of each clip, of the normal and of the abnormal ones.
func (r *Result) byLabel(of func(i int) float64) (scores [2][]float64) {
	abnormal := 0
	for i := range r.Clips.Len() {
		abnormal += toInt(r.Clips.label(i) == dataset.Abnormal)
	}
	scores[0], scores[1] = make([]float64, 0, r.Clips.Len()-abnormal), make([]float64, 0, abnormal)
	for i := range r.Clips.Len() {
		k := toInt(r.Clips.label(i) == dataset.Abnormal)
		scores[k] = append(scores[k], of(i))
	}
	return scores
}

// measureDetectors asks how well each detector of an ensemble does alone.
func (r *Result) measureDetectors(threshold float64, seed uint64) error {
	for part, name := range r.Clips.detectors {
		scores := r.byLabel(func(i int) float64 { return r.Clips.surprise(i, part) })
		metrics, err := metrics.Evaluate(scores[0], scores[1], threshold, seed)
		if err != nil {
			return err
		}
		r.Detectors = append(r.Detectors, DetectorMetrics{name, metrics})
	}
	return nil
}

// ratesHeard counts clips by their sample rate, 0 for those that were not heard.
type ratesHeard map[int]int

// doubts says what was heard at these rates otherwise than it was learned.
func (h ratesHeard) doubts(s *model.Settings) (lines []string) {
	for _, rate := range slices.Sorted(maps.Keys(h)) {
		if text := s.RateDoubt(rate); rate > 0 && text != "" {
			lines = append(lines, fmt.Sprintf("%d clips: %s", h[rate], text))
		}
	}
	return lines
}
