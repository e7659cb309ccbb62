package model

import (
	"cmp"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/tflite"
)

// testSettings describes windows of 3 frames of 4 bands, a code of 0.5 dB.
func testSettings() Settings {
	p := dsp.DefaultProfile()
	p.Bands, p.MinDB, p.MaxDB = 4, -100, 27.5
	return Settings{
		Version: SettingsVersion,
		Name:    "test",
		Family:  "dense",
		Profile: p,
		Window:  Window{Frames: 3, StrideFrames: 2, Layout: FrameMajor},
		Detector: Detector{
			PoolWindows: 1, Ensemble: detect.Single(detect.ByMSE, &detect.MSE{Bands: testBands()}),
		},
		Decision: decide.Settings{Threshold: 1, AverageWindows: 1, K: 1, N: 1, ClearRatio: 1},
		Golden:   Golden{Input: make([]byte, 12), Output: biasBytes()},
	}
}

func testBands() detect.Bands {
	return detect.Bands{BandMean: []float64{0, 10, 20, 30}, BandStdDev: []float64{1, 2, 4, 8}}
}

// whitened returns settings whose detector is the whitened residual of two bands.
func whitened(s Settings) (Settings, *detect.Whitened) {
	w := &detect.Whitened{Bands: testBands(), TopBands: 2}
	s.Detector.Ensemble = detect.Single(detect.ByReconstruction, w)
	return s, w
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
		"golden size":   {set: func(s *Settings) { s.Golden.Input = nil }, want: "golden input"},
		"window": {
			set: func(s *Settings) { s.Window.Frames, s.Window.StrideFrames = 2, 1 }, want: "float32 everywhere, of 8 values",
		},
		"input scale": {graph: func(m *tflite.Model) { m.Tensors[0].Quant.Scales[0] = 1. / 256 }, want: "must be 1/255"},
		"input zero":  {graph: func(m *tflite.Model) { m.Tensors[0].Quant.ZeroPoints[0] = 0 }, want: "must be 1/255"},
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
		"settings version 3":  func(s *Settings) { s.Version = 3 },
		"profile: dsp: hop":   func(s *Settings) { s.Profile.HopLength = 0 },
		"window: 1025 frames": func(s *Settings) { s.Window.Frames = 1025 },
		"window: stride":      func(s *Settings) { s.Window.StrideFrames = 4 },
		"window: layout":      func(s *Settings) { s.Window.Layout = "x" },
		"detector: ensemble":  func(s *Settings) { s.Detector.Parts = nil },
		"detector: pool":      func(s *Settings) { s.Detector.PoolWindows = 0 },
		"detector: top_bands": func(s *Settings) {
			var w *detect.Whitened
			*s, w = whitened(*s)
			w.TopBands = 5
		},
		"has 3 values and":    func(s *Settings) { s.Detector.bands().BandMean = make([]float64, 3) },
		"band_mean[1] is N":   func(s *Settings) { s.Detector.bands().BandMean[1] = math.NaN() },
		"band_std_dev[2] is":  func(s *Settings) { s.Detector.bands().BandStdDev[2] = 0 },
		"which the model lac": func(s *Settings) { s.Outputs = []Role{Embedding} },
		"decide: threshold":   func(s *Settings) { s.Decision.Threshold = 0 },
	} {
		s := testSettings()
		set(&s)
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// testFrames hold two windows of the test settings, at frames 0 and 2.
var testFrames = [][]int8{{-128, -64, 0, 64}, {-100, -50, 1, 50}, {127, 3, 2, 1}, {0, 0, 0, 0}, {127, 3, 2, 3}}

// plainMSE works the mean squared residual of each band of the windows that
// start at the given frames out in the plainest way, in codes².
func plainMSE(layout Layout, starts ...int) (mean [4]float64) {
	for b := range mean {
		for _, start := range starts {
			for f := range 3 {
				at := f*4 + b
				if layout == BandMajor {
					at = b*3 + f
				}
				d := float64(int(testFrames[start+f][b]) - int(bias[at]))
				mean[b] += d * d / float64(3*len(starts))
			}
		}
	}
	return mean
}

func newScorer(t *testing.T, s Settings) *Scorer {
	t.Helper()
	m, err := Parse(encode(t, constantModel(), s))
	if err != nil {
		t.Fatal(err)
	}
	sc, err := m.NewScorer()
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

// push feeds the test frames and returns the scores and the frames that
// completed them.
func push(sc *Scorer) (got []Score, at []int) {
	for i, f := range testFrames {
		if score, ok := sc.Push(f); ok {
			score.Evidence = slices.Clone(score.Evidence)
			got, at = append(got, score), append(at, i)
		}
	}
	return got, at
}

func TestMSE(t *testing.T) {
	for _, layout := range []Layout{FrameMajor, BandMajor} {
		s := testSettings()
		s.Window.Layout = layout
		sc := newScorer(t, s)
		for range 2 { // a reset makes the scorer as new
			sc.Reset()
			got, at := push(sc)
			if !slices.Equal(at, []int{2, 4}) {
				t.Fatalf("%s: scores at frames %v, want 2 and 4", layout, at)
			}
			for i, start := range []int{0, 2} {
				sum := 0.0
				for b, v := range plainMSE(layout, start) {
					want := v * 0.25 / 4 // a code is 0.5 dB; a quarter of the bands
					sum += want
					if math.Abs(got[i].Evidence[b]-want) > 1e-12*want {
						t.Errorf("%s window %d band %d: %g, want %g", layout, i, b, got[i].Evidence[b], want)
					}
				}
				if math.Abs(got[i].Value-sum) > 1e-12*sum {
					t.Errorf("%s window %d: %g, want %g", layout, i, got[i].Value, sum)
				}
			}
		}
	}
}

func TestPoolAndWhiten(t *testing.T) {
	s, w := whitened(testSettings())
	s.Detector.PoolWindows = 2
	sc := newScorer(t, s)
	got, at := push(sc)
	if !slices.Equal(at, []int{4}) {
		t.Fatalf("scores at frames %v, want 4 only", at)
	}
	// Mean and deviation in the test settings; the two highest of four count.
	var z [4]float64
	for b, v := range plainMSE(FrameMajor, 0, 2) {
		level := max(0, 10*math.Log10(v))
		z[b] = max(0, (level-w.BandMean[b])/w.BandStdDev[b])
	}
	order := []int{0, 1, 2, 3}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(z[b], z[a]) })
	want := [4]float64{}
	for _, b := range order[:2] {
		want[b] = z[b] / 2
	}
	if z[order[1]] == 0 {
		t.Fatal("the test's second band does not stand out")
	}
	for b := range want {
		if math.Abs(got[0].Evidence[b]-want[b]) > 1e-4 { // the level's table
			t.Errorf("band %d: %g, want %g", b, got[0].Evidence[b], want[b])
		}
	}
	if value := want[0] + want[1] + want[2] + want[3]; math.Abs(got[0].Value-value) > 1e-4 {
		t.Errorf("score %g, want %g", got[0].Value, value)
	}
}

func TestFlush(t *testing.T) {
	s := testSettings()
	s.Detector.PoolWindows = 3
	sc := newScorer(t, s)
	if _, ok := sc.Flush(); ok {
		t.Error("a score of nothing")
	}
	if _, at := push(sc); at != nil {
		t.Fatalf("scores at frames %v, want none", at)
	}
	got, ok := sc.Flush()
	want := 0.0
	for _, v := range plainMSE(FrameMajor, 0, 2) {
		want += v * 0.25 / 4
	}
	if !ok || math.Abs(got.Value-want) > 1e-12*want {
		t.Errorf("two windows score %g (%v), want %g", got.Value, ok, want)
	}
	if _, ok := sc.Flush(); ok {
		t.Error("a second score of the same windows")
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
