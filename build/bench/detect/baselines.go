package main

import (
	"context"
	"math"
	"slices"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/evaluate"
	"github.com/auscult/auscult/training/metrics"
)

// baseline is a simple way to judge. All get what the models get: the same normal clips, the same front end,
// pieces of the same length, and no fault. A clip's score is the mean over its pieces.
type baseline struct {
	Name   string                             `json:"name"`
	Levels map[evaluate.Level]metrics.Metrics `json:"levels"`
}

// scorer is fitted to normal pieces.
type scorer func(piece []float64) float64

// onSpectra are the baselines that look at mean log-mel spectra.
var onSpectra = []struct {
	name string
	fit  func(normal [][]float64) scorer
}{
	{"nearest neighbours", neighbours},
	{"GMM", mixture},
	{"Mahalanobis", mahalanobis},
}

// baselines judges clips by each of them.
func baselines(ctx context.Context, m *model.Model, learned, test *dataset.Set) (all []baseline, err error) {
	normal, err := hear(ctx, m, learned.Normal().Clips())
	if err != nil || len(normal) == 0 {
		return nil, err
	}
	judged, err := hear(ctx, m, test.Clips())
	if err != nil {
		return nil, err
	}
	for _, of := range []struct {
		name  string
		value func(*sound) float64
	}{
		{"RMS", func(s *sound) float64 { return s.levelDB }},
		{"kurtosis", func(s *sound) float64 { return s.kurtosis }},
	} {
		mean := 0.0
		for i := range normal {
			mean += of.value(&normal[i]) / float64(len(normal))
		}
		b := baseline{of.name, map[evaluate.Level]metrics.Metrics{}}
		off := func(s *sound) float64 { return math.Abs(of.value(s) - mean) }
		if b.Levels[evaluate.AsRecorded], err = judge(judged, off); err != nil {
			return nil, err
		}
		if of.name == "kurtosis" { // it does not know the level
			b.Levels[evaluate.RMSNormalised] = b.Levels[evaluate.AsRecorded]
		}
		all = append(all, b)
	}
	for _, of := range onSpectra {
		b := baseline{of.name, map[evaluate.Level]metrics.Metrics{}}
		for _, level := range evaluate.Levels() {
			var pieces [][]float64
			for i := range normal {
				pieces = append(pieces, at(&normal[i], level)...)
			}
			score := standardised(pieces, of.fit)
			if b.Levels[level], err = judge(judged, func(s *sound) float64 {
				sum, each := 0.0, at(s, level)
				for _, piece := range each {
					sum += score(piece) / float64(len(each))
				}
				return sum
			}); err != nil {
				return nil, err
			}
		}
		all = append(all, b)
	}
	return all, nil
}

// judge returns what a score tells apart.
func judge(all []sound, score func(*sound) float64) (metrics.Metrics, error) {
	var of [2][]float64
	for i := range all {
		k := 0
		if all[i].abnormal {
			k = 1
		}
		of[k] = append(of[k], score(&all[i]))
	}
	return metrics.Evaluate(of[0], of[1], math.Inf(1), 1)
}

// at returns a sound's pieces with the level removed in a way.
func at(s *sound, level evaluate.Level) [][]float64 {
	if level == evaluate.AsRecorded {
		return s.segments
	}
	moved := make([][]float64, len(s.segments))
	for i, piece := range s.segments {
		by := s.levelDB
		if level == evaluate.MeanLogMelRemoved {
			by = 0
			for _, v := range piece {
				by += v / float64(len(piece))
			}
		}
		moved[i] = slices.Clone(piece)
		for b := range piece {
			moved[i][b] -= by
		}
	}
	return moved
}

// leastDB is the least that a band is taken to vary: half a decibel, as of the models.
const leastDB = 0.5

// standardised fits to pieces in standard deviations of normal sound.
func standardised(normal [][]float64, fit func([][]float64) scorer) scorer {
	bands := len(normal[0])
	mean, deviation := make([]float64, bands), make([]float64, bands)
	column := make([]float64, len(normal))
	for b := range bands {
		for i, piece := range normal {
			column[i] = piece[b]
		}
		mean[b], deviation[b] = metrics.Moments(column)
		deviation[b] = max(deviation[b], leastDB)
	}
	standard := func(piece []float64) []float64 {
		z := make([]float64, bands)
		for b, v := range piece {
			z[b] = (v - mean[b]) / deviation[b]
		}
		return z
	}
	z := make([][]float64, len(normal))
	for i, piece := range normal {
		z[i] = standard(piece)
	}
	score := fit(z)
	return func(piece []float64) float64 { return score(standard(piece)) }
}

// neighbours is the mean distance to the two nearest normal pieces.
func neighbours(normal [][]float64) scorer {
	return func(piece []float64) float64 {
		first, second := math.Inf(1), math.Inf(1)
		for _, n := range normal {
			sum := 0.0
			for b, v := range piece {
				sum += (v - n[b]) * (v - n[b])
			}
			switch d := math.Sqrt(sum); {
			case d < first:
				first, second = d, first
			case d < second:
				second = d
			}
		}
		if math.IsInf(second, 1) {
			return first
		}
		return (first + second) / 2
	}
}
