package quantise

import (
	"context"
	"math"
	"slices"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/dataset"
)

// Equalise returns a float32 model that computes what m does, and loses less by
// quantisation with the same windows and options: where an operator's channels differ in
// range, and share one scale, the weak ones are made stronger by the weights before them
// and weaker again by those behind. Factors balance the ranges of a channel's activations
// and of the weights that take it. It is m itself where the windows' scores in int8 follow
// those in float no better afterwards.
//
// Source: Nagel et al., 2019 (arXiv 1906.04721), section 4.1, with ranges of activations
// instead of those of the weights before them, which have a scale for each channel here.
func Equalise(ctx context.Context, m *tflite.Model, windows dataset.NormalWindows, o Options) (*tflite.Model, error) {
	even, err := evened(ctx, m, windows, o)
	if err != nil {
		return nil, err
	}
	best, highest := m, math.Inf(-1)
	for _, float := range []*tflite.Model{m, even} {
		ints, err := Quantise(ctx, float, windows, o)
		if err != nil {
			return nil, err
		}
		r, err := Compare(ctx, float, ints, windows, equalisedWindows)
		if err != nil {
			return nil, err
		}
		if r.Correlation != nil && *r.Correlation > highest {
			best, highest = float, *r.Correlation
		}
	}
	return best, nil
}

// equalisedWindows is how many windows show whether evening out was worth it.
const equalisedWindows = 256

// evened returns a model with channels evened out.
func evened(ctx context.Context, m *tflite.Model, windows dataset.NormalWindows, o Options) (*tflite.Model, error) {
	out := *m
	out.Tensors = slices.Clone(m.Tensors)
	g, err := newGraph(&out)
	if err != nil {
		return nil, err
	}
	if err := g.suits(windows); err != nil {
		return nil, err
	}
	r, err := newRunner(g, o.Threads)
	if err != nil {
		return nil, err
	}
	if o.MaxWindows < 1 {
		o.MaxWindows = defaultWindows
	}
	peaks := make([][]float64, len(g.Operators))
	for i := range peaks {
		peaks[i] = make([]float64, g.channels(g.out(i)))
	}
	err = r.watch(ctx, windows, pick(windows.Len(), o.MaxWindows), DefaultRaise, func(op int, y []float32) {
		channels := len(peaks[op])
		for i, v := range y {
			peaks[op][i%channels] = max(peaks[op][i%channels], math.Abs(float64(v)))
		}
	})
	if err != nil {
		return nil, err
	}
	for i := range g.Operators {
		if before, behind, ok := g.joined(i); ok {
			g.equalise(before, behind, peaks[i])
		}
	}
	return &out, nil
}

// next returns the operator with weights that alone takes what an operator gives, perhaps through others that a
// channel's factor passes.
func (g *graph) next(op int) (next int, ok bool) {
	for {
		if next, ok = g.only(g.out(op)); !ok {
			return none, false
		}
		if _, ok = g.kernelOf(next); ok {
			return next, true
		}
		if !g.homogeneous(next) {
			return none, false
		}
		op = next
	}
}

// homogeneous reports whether an operator gives a factor times as much of each channel where it takes a factor, above
// 0, times as much.
func (g *graph) homogeneous(op int) bool {
	switch o := &g.Operators[op]; o.Op {
	case tflite.LeakyRelu, tflite.Prelu, tflite.Relu, tflite.MaxPool2D, tflite.AveragePool2D, tflite.Pad,
		tflite.MirrorPad, tflite.ResizeNearestNeighbor, tflite.ResizeBilinear, tflite.Slice, tflite.Reshape:
		if g.isConstant(o.Inputs[0]) {
			return false
		}
		p, pools := o.Options.(tflite.Pool2DOptions)
		bounded := pools && p.Activation != tflite.ActNone && p.Activation != tflite.ActRelu
		return !bounded && g.channels(o.Inputs[0]) == g.channels(g.out(op))
	}
	return false
}

// joined returns the weights of an operator and of the one behind it, where factors can
// move between the two: nothing else takes what lies between them.
func (g *graph) joined(op int) (before, behind kernel, ok bool) {
	next, ok := g.next(op)
	if !ok || g.driven(op) {
		return before, behind, false
	}
	for _, o := range []int{op, next} {
		if _, is := g.overall(o); is {
			return before, behind, false // a mean over positions stays one
		}
	}
	before, ok = g.kernelOf(op)
	if !ok || before.activation != tflite.ActNone && before.activation != tflite.ActRelu {
		return before, behind, false
	}
	if behind, ok = g.kernelOf(next); !ok || behind.inputs() != before.outputs() {
		return before, behind, false
	}
	for _, t := range []int{before.tensor, before.bias, behind.tensor} {
		if t != none && len(g.consumers[t]) > 1 {
			return before, behind, false // another operator's, too
		}
	}
	return before, behind, true
}

// mostStretched bounds a channel's factor, either way: what is weak in normal sound may
// be strong in other sound, and needs room.
const mostStretched = 4

// equalise moves factors between two operators. peaks are the first one's channels'.
func (g *graph) equalise(before, behind kernel, peaks []float64) {
	factors := balance(behind, peaks)
	if factors == nil {
		return
	}
	for i := range before.weights {
		before.weights[i] = float32(float64(before.weights[i]) / factors[before.output(i)])
	}
	for c := range before.offsets {
		before.offsets[c] = float32(float64(before.offsets[c]) / factors[c])
	}
	for i := range behind.weights {
		behind.weights[i] = float32(float64(behind.weights[i]) * factors[behind.input(i, len(factors))])
	}
	g.put(before, behind)
}

// put writes weights back to the model.
func (g *graph) put(all ...kernel) {
	for _, k := range all {
		g.Tensors[k.tensor].Data = floatBytes(k.weights)
		if k.bias != none {
			g.Tensors[k.bias].Data = floatBytes(k.offsets)
		}
	}
}

// balance returns by how much each channel is too strong for the weights that take it, nil
// where nothing passes.
func balance(behind kernel, peaks []float64) []float64 {
	takes := make([]float64, len(peaks)) // the largest weight that takes each channel
	for i, w := range behind.weights {
		c := behind.input(i, len(peaks))
		takes[c] = max(takes[c], math.Abs(float64(w)))
	}
	factors := make([]float64, len(peaks))
	sum, count := 0.0, 0.0
	for c := range factors {
		if !(peaks[c] > 0) || !(takes[c] > 0) {
			continue
		}
		factors[c] = math.Sqrt(peaks[c] / takes[c])
		if behind.op == tflite.DepthwiseConv2D {
			factors[c] = peaks[c] // its weights have a scale for each input, too
		}
		sum, count = sum+math.Log(factors[c]), count+1
	}
	if count == 0 {
		return nil
	}
	middle := math.Exp(sum / count)
	for c := range factors {
		if factors[c] == 0 {
			factors[c] = middle
		}
		factors[c] = max(1.0/mostStretched, min(factors[c]/middle, mostStretched))
	}
	return factors
}
