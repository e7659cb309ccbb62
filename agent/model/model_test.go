package model

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/tflite"
)

// testSettings describes windows of 3 frames of 4 bands, a code of 0.5 dB.
func testSettings() Settings {
	p := dsp.DefaultProfile()
	p.Bands, p.MinDB, p.MaxDB = 4, -100, 27.5
	return Settings{
		Version:  SettingsVersion,
		Name:     "test",
		Family:   "dense",
		Profile:  p,
		Window:   Window{Frames: 3, StrideFrames: 2, Layout: FrameMajor},
		Detector: Detector{Kind: MSE, BandNormal: []float64{1, 2, 4, 8}},
		Decision: decide.Settings{Threshold: 1, AverageWindows: 1, K: 1, N: 1, ClearRatio: 1},
		Golden:   Golden{Input: make([]byte, 12), Output: biasBytes()},
	}
}

// bias is what the test model answers, whatever it is asked: cell i holds code
// bias[i].
var bias = [12]int8{-128, -64, 0, 64, -100, -50, 1, 50, 127, 3, 2, 1}

func biasBytes() []byte {
	out := make([]byte, len(bias))
	for i, b := range bias {
		out[i] = byte(b)
	}
	return out
}

// constantModel is a fully connected layer without weights: its output is its
// bias. The output's scale is the input's, so a code is a code.
func constantModel() *tflite.Model {
	unit := func() *tflite.Quantisation {
		return &tflite.Quantisation{Scales: []float32{1. / 255}, ZeroPoints: []int64{-128}}
	}
	const n = len(bias)
	biases := make([]byte, 0, 4*n)
	for _, b := range bias {
		biases = binary.LittleEndian.AppendUint32(biases, uint32(int32(b)+128))
	}
	return &tflite.Model{
		Tensors: []tflite.Tensor{
			{Name: "in", Type: tflite.Int8, Shape: []int{1, n}, Quant: unit()},
			{Name: "weights", Type: tflite.Int8, Shape: []int{n, n}, Data: make([]byte, n*n),
				Quant: &tflite.Quantisation{Scales: []float32{1}, ZeroPoints: []int64{0}}},
			{Name: "bias", Type: tflite.Int32, Shape: []int{n}, Data: biases,
				Quant: &tflite.Quantisation{Scales: []float32{1. / 255}, ZeroPoints: []int64{0}}},
			{Name: "out", Type: tflite.Int8, Shape: []int{1, n}, Quant: unit()},
		},
		Operators: []tflite.Operator{{
			Op: tflite.FullyConnected, Version: 1, Inputs: []int{0, 1, 2}, Outputs: []int{3},
			Options: tflite.FullyConnectedOptions{},
		}},
		Inputs:  []int{0},
		Outputs: []int{3},
	}
}

func encode(t *testing.T, graph *tflite.Model, s Settings) []byte {
	t.Helper()
	data, err := Encode(graph, &s)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestParse(t *testing.T) {
	data := encode(t, constantModel(), testSettings())
	path := filepath.Join(t.TempDir(), "m.tflite")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if m.Settings.Name != "test" || len(m.Hash()) != 64 {
		t.Errorf("name %q, hash %q", m.Settings.Name, m.Hash())
	}
	again := encode(t, m.graph, m.Settings)
	if string(again) != string(data) {
		t.Error("encoding what was read gives another file")
	}
}

func TestParseRefuses(t *testing.T) {
	plain, err := constantModel().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Parse(plain); !errors.Is(err, ErrNoSettings) {
		t.Errorf("without settings: %v, want %v", err, ErrNoSettings)
	}
	for name, tc := range map[string]struct {
		graph func(*tflite.Model)
		set   func(*Settings)
		want  string
	}{
		"golden output": {set: func(s *Settings) { s.Golden.Output[3]++ }, want: "golden output"},
		"golden size":   {set: func(s *Settings) { s.Golden.Input = nil }, want: "golden pair"},
		"window":        {set: func(s *Settings) { s.Window.Frames, s.Window.StrideFrames = 2, 1 }, want: "need int8 of 8 cells"},
		"input scale":   {graph: func(m *tflite.Model) { m.Tensors[0].Quant.Scales[0] = 1. / 256 }, want: "must be 1/255"},
		"input zero":    {graph: func(m *tflite.Model) { m.Tensors[0].Quant.ZeroPoints[0] = 0 }, want: "must be 1/255"},
	} {
		t.Run(name, func(t *testing.T) {
			graph, s := constantModel(), testSettings()
			if tc.graph != nil {
				tc.graph(graph)
			}
			if tc.set != nil {
				tc.set(&s)
			}
			_, err := Parse(encode(t, graph, s))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one with %q", err, tc.want)
			}
		})
	}
}

func TestSettingsValidate(t *testing.T) {
	good := testSettings()
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for want, set := range map[string]func(*Settings){
		"settings version 2":  func(s *Settings) { s.Version = 2 },
		"profile: dsp: hop":   func(s *Settings) { s.Profile.HopLength = 0 },
		"window: 1025 frames": func(s *Settings) { s.Window.Frames = 1025 },
		"window: stride":      func(s *Settings) { s.Window.StrideFrames = 4 },
		"window: layout":      func(s *Settings) { s.Window.Layout = "x" },
		"detector: kind":      func(s *Settings) { s.Detector.Kind = "x" },
		"has 3 values for 4":  func(s *Settings) { s.Detector.BandNormal = make([]float64, 3) },
		"band_normal[2] is 0": func(s *Settings) { s.Detector.BandNormal[2] = 0 },
		"band_normal[1] is N": func(s *Settings) { s.Detector.BandNormal[1] = math.NaN() },
		"decide: threshold":   func(s *Settings) { s.Decision.Threshold = 0 },
	} {
		s := testSettings()
		set(&s)
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// TestScores compares with scores worked out by hand: windows start at frames
// 0, 2, 4, ...; a residual of one code is 0.5 dB.
func TestScores(t *testing.T) {
	frames := [][]int8{{-128, -64, 0, 64}, {-100, -50, 1, 50}, {127, 3, 2, 1}, {0, 0, 0, 0}, {127, 3, 2, 3}}
	for _, tc := range []struct {
		kind   DetectorKind
		layout Layout
		want   [][4]float64 // band parts of each window
	}{
		{MSE, FrameMajor, [][4]float64{
			{0, 0, 0, 0},
			// band 0: 127 against -128, 0 against -100, 127 against 127; and so on
			{(255*255 + 100*100) / 48., (67*67 + 50*50) / 48., (2*2 + 1) / 48., (63*63 + 50*50 + 2*2) / 48.},
		}},
		{Whitened, FrameMajor, [][4]float64{
			{0, 0, 0, 0},
			{(255*255 + 100*100) / 48., (67*67 + 50*50) / 48. / 2, (2*2 + 1) / 48. / 4, (63*63 + 50*50 + 2*2) / 48. / 8},
		}},
		{MSE, BandMajor, nil},
	} {
		s := testSettings()
		s.Detector.Kind, s.Window.Layout = tc.kind, tc.layout
		m, err := Parse(encode(t, constantModel(), s))
		if err != nil {
			t.Fatal(err)
		}
		sc, err := m.NewScorer()
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // a reset makes the scorer as new
			sc.Reset()
			var got []Score
			for i, f := range frames {
				score, ok := sc.Push(f)
				if ok != (i == 2 || i == 4) {
					t.Errorf("frame %d completed a window: %v", i, ok)
				}
				if ok {
					score.Bands = append([]float64(nil), score.Bands...)
					got = append(got, score)
				}
			}
			if tc.layout == BandMajor {
				checkBandMajor(t, frames, got)
				continue
			}
			for w, want := range tc.want {
				var sum float64
				for b, part := range want {
					sum += part
					if math.Abs(got[w].Bands[b]-part) > 1e-9*part {
						t.Errorf("%s window %d band %d: %g, want %g", tc.kind, w, b, got[w].Bands[b], part)
					}
				}
				if math.Abs(got[w].Value-sum) > 1e-9*sum {
					t.Errorf("%s window %d: %g, want %g", tc.kind, w, got[w].Value, sum)
				}
			}
		}
	}
}

// checkBandMajor works the same score out in the plainest way.
func checkBandMajor(t *testing.T, frames [][]int8, got []Score) {
	t.Helper()
	for w, first := range []int{0, 2} {
		for b := range 4 {
			var want float64
			for f := range 3 {
				d := 0.5 * float64(int(frames[first+f][b])-int(bias[b*3+f]))
				want += d * d / 12
			}
			if math.Abs(got[w].Bands[b]-want) > 1e-9*want {
				t.Errorf("window %d band %d: %g, want %g", w, b, got[w].Bands[b], want)
			}
		}
	}
}

func TestPushAllocatesNothing(t *testing.T) {
	m, err := Parse(encode(t, constantModel(), testSettings()))
	if err != nil {
		t.Fatal(err)
	}
	sc, err := m.NewScorer()
	if err != nil {
		t.Fatal(err)
	}
	frame := make([]int8, 4)
	if n := testing.AllocsPerRun(100, func() { sc.Push(frame) }); n != 0 {
		t.Errorf("%g allocations a frame", n)
	}
}

func FuzzParseSettings(f *testing.F) {
	s := testSettings()
	raw, err := s.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte(`{"version":1}`))
	f.Add([]byte(`{"version":1,"detector":{"band_normal":[1e999]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := ParseSettings(data)
		if err != nil {
			return
		}
		again, err := s.Encode()
		if err != nil {
			t.Fatalf("settings were read but cannot be written: %v", err)
		}
		if _, err := ParseSettings(again); err != nil {
			t.Fatalf("settings were written but cannot be read: %v", err)
		}
	})
}
