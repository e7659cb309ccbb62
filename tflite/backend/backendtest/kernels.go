// Package backendtest makes test programs that are helpers.
package backendtest

import (
	"fmt"
	"io"
	"os"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/tflite/backend"
	"github.com/auscult/auscult/tflite/backend/confine"
)

// Main is to be called first by a test's TestMain: where the program was started as a helper it is one, with what open
// makes, and returns the exit code.
func Main(open func(backend.Job) (backend.Engine, error), stderr io.Writer) (code int, isHelper bool) {
	err := confine.Main()
	if err == nil {
		if os.Getenv(backend.Variable) == "" {
			return 0, false
		}
		err = backend.Serve(open)
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, err)
		return 1, true
	}
	return 0, true
}

// kernels computes by the Go kernels.
type kernels struct{ it *tflite.Interpreter }

// Kernels makes an engine of the Go kernels.
func Kernels(j backend.Job) (backend.Engine, error) {
	graph, err := tflite.Parse(j.Model)
	if err != nil {
		return nil, err
	}
	it, err := tflite.NewInterpreter(graph, tflite.Options{})
	if err != nil {
		return nil, err
	}
	return kernels{it}, nil
}

// Invoke computes.
func (k kernels) Invoke(inputs, outputs [][]byte) error {
	for i := range inputs {
		copy(k.it.InputBytes(i), inputs[i])
	}
	k.it.Invoke()
	for i := range outputs {
		copy(outputs[i], k.it.OutputBytes(i))
	}
	return nil
}

// Text names it.
func (k kernels) Text() string { return "the Go kernels in another process" }

// Close ends it.
func (k kernels) Close() { k.it.Close() }
