package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/dsp/resample"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/training/recording"
)

// ear makes frames of one channel's samples and places them where they belong.
type ear interface {
	// hear takes the samples that begin atS seconds after the recording's begin.
	hear(pcm []int32, atS float64)
	// gap says that the next samples are not those that follow.
	gap()
}

// modelEar hears as a model does: no constant, no stretch of one value.
type modelEar struct {
	stream *dsp.Stream
	to     *levels
	atS    float64 // of the samples that are being heard
}

func (e *modelEar) hear(pcm []int32, atS float64) {
	e.atS = atS
	e.stream.Write(pcm, e)
}

func (e *modelEar) gap() { e.stream.Gap() }

// Frame is dsp.Sink's.
func (e *modelEar) Frame(frame []dsp.DB) { e.to.place(e.atS+e.stream.FrameEnd(), frame) }

// Break is dsp.Sink's: the frames have their places.
func (*modelEar) Break() {}

// plainEar hears as librosa does, the constant too.
type plainEar struct {
	profile   dsp.Profile
	front     *dsp.FrontEnd
	resampler *resample.Resampler // nil at the profile's own rate
	to        *levels

	begun  bool
	beginS float64 // of the first sample since the last gap
	frames int     // since then
}

func (e *plainEar) hear(pcm []int32, atS float64) {
	if !e.begun {
		e.begun, e.beginS, e.frames = true, atS, 0
	}
	if e.resampler == nil {
		e.write(pcm)
		return
	}
	e.resampler.Write(pcm, e.write)
}

func (e *plainEar) write(pcm []int32) {
	e.front.Write(pcm, func(frame []dsp.DB) {
		end := e.profile.FrameLength + e.frames*e.profile.HopLength
		e.frames++
		e.to.place(e.beginS+float64(end)/float64(e.profile.SampleRateHz), frame)
	})
}

func (e *plainEar) gap() {
	e.begun = false
	e.front.Reset()
	if e.resampler != nil {
		e.resampler.Reset()
	}
}

// ear is the model's, where one is named, else librosa's.
func (c *featuresCommand) ear(p dsp.Profile, from *recording.Recording, to *levels) (ear, error) {
	rateHz := from.Format().SampleRateHz
	if c.Model != "" {
		stream, err := dsp.NewStream(p, dsp.Input{SampleRateHz: rateHz, Scale: model.Scale(hw.OriginOf(from))})
		return &modelEar{stream: stream, to: to}, err
	}
	front, err := dsp.NewFrontEnd(p)
	if err != nil || rateHz == p.SampleRateHz {
		return &plainEar{profile: p, front: front, to: to}, err
	}
	resampler, err := resample.New(rateHz, p.SampleRateHz, p.MaxHz)
	return &plainEar{profile: p, front: front, resampler: resampler, to: to}, err
}

// logMel computes the frames of one channel of a recording, and returns how many samples were read:
// progress is told it too.
func (c *featuresCommand) logMel(
	ctx context.Context, p dsp.Profile, r *recording.Recording, l *levels, progress func(samples uint64),
) (samples uint64, err error) {
	if err := r.Choose(c.Channel); err != nil {
		return 0, err
	}
	rateHz := r.Format().SampleRateHz
	ear, err := c.ear(p, r, l)
	if err != nil {
		return 0, usageError{err}
	}
	block := hw.Block{PCM: make([]int32, 1<<14)}
	for {
		err := r.Read(ctx, &block)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return samples, err
		}
		if block.Lost > 0 {
			ear.gap()
		}
		ear.hear(block.PCM, float64(block.FirstSample)/float64(rateHz))
		samples += uint64(len(block.PCM))
		progress(samples)
	}
	if err := l.w.Flush(); err != nil {
		return samples, fmt.Errorf("features: temporary file: %w: name a folder with more space as TMPDIR", err)
	}
	return samples, nil
}
