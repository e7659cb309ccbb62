package model

import (
	"encoding/binary"
	"math"
	"testing"

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
			Op: tflite.FullyConnected, Version: 1, Inputs: []int{0, 1, 2}, Outputs: []int{3}, Options: tflite.FullyConnectedOptions{},
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
		it, err := tflite.NewInterpreter(floatGraph(len(codes), gain), tflite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		f := newFloats(it, len(codes))
		f.infer(codes, nil)
		for i, v := range f.restored {
			if d := v - want[i]; d < -1 || d > 1 {
				t.Errorf("gain %g: cell %d is %d in Q8, want %d", gain, i, v, want[i])
			}
		}
	}
	g, err := NewGolden(floatGraph(4, 1), codes)
	if err != nil || string(g.Output) != string(codes) {
		t.Errorf("golden output % x, error %v", g.Output, err)
	}
	if _, err := NewGolden(floatGraph(4, 1), codes[:3]); err == nil {
		t.Error("a golden input of the wrong length was taken")
	}
}
