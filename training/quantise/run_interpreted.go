package quantise

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/auscult/auscult/tflite"
)

// interpreted is an operator that only an interpreter computes: a model of its own, run
// sample by sample, by several threads.
type interpreted struct {
	inputs  []int // tensors
	workers []*tflite.Interpreter
	size    int // of the output
	y       []float32
}

func newInterpreted(g *graph, op, threads int) (*interpreted, error) {
	o := g.Operators[op]
	s := &interpreted{size: g.size(g.out(op))}
	for _, t := range o.Inputs {
		if t >= 0 && !g.isConstant(t) && !slices.Contains(s.inputs, t) {
			s.inputs = append(s.inputs, t)
		}
	}
	m := &tflite.Model{Tensors: g.Tensors, Operators: []tflite.Operator{o}, Inputs: s.inputs, Outputs: o.Outputs}
	for range threads {
		it, err := tflite.NewInterpreter(m, tflite.Options{})
		if err != nil {
			return nil, fmt.Errorf("quantise: operator %d (%v): %w", op, o.Op, err)
		}
		s.workers = append(s.workers, it)
	}
	return s, nil
}

func (s *interpreted) run(ctx context.Context, n int, values []value) value {
	s.y = append(s.y[:0], make([]float32, n*s.size)...)
	spread(len(s.workers), len(s.workers), func(w int) {
		it := s.workers[w]
		defer it.EndWith(ctx)()
		for i := w; i < n && ctx.Err() == nil; i += len(s.workers) {
			for k, t := range s.inputs {
				x := values[t].rounded
				size := len(x) / n
				put(it.InputBytes(k), x[i*size:(i+1)*size])
			}
			it.Invoke()
			get(s.y[i*s.size:(i+1)*s.size], it.OutputBytes(0))
		}
	})
	return value{rounded: s.y}
}

func put(dst []byte, values []float32) {
	for i, v := range values {
		binary.LittleEndian.PutUint32(dst[4*i:], math.Float32bits(v))
	}
}

func get(dst []float32, data []byte) {
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
}
