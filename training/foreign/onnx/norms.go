package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/graph"
)

func batchNorm(n *node) ([]value, error) {
	x := n.x(0)
	if len(x.Shape) < 2 {
		return nil, fmt.Errorf("of shape %v", x.Shape)
	}
	channels := x.Shape[1]
	var lists [4][]float64
	for i := range lists {
		a, err := n.weights(1 + i)
		if err != nil || len(a.v) != channels {
			return nil, errors.Join(err, fmt.Errorf("input %d for %d channels", 1+i, channels))
		}
		lists[i] = a.v
	}
	epsilon := float64(n.float("epsilon", 1e-5))
	factor, offset := &array{v: make([]float64, channels)}, &array{v: make([]float64, channels)}
	for c := range channels {
		factor.v[c] = lists[0][c] / math.Sqrt(lists[3][c]+epsilon)
		offset.v[c] = lists[1][c] - lists[2][c]*factor.v[c]
	}
	return n.channelAffine(x, factor, offset)
}

// channelAffine multiplies each channel, the second dimension, by a factor and adds an offset.
func (n *node) channelAffine(x *graph.Value, factor, offset *array) ([]value, error) {
	shape := append([]int{len(factor.v)}, slices.Repeat([]int{1}, len(x.Shape)-2)...)
	y, err := n.r.g.Binary(tflite.Mul, x, factor.reshaped(shape...).value(n.GetName()+"_factor"))
	if err == nil {
		y, err = n.r.g.Binary(tflite.Add, y, offset.reshaped(shape...).value(n.GetName()+"_offset"))
	}
	if err != nil {
		return nil, err
	}
	return one(y)
}

// normalised returns a value less its mean along some dimensions, by its deviation there.
func (n *node) normalised(x *graph.Value, along []int, epsilon float32) (*graph.Value, error) {
	g, shape := n.r.g, slices.Clone(x.Shape)
	for _, d := range along {
		shape[d] = 1
	}
	mean := g.Add(tflite.Mean, tflite.ReducerOptions{KeepDims: true}, shape, x, graph.Ints(along...))
	rest := g.Add(tflite.Sub, tflite.SubOptions{}, x.Shape, x, mean)
	squares := n.mul(rest, rest)
	variance := g.Add(tflite.Mean, tflite.ReducerOptions{KeepDims: true}, shape, squares, graph.Ints(along...))
	by := n.of(tflite.Rsqrt, g.Affine(variance, []float32{1}, []float32{epsilon}))
	return g.Binary(tflite.Mul, rest, by)
}

func instanceNorm(n *node) ([]value, error) {
	x := n.x(0)
	if len(x.Shape) != 3 && len(x.Shape) != 4 {
		return nil, fmt.Errorf("of shape %v", x.Shape)
	}
	factor, err1 := n.weights(1)
	offset, err2 := n.weights(2)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	if len(factor.v) != x.Shape[1] || len(offset.v) != x.Shape[1] {
		return nil, fmt.Errorf("%d factors and %d offsets for %d channels", len(factor.v), len(offset.v), x.Shape[1])
	}
	along := []int{2, 3}[:len(x.Shape)-2]
	y, err := n.normalised(x, along, n.float("epsilon", 1e-5))
	if err != nil {
		return nil, err
	}
	return n.channelAffine(y, factor, offset)
}

func layerNorm(n *node) ([]value, error) {
	x := n.x(0)
	from, err := axis(n.number("axis", -1), len(x.Shape))
	if err != nil {
		return nil, err
	}
	var along []int
	for d := from; d < len(x.Shape); d++ {
		along = append(along, d)
	}
	y, err := n.normalised(x, along, n.float("epsilon", 1e-5))
	if err != nil {
		return nil, err
	}
	for i, op := range []tflite.Op{tflite.Mul, tflite.Add} {
		if n.has(1 + i) {
			if y, err = n.r.g.Binary(op, y, n.x(1+i)); err != nil {
				return nil, err
			}
		}
	}
	return one(y)
}
