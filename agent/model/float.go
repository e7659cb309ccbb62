package model

import (
	"encoding/binary"
	"math"

	"github.com/auscult/auscult/tflite"
)

// floats runs a float32 model, whose cells are 0 to 1 over the profile's range.
type floats struct {
	it       *tflite.Interpreter
	restored []int32 // each cell's code after the last inference, Q8
}

func newFloats(it *tflite.Interpreter, cells int) *floats {
	return &floats{it: it, restored: make([]int32, cells)}
}

// infer runs a window of codes. A cell that is no number counts as the highest
// code there is: it must not look like sound that was restored.
func (f *floats) infer(window []byte, trace func(after bool)) {
	in := f.it.InputBytes(0)
	for i, code := range window {
		cell := float32(int32(int8(code))+128) / 255
		binary.LittleEndian.PutUint32(in[4*i:], math.Float32bits(cell))
	}
	invoke(f.it, trace)
	out := f.it.OutputBytes(0)
	for i := range f.restored {
		value := float64(math.Float32frombits(binary.LittleEndian.Uint32(out[4*i:])))
		if math.IsNaN(value) {
			f.restored[i] = math.MaxInt16
			continue
		}
		f.restored[i] = toQ8(float64(value*255) - 128)
	}
}
