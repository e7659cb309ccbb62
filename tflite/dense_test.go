package tflite_test

import (
	"strings"
	"testing"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/tflite/tflitetest"
)

// TestDenseRowsBeyond32Bits gives a dense layer an output of one row whose input has 2^16 more, so that rows times
// outputs are the output's elements again in 32 bits.
func TestDenseRowsBeyond32Bits(t *testing.T) {
	const outputs = 1 << 16
	b := new(tflitetest.Builder)
	x := b.FloatInput(1+1<<16, 1)
	w := b.Tensor(tflite.Tensor{Type: tflite.Float32, Shape: []int{outputs, 1}, Data: make([]byte, 4*outputs)})
	y := b.Tensor(tflite.Tensor{Type: tflite.Float32, Shape: []int{1, outputs}})
	b.Output(b.Op(tflite.FullyConnected, 1, tflite.FullyConnectedOptions{}, y, x, w))
	_, err := tflite.NewInterpreter(&b.Model, tflite.Options{})
	if err == nil || !strings.Contains(err.Error(), "input 0 has shape [65537 1], the weights [65536 1], output 0 [1 65536]") {
		t.Errorf("error %v", err)
	}
}
