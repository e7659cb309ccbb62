// Package modeltest makes small models for tests, without training.
package modeltest

import (
	"bytes"
	"slices"
	"testing"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/tflite"
)

// Frames is how many frames a window of Silent holds.
const Frames = 4

// Pool is how many windows an observation of Silent holds.
const Pool = 2

// Settings returns the settings of Silent for a profile, without the golden pair.
func Settings(p dsp.Profile) model.Settings {
	mse := &detect.MSE{Bands: detect.Bands{
		BandMean: make([]float64, p.Bands), BandStdDev: slices.Repeat([]float64{1}, p.Bands),
	}}
	return model.Settings{
		Version: model.SettingsVersion, Name: "silence", Family: "dense", Profile: p,
		Window:   model.Window{Frames: Frames, StrideFrames: Frames, Layout: model.FrameMajor},
		Detector: model.Detector{PoolWindows: Pool, Ensemble: detect.Single(detect.ByMSE, mse)},
		Decision: decide.Settings{Threshold: 400, Method: "by hand", AverageWindows: 1, K: 2, N: 3, ClearRatio: 0.8},
		Normal:   model.NormalStats{Clips: 1, DurationS: 1, LevelDBFS: -20, MeanLogMelDB: -40},
	}
}

// Silent returns the file of a model to which only silence is normal: whatever
// it hears, it restores the lowest level. Its score is the mean squared
// distance from silence, in dB². Change, where set, alters the settings.
func Silent(t testing.TB, p dsp.Profile, change func(*model.Settings)) []byte {
	t.Helper()
	n := Frames * p.Bands
	unit := func() *tflite.Quantisation {
		return &tflite.Quantisation{Scales: []float32{1. / 255}, ZeroPoints: []int64{-128}}
	}
	graph := &tflite.Model{
		Tensors: []tflite.Tensor{
			{Name: "in", Type: tflite.Int8, Shape: []int{1, n}, Quant: unit()},
			{Name: "weights", Type: tflite.Int8, Shape: []int{n, n}, Data: make([]byte, n*n),
				Quant: &tflite.Quantisation{Scales: []float32{1}, ZeroPoints: []int64{0}}},
			{Name: "bias", Type: tflite.Int32, Shape: []int{n}, Data: make([]byte, 4*n),
				Quant: &tflite.Quantisation{Scales: []float32{1. / 255}, ZeroPoints: []int64{0}}},
			{Name: "out", Type: tflite.Int8, Shape: []int{1, n}, Quant: unit()},
		},
		Operators: []tflite.Operator{{
			Op: tflite.FullyConnected, Version: 1, Inputs: []int{0, 1, 2}, Outputs: []int{3},
			Options: tflite.FullyConnectedOptions{},
		}},
		Inputs: []int{0}, Outputs: []int{3},
	}
	s := Settings(p)
	s.Golden = model.Golden{Input: make([]byte, n), Output: bytes.Repeat([]byte{0x80}, n)}
	if change != nil {
		change(&s)
	}
	if c := len(s.Conditions); c > 0 { // it takes them and does not care
		graph.Tensors = append(graph.Tensors, tflite.Tensor{Name: "conditions", Type: tflite.Int8, Shape: []int{1, c},
			Quant: unit()})
		graph.Inputs = append(graph.Inputs, len(graph.Tensors)-1)
		s.Golden.Input = append(s.Golden.Input, make([]byte, c)...)
	}
	data, err := model.Encode(graph, &s)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Profile returns a profile of 8 kHz and 8 bands that is quick to compute.
func Profile() dsp.Profile {
	p := dsp.DefaultProfile()
	p.SampleRateHz, p.FrameLength, p.HopLength, p.Bands, p.MaxHz = 8000, 256, 128, 8, 4000
	return p
}
