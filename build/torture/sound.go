package main

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/wav"
	"github.com/auscult/auscult/tflite"
)

// What the nodes hear: silence with clicks, interrupted by bursts of a tone. The model
// knows silence only, so each burst is an event of two alerts.

// rate is the sample rate of recordings and model.
const rate = 8000

// Names of the files in a folder of inputs.
const (
	modelFile = "silence.tflite"
	longFile  = "long-name.tflite" // its name makes alerts long
	quietFile = "quiet.wav"
	stormFile = "storm.wav" // ten times as many bursts
)

func burstFile(source int) string { return fmt.Sprintf("bursts-%d.wav", source) }

// longName is how many bytes the long name has.
const longName = 900

// frames is how many frames a window of the model holds: 64 ms.
const frames = 4

// writeInputs makes models and recordings for a number of sources.
func writeInputs(folder string, sources int) error {
	for name, title := range map[string]string{modelFile: "silence", longFile: strings.Repeat("l", longName)} {
		data, err := silence(title)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
			return err
		}
	}
	if err := writeWAV(filepath.Join(folder, quietFile), bursts(0, 1)); err != nil {
		return err
	}
	if err := writeWAV(filepath.Join(folder, stormFile), bursts(4, 0.256)); err != nil {
		return err
	}
	for i := range sources {
		// 1.2 to 2 s from event to event: sources drift against each other.
		if err := writeWAV(filepath.Join(folder, burstFile(i)), bursts(4, 0.6+0.05*float64(i))); err != nil {
			return err
		}
	}
	return nil
}

// bursts returns sound with a number of bursts, each as long as the silence behind it.
func bursts(n int, seconds float64) []int32 {
	length := int(seconds * rate / 2)
	pcm := make([]int32, max(1, 2*n)*length)
	for i := range pcm {
		loud := n > 0 && i/length%2 == 0
		switch {
		case loud:
			pcm[i] = int32(math.Round(1e9 * math.Sin(2*math.Pi*1000*float64(i)/rate)))
		case i%400 == 0:
			pcm[i] = 1 << 16 // what gives one value alone is dead
		}
	}
	return pcm
}

func writeWAV(path string, pcm []int32) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(wav.Write(f, hw.Format{SampleRateHz: rate, Channels: 1, BitsPerSample: 16}, pcm), f.Close())
}

// silence returns the file of a model that restores the lowest level whatever it hears.
func silence(name string) ([]byte, error) {
	p := dsp.DefaultProfile()
	p.SampleRateHz, p.FrameLength, p.HopLength, p.Bands, p.MaxHz = rate, 256, 128, 8, rate/2
	n := frames * p.Bands
	unit := &tflite.Quantisation{Scales: []float32{1. / 255}, ZeroPoints: []int64{-128}}
	graph := &tflite.Model{
		Tensors: []tflite.Tensor{
			{Name: "in", Type: tflite.Int8, Shape: []int{1, n}, Quant: unit},
			{Name: "weights", Type: tflite.Int8, Shape: []int{n, n}, Data: make([]byte, n*n),
				Quant: &tflite.Quantisation{Scales: []float32{1}, ZeroPoints: []int64{0}}},
			{Name: "bias", Type: tflite.Int32, Shape: []int{n}, Data: make([]byte, 4*n),
				Quant: &tflite.Quantisation{Scales: []float32{1. / 255}, ZeroPoints: []int64{0}}},
			{Name: "out", Type: tflite.Int8, Shape: []int{1, n}, Quant: unit},
		},
		Operators: []tflite.Operator{{
			Op: tflite.FullyConnected, Version: 1, Inputs: []int{0, 1, 2}, Outputs: []int{3},
			Options: tflite.FullyConnectedOptions{},
		}},
		Inputs: []int{0}, Outputs: []int{3},
	}
	squares := &detect.MSE{Bands: detect.Bands{
		BandMean: make([]float64, p.Bands), BandStdDev: slices.Repeat([]float64{1}, p.Bands),
	}}
	return model.Encode(graph, &model.Settings{
		Version: model.SettingsVersion, Name: name, Family: "dense", Profile: p,
		Window:   model.Window{Frames: frames, StrideFrames: frames, Layout: model.FrameMajor},
		Detector: model.Detector{PoolWindows: 1, Ensemble: detect.Single(detect.ByMSE, squares)},
		Decision: decide.Settings{Threshold: 200, Method: "by hand", AverageWindows: 1, K: 1, N: 1, ClearRatio: 0.8},
		Normal:   model.NormalStats{Clips: 1, DurationS: 1, LevelDBFS: -20, MeanLogMelDB: -40},
		Golden:   model.Golden{Input: make([]byte, n), Output: bytes.Repeat([]byte{0x80}, n)},
	})
}
