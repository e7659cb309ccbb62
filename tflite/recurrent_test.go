package tflite_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/auscult/auscult/tflite/tflitetest"
)

// TestRecurrentState wants the state of variable tensors kept from one inference to the next, until Reset.
func TestRecurrentState(t *testing.T) {
	for _, kind := range []maker{
		{"UNIDIRECTIONAL_SEQUENCE_LSTM", tflitetest.RandomFloat}, {"SVDF", tflitetest.RandomFloat},
		{"UNIDIRECTIONAL_SEQUENCE_LSTM int8", tflitetest.Random}, {"SVDF int8", tflitetest.Random},
	} {
		r := rand.New(rand.NewPCG(4, 0))
		changed := 0
		for range 20 {
			m, input := kind.make(r)
			it := newInterpreter(t, m)
			run := func() []byte {
				copy(it.InputBytes(0), input)
				it.Invoke()
				return bytes.Clone(it.OutputBytes(0))
			}
			first, second := run(), run()
			if !bytes.Equal(first, second) {
				changed++
			}
			it.Reset()
			if again := run(); !bytes.Equal(again, first) {
				t.Errorf("%s: after Reset % x, at first % x", kind.kind, again, first)
			}
		}
		if changed < 10 {
			t.Errorf("%s: the second inference gave something else for %d of 20 only", kind.kind, changed)
		}
	}
}
