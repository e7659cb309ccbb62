package model

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/auscult/auscult/tflite"
)

// Agreement says how near what an Invoker computes is to the golden pair.
type Agreement struct {
	Values int // of the golden output
	Differ int // of them
	Most   int // by how many codes the furthest is off; Unlike for a feature of a float32 model that is none
	// Score is the golden window's, Want the one by the Go kernels.
	Score, Want float64
}

// Unlike is an Agreement's Most where two values have nothing in common.
const Unlike = 256

// Bytes returns the model's file. It is not to be changed.
func (m *Model) Bytes() []byte { return m.file }

// KeepsState reports whether the graph keeps something from one inference to the next: in variables that operators
// name, or in the tensors of recurrent layers.
func (m *Model) KeepsState() bool {
	return slices.ContainsFunc(append([]*tflite.Model{m.graph}, m.graph.Subgraphs...), func(g *tflite.Model) bool {
		return slices.ContainsFunc(g.Operators, func(o tflite.Operator) bool { return o.Op == tflite.VarHandle }) ||
			slices.ContainsFunc(g.Tensors, func(t tflite.Tensor) bool { return t.Variable })
	})
}

// NewInterpreter returns the Go kernels for this model.
func (m *Model) NewInterpreter() (*tflite.Interpreter, error) {
	return tflite.NewInterpreter(m.graph, tflite.Options{})
}

// Agree lets an Invoker of this model's graph compute the golden pair, and its score.
func (m *Model) Agree(it Invoker) (Agreement, error) {
	s := &m.Settings
	t, err := newTensors(it, s)
	if err != nil {
		return Agreement{}, err
	}
	a := t.agree(t.golden(s.Golden.Input, s.Window.Frames*s.Profile.Bands), s.Golden.Output)
	if a.Score, err = m.goldenScore(it); err != nil {
		return a, err
	}
	kernels, err := m.NewInterpreter()
	if err != nil {
		return a, err
	}
	defer kernels.Close()
	a.Want, err = m.goldenScore(kernels)
	return a, err
}

// agree compares two outputs of golden.
func (t *tensors) agree(got, want []byte) Agreement {
	var a Agreement
	for o, r := range t.roles {
		for range t.size(o) {
			a.Values++
			d, width := 0, 1
			if !t.isFloat || r == Reconstruction {
				d = int(int8(got[0])) - int(int8(want[0]))
			} else {
				width = 4
				x := float64(math.Float32frombits(binary.LittleEndian.Uint32(got)))
				y := float64(math.Float32frombits(binary.LittleEndian.Uint32(want)))
				if !(math.Abs(x-y) <= goldenTolerance*max(1, math.Abs(y))) {
					d = Unlike
				}
			}
			if d != 0 {
				a.Differ++
			}
			a.Most = max(a.Most, d, -d)
			got, want = got[width:], want[width:]
		}
	}
	return a
}

// goldenScore scores the golden window.
func (m *Model) goldenScore(it Invoker) (float64, error) {
	sc, err := m.NewScorerOn(it)
	if err != nil {
		return 0, err
	}
	s := &m.Settings
	frames, bands := s.Window.Frames, s.Profile.Bands
	cells := s.Golden.Input
	copy(sc.conditions, cells[frames*bands:])
	codes := make([]int8, s.Profile.Values())
	for f := range frames {
		for b := range bands {
			at := f*bands + b
			if s.Window.Layout == BandMajor {
				at = b*frames + f
			}
			codes[b] = int8(cells[at])
		}
		if score, ok := sc.Push(codes); ok {
			return score.Value, nil
		}
	}
	score, _ := sc.Flush() // an observation of several windows
	return score.Value, nil
}
