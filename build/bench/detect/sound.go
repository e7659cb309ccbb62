package main

import (
	"context"
	"math"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/dataset"
)

// sound is what the baselines get of a clip: the node's own front end.
type sound struct {
	abnormal bool
	levelDB  float64     // RMS of its samples
	kurtosis float64     // its logarithm
	segments [][]float64 // mean log-mel of about two seconds each, in dB
}

// segmentS is as long as an observation of the models.
const segmentS = 2.048

// heardS is how much of a clip is heard at most.
const heardS = 60

// hear hears clips; those without a frame are left out.
func hear(ctx context.Context, m *model.Model, clips []*dataset.Clip) (all []sound, err error) {
	p := m.Settings.Profile
	p.Motion = false
	for _, c := range clips {
		pcm, rateHz, err := c.ReadMono(ctx, m.Settings.Provenance.Channel, heardS)
		if err != nil {
			return nil, err
		}
		front, err := dsp.NewStream(p, dsp.Input{SampleRateHz: rateHz})
		if err != nil {
			return nil, err
		}
		s := segmenter{sound: sound{abnormal: c.Label() == dataset.Abnormal}, bands: p.Bands}
		s.each = max(1, int(segmentS*float64(p.SampleRateHz)/float64(p.HopLength)))
		front.Write(pcm, &s)
		s.end()
		if len(s.segments) == 0 {
			continue
		}
		s.levelDB, s.kurtosis = moments(pcm)
		all = append(all, s.sound)
	}
	return all, nil
}

// moments returns the level of samples and the logarithm of their kurtosis.
func moments(pcm []int32) (levelDB, kurtosis float64) {
	mean, second, fourth := 0.0, 0.0, 0.0
	for _, v := range pcm {
		mean += float64(v) / float64(len(pcm))
	}
	for _, v := range pcm {
		d := (float64(v) - mean) / math.MaxInt32
		second += d * d / float64(len(pcm))
		fourth += d * d * d * d / float64(len(pcm))
	}
	const least = 1e-18
	return 10 * math.Log10(second+least), math.Log((fourth + least*least) / (second*second + least*least))
}

// segmenter averages frames.
type segmenter struct {
	sound
	bands, each, frames int
	sum                 []float64
}

// Frame takes a frame's levels.
func (s *segmenter) Frame(levels []dsp.DB) {
	if s.sum == nil {
		s.sum = make([]float64, s.bands)
	}
	for b := range s.sum {
		s.sum[b] += levels[b].Float64()
	}
	if s.frames++; s.frames == s.each {
		s.end()
	}
}

// Break does nothing: a mean goes over it.
func (s *segmenter) Break() {}

// end ends a segment: of a clip's last one, what is longer than half, or all there is.
func (s *segmenter) end() {
	if s.frames > s.each/2 || s.frames > 0 && len(s.segments) == 0 {
		for b := range s.sum {
			s.sum[b] /= float64(s.frames)
		}
		s.segments = append(s.segments, s.sum)
	}
	s.sum, s.frames = nil, 0
}
