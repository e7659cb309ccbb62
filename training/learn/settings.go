package learn

import (
	"fmt"
	"math"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/ensemble"
	"github.com/auscult/auscult/training/eval"
)

// weakBelow is the number of observations, half an hour, below which the
// threshold is a first guess.
const weakBelow = 1000

// settings writes down everything about the final model but its weights.
func (t *trainer) settings(final *fitted, normal []observation, out *Outcome) (*model.Settings, error) {
	s := t.outline()
	detector := model.Detector{Kind: t.o.Detector, PoolWindows: t.pool}
	out.Observations = make([]float64, len(normal))
	if s.Restores() {
		detector = t.detector(t.o.Detector, normal)
		out.Observations = scores(normal, detector)
	}
	if t.o.Detector == model.Calibrated {
		var err error
		if detector.Ensemble, err = t.calibrate(normal, out); err != nil {
			return nil, err
		}
	}
	value, method, err := threshold(normal, out.Observations, alarmK, alarmN)
	if err != nil {
		return nil, err
	}
	if n := len(out.Observations); n < weakBelow {
		out.Warnings = append(out.Warnings, fmt.Sprintf(
			"the threshold rests on %d observations of %.1f s from %d clips and says little about rare false alarms: record %.0f more minutes of normal sound",
			n, observationS, len(out.Clips), max(1, float64(weakBelow-n)*observationS/60)))
	}
	clips := t.features.All()
	levels, means := make([]float64, len(clips)), 0.0
	stats := model.NormalStats{Clips: len(clips), Observations: len(out.Observations), CrossFitFolds: len(t.folds)}
	for i, c := range clips {
		levels[i] = c.LevelDBFS
		means += c.MeanDB / float64(len(clips))
		stats.DurationS += c.DurationS
	}
	stats.LevelDBFS, stats.MeanLogMelDB = eval.Quantile(levels, 0.5), means
	stats.Scores = thinned(out.Observations)
	stats.ScoreMean, stats.ScoreStdDev, stats.ScoreMax = moments(out.Observations)

	s.Detector, s.Normal, s.Golden = detector, stats, final.golden
	s.Decision = decide.Settings{
		Threshold: value, Method: method, AverageWindows: 1, K: alarmK, N: alarmN, ClearRatio: clearRatio,
	}
	s.Provenance = model.Provenance{
		Tool: t.o.Tool, DataSHA256: t.features.Clips().Hash(),
		Seed: int64(t.o.Seed), Epochs: t.o.Epochs, FinalLoss: out.Loss[len(out.Loss)-1], Channel: t.o.Channel,
		Learned: model.NewLearned(t.features.Clips().Sums()),
	}
	if n := len(out.Clips); n > model.MaxLearned {
		out.Warnings = append(out.Warnings, fmt.Sprintf("the model cannot carry which %d clips it has learned (at most %d): judge it on others", n, model.MaxLearned))
	}
	return s, nil
}

// parts returns the detectors of an ensemble that a model with these outputs can have.
func parts(s *model.Settings) []detect.Name {
	names := []detect.Name{detect.ByLevel, detect.ByNeighbours}
	for _, r := range s.Roles() {
		switch r {
		case model.Reconstruction:
			names = append(names, detect.ByReconstruction, detect.ByCovariance)
		case model.Divergence:
			names = append(names, detect.ByDivergence)
		case model.Embedding:
			names = append(names, detect.ByEmbedding)
		}
	}
	return names
}

// calibrate fits the ensemble, and puts its cross-fitted scores in place of those of
// the reconstruction alone.
func (t *trainer) calibrate(normal []observation, out *Outcome) (*detect.Ensemble, error) {
	edges, err := model.BandEdges(t.o.Profile)
	if err != nil {
		return nil, err
	}
	samples := make([]ensemble.Sample, len(normal))
	for i, o := range normal {
		samples[i] = ensemble.Sample{Clip: o.clip, Target: o.target, Observation: o.Observation, Reconstruction: out.Observations[i]}
	}
	fitted, surprises, err := ensemble.Fit(samples, parts(t.outline()), t.o.Fusion, func(b int) float64 { return edges[b].LowHz })
	if err != nil {
		return nil, err
	}
	for i, row := range surprises {
		out.Observations[i] = t.o.Fusion.Of(row)
	}
	return fitted, nil
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

// moments returns mean, standard deviation (of the population) and largest
// value.
func moments(x []float64) (mean, deviation, largest float64) {
	for _, v := range x {
		mean += v / float64(len(x))
		largest = max(largest, v)
	}
	for _, v := range x {
		deviation += (v - mean) * (v - mean) / float64(len(x))
	}
	return mean, math.Sqrt(deviation), largest
}
