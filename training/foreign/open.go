package foreign

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/foreign/onnx"
	"github.com/auscult/auscult/training/graph"
)

// Options say what a file may leave open.
type Options struct {
	Frames int // of a window, where the network takes any number; 0: not known
}

// Open returns the network in a file.
func Open(path string, o Options) (*graph.Graph, error) {
	is, err := isONNX(path)
	if err != nil {
		return nil, fmt.Errorf("foreign: %w", err)
	}
	if is {
		return onnx.Open(path, onnx.Options{Frames: o.Frames})
	}
	m, err := tflite.Open(path)
	if err != nil {
		return nil, err
	}
	g, err := fromTFLite(m)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return g, nil
}

// isONNX reports whether a file begins as an ONNX model does.
func isONNX(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close() //nolint:errcheck // closing what was only read cannot lose anything
	begin := make([]byte, 64)
	n, err := io.ReadFull(f, begin)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, err
	}
	return onnx.Is(begin[:n]), nil
}

// Of returns the network in a float32 model, which takes what had a shape, without the batch,
// before anything flattened it.
func Of(m *tflite.Model, input []int) (*graph.Graph, error) {
	g, err := fromTFLite(m)
	if err != nil {
		return nil, err
	}
	shape := append([]int{1}, input...)
	if err := graph.CheckShape(shape); err != nil {
		return nil, fmt.Errorf("foreign: %w", err)
	}
	own := g.Input.Shape
	if graph.Size(shape) != g.Input.Size() {
		return nil, fmt.Errorf("foreign: a network of %v said to take %v", own, shape)
	}
	g.Before(g.Input.Name, shape, func(in *graph.Value) *graph.Value { return g.Reshape(in, own...) })
	return g, nil
}
