package tflite_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/tflite/tflitetest"
)

// TestUnsignedBorder wants inputs and outputs of uint8 as the file has them, and the model as it was.
func TestUnsignedBorder(t *testing.T) {
	m, input := tflitetest.RandomUnsigned(rand.New(rand.NewPCG(3, 0)), "conv-relu-conv")
	before, err := m.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	it := newInterpreter(t, m)
	in, out := it.Inputs()[0], it.Outputs()[0]
	q := m.Tensors[m.Inputs[0]].Quant
	if in.Type != tflite.Uint8 || in.ZeroPoint != int(q.ZeroPoints[0]) || in.Scale != q.Scales[0] ||
		out.Type != tflite.Uint8 {
		t.Errorf("input %+v, output %+v", in, out)
	}
	copy(it.InputBytes(0), input)
	it.Invoke()
	if !bytes.Equal(it.InputBytes(0), input) {
		t.Error("the input changed")
	}
	first := bytes.Clone(it.OutputBytes(0))
	if it.Invoke(); !bytes.Equal(it.OutputBytes(0), first) {
		t.Error("the second inference gives something else")
	}
	if after, err := m.Marshal(); err != nil || !bytes.Equal(after, before) {
		t.Errorf("the model changed, error %v", err)
	}
}
