package learn

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/health"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/detectors"
	"github.com/auscult/auscult/training/metrics"
	"github.com/auscult/auscult/training/recording/table"
)

// observationS is about how much sound an observation takes.
const observationS = 2.048

// weakBelow is the number of observations, half an hour, below which the
// threshold is a first guess.
const weakBelow = 1000

// MoreMinutes returns how much more normal sound a threshold wants that rests on so many observations, in
// minutes; 0: it has enough. It is what would halve the doubt about how many events are to be expected, where
// that is known.
func MoreMinutes(observations int, e *decide.Expected) float64 {
	switch {
	case observations >= weakBelow:
		return 0
	case e != nil:
		return math.Ceil(e.MoreS / 60)
	}
	return math.Round(max(1, float64(weakBelow-observations)*observationS/60))
}

// calibrate fits the detectors, chooses the threshold, and writes down everything about the
// final model but its weights.
func (t *trainer) calibrate(
	ctx context.Context, final *fitted, normal *heard, out *Outcome,
) (*model.Settings, error) {
	s := t.outline()
	fitted, err := t.detectors(ctx, s, normal, out)
	if err != nil {
		return nil, err
	}
	detector := fitted.Ensemble
	heard := scored{scores: out.Observations, lengths: normal.lengths, periodS: float64(t.pool) * t.strideS()}
	if t.o.Alone == "" && t.o.Fusion != detect.Mean {
		heard.surprises = len(detector.Parts)
	}
	decision, err := heard.decisionBy(t.o.Threshold)
	if err != nil {
		return nil, err
	}
	if decision.Expected, err = heard.expected(decision); err != nil {
		return nil, err
	}
	decision.Expected.Drifts = out.Drifts
	changed, err := t.change(ctx, normal, fitted)
	if err != nil {
		return nil, err
	}
	if n := len(out.Observations); n < weakBelow {
		out.Warnings = append(out.Warnings, fmt.Sprintf(
			"the threshold rests on %d observations of %s from %d clips and says little about rare false alarms: record %.0f more minutes of normal sound",
			n, seconds(t.observedS()), len(out.Clips), MoreMinutes(n, decision.Expected)))
	}
	count := t.features.Len()
	levels, means := make([]float64, 0, count), 0.0
	stats := model.NormalStats{Clips: count, Observations: len(out.Observations), CrossFitFolds: len(t.folds)}
	var recorded []model.Recorded
	ear := health.NewLearner(t.o.Profile)
	for i, c := range t.features.All() {
		if t.features.First(i) {
			recorded = model.Count(recorded, c.Sound.SampleRateHz, c.Sound.BitsPerSample, c.Sound.Origin)
		}
		levels = append(levels, c.LevelDBFS)
		means += c.MeanDB / float64(count)
		stats.DurationS += c.DurationS
		c.Each(ear.Frame)
		ear.Break()
	}
	stats.Heard = ear.Learned()
	stats.LevelDBFS, stats.MeanLogMelDB = metrics.Quantile(levels, 0.5), means
	stats.Scores = thinned(out.Observations)
	stats.ScoreMean, stats.ScoreStdDev = metrics.Moments(out.Observations)
	stats.Changed = changed
	stats.ScoreMax = max(0, slices.Max(out.Observations))

	s.Detector = model.Detector{PoolWindows: t.pool, Ensemble: *detector}
	s.Normal, s.Golden = stats, final.golden
	s.Decision = decision
	clips := t.features.Clips()
	s.Provenance = model.Provenance{
		Tool: t.o.Tool, DataSHA256: clips.Hash(),
		Seed: int64(t.o.Seed), Epochs: len(out.Rates), FinalLoss: out.Loss[cmp.Or(out.BestEpoch, len(out.Loss))-1],
		Channel:  t.o.Channel,
		Recorded: recorded, Table: tableOf(t.tables, &out.Review),
		Learned: model.NewLearned(clips.Sums()),
	}
	if part := clips.Part(); part < 1 {
		s.Provenance.LearnedPart = part
	}
	if n := len(out.Clips); n > model.MaxLearned {
		out.Warnings = append(out.Warnings, fmt.Sprintf(
			"the model cannot carry which %d clips it has learned (at most %d): judge it on others", n, model.MaxLearned))
	}
	return s, nil
}

// tableOf returns how tables were read; nil where there were none.
func tableOf(told table.Options, found *dataset.Review) *model.Table {
	if len(found.Tables) == 0 {
		return nil
	}
	rate := told.RateHz
	if rate == 0 {
		rate = told.DefaultRateHz
	}
	return &model.Table{Column: told.Column, Time: told.Time, Unit: found.Unit(), RateHz: rate}
}

// detectors fits what the model can have, or what shall stand alone, and puts its cross-fitted
// scores into out.
func (t *trainer) detectors(
	ctx context.Context, s *model.Settings, normal *heard, out *Outcome,
) (*detectors.CrossFitted, error) {
	edges, err := model.BandEdges(t.o.Profile)
	if err != nil {
		return nil, err
	}
	names, fusion := []detect.Name{t.o.Alone}, detect.Alone
	if t.o.Alone == "" {
		names, fusion = offered(s), t.o.Fusion
	}
	known := &detect.Normal{
		Samples: normal.kept(), EdgeHz: func(b int) float64 { return edges[b].LowHz },
		FrameHz: float64(s.Profile.SampleRateHz) / float64(s.Profile.HopLength),
	}
	fitted, err := detectors.Fit(known, names, fusion)
	if err != nil {
		return nil, err
	}
	if out.Observations, err = normal.scores(ctx, t, fitted, fusion); err != nil {
		return nil, err
	}
	return fitted, t.features.Err()
}

// offered returns the detectors of an ensemble that a model with these outputs can have.
func offered(s *model.Settings) (names []detect.Name) {
	for _, k := range detect.Kinds() {
		if k.Joins && s.Offers(k.Needs) {
			names = append(names, k.Name)
		}
	}
	return names
}

// thinned returns at most model.MaxScores of scores, evenly spaced.
func thinned(scores []float64) []float32 {
	step := (len(scores) + model.MaxScores - 1) / model.MaxScores
	var kept []float32
	for i := 0; i < len(scores); i += step {
		kept = append(kept, float32(scores[i]))
	}
	return kept
}
