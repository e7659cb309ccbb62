package foreign

import (
	"fmt"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/graph"
)

// Options say what a file may leave open.
type Options struct {
	Frames int // of a window, where the network takes any number; 0: not known
}

// Open returns the network in a file.
func Open(path string, _ Options) (*graph.Graph, error) {
	m, err := tflite.Open(path)
	if err != nil {
		return nil, err
	}
	g, err := fromTFLite(m)
	if err != nil {
		return nil, fmt.Errorf("%w (file %s)", err, path)
	}
	return g, nil
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
	if n := (&graph.Value{Shape: shape}).Size(); n != g.Input.Size() {
		return nil, fmt.Errorf("foreign: a network of %v said to take %v", own, shape)
	}
	g.Before(g.Input.Name, shape, func(in *graph.Value) *graph.Value { return g.Reshape(in, own...) })
	return g, nil
}
