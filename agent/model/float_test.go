package model

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/tflite"
)

// floatGraph is a dense layer of cells by cells that gives gain times its input.
func floatGraph(cells int, gain float32) *tflite.Model {
	w := make([]byte, 4*cells*cells)
	for i := range cells {
		binary.LittleEndian.PutUint32(w[4*(i*cells+i):], math.Float32bits(gain))
	}
	return &tflite.Model{
		Tensors: []tflite.Tensor{
			{Name: "in", Type: tflite.Float32, Shape: []int{1, cells}},
			{Name: "w", Type: tflite.Float32, Shape: []int{cells, cells}, Data: w},
			{Name: "b", Type: tflite.Float32, Shape: []int{cells}, Data: make([]byte, 4*cells)},
			{Name: "out", Type: tflite.Float32, Shape: []int{1, cells}},
		},
		Operators: []tflite.Operator{{
			Op: tflite.FullyConnected, Version: 1, Inputs: []int{0, 1, 2}, Outputs: []int{3},
			Options: tflite.FullyConnectedOptions{},
		}},
		Inputs: []int{0}, Outputs: []int{3},
	}
}

// TestFloats runs float32 graphs on codes: one that restores everything, one
// that halves, and one that gives no numbers.
func TestFloats(t *testing.T) {
	codes := []byte{0x80, 0xff, 0x00, 0x7f} // -128, -1, 0, 127
	nan := float32(math.NaN())
	for gain, want := range map[float32][]int32{
		1:   {-128 << 8, -1 << 8, 0, 127 << 8},
		0.5: {-128 << 8, -16512, -64 << 8, -128},
		nan: {math.MaxInt16, math.MaxInt16, math.MaxInt16, math.MaxInt16},
	} {
		m := &Model{Settings: floatSettings(), graph: floatGraph(len(codes), gain)}
		sc, err := m.NewScorer()
		if err != nil {
			t.Fatal(err)
		}
		copy(sc.window, codes)
		sc.infer()
		restored := sc.observers[1].(*residual)
		for i := range codes {
			if d := restored.restoredAt(i) - want[i]; d < -1 || d > 1 {
				t.Errorf("gain %g: cell %d is %d in Q8, want %d", gain, i, restored.restoredAt(i), want[i])
			}
		}
	}
	s := floatSettings()
	g, err := NewGolden(floatGraph(4, 1), &s, codes)
	if err != nil || string(g.Output) != string(codes) {
		t.Errorf("golden output % x, error %v", g.Output, err)
	}
	if _, err := NewGolden(floatGraph(4, 1), &s, codes[:3]); err == nil {
		t.Error("a golden input of the wrong length was taken")
	}
}

// TestGoldenOfConditions has a code for each condition behind those of the window.
func TestGoldenOfConditions(t *testing.T) {
	graph := floatGraph(4, 1)
	graph.Tensors = append(graph.Tensors, tflite.Tensor{Name: "conditions", Type: tflite.Float32, Shape: []int{1, 1}})
	graph.Inputs = append(graph.Inputs, len(graph.Tensors)-1)
	s := floatSettings()
	s.Conditions = []Condition{{Name: "rpm", Min: 1, Max: 2}}
	codes := []byte{0x80, 0xff, 0x00, 0x7f, 0x01}
	var err error
	if s.Golden, err = NewGolden(graph, &s, codes); err != nil || string(s.Golden.Output) != string(codes[:4]) {
		t.Fatalf("golden output % x, error %v", s.Golden.Output, err)
	}
	if _, err := Parse(encode(t, graph, s)); err != nil {
		t.Error(err)
	}
	for n := range len(codes) {
		if _, err := NewGolden(graph, &s, codes[:n]); err == nil {
			t.Errorf("%d of 5 codes were taken", n)
		}
		short := s
		short.Golden.Input = codes[:n]
		if _, err := Parse(encode(t, graph, short)); err == nil || !strings.Contains(err.Error(), "golden input of") {
			t.Errorf("a file with %d of 5 codes: %v", n, err)
		}
	}
}

// floatSettings fit floatGraph of four cells.
func floatSettings() Settings {
	s := testSettings()
	s.Profile.Bands, s.Window.Frames, s.Window.StrideFrames = 4, 1, 1
	*s.Detector.bands() = detect.Bands{BandMean: make([]float64, 4), BandStdDev: []float64{1, 1, 1, 1}}
	return s
}
