package ptq

import (
	"context"
	"math"

	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/nn"
)

// Equalise returns a network that computes what net does, and loses less by quantisation
// with the same windows and options: where a layer's channels differ in range, and share
// one scale, the weak ones are made stronger by the weights before them and weaker again by
// those behind. Factors balance the ranges of a channel's activations and of the weights that
// take it. It is net itself where the windows' scores in int8 follow those in float no better
// afterwards.
//
// Source: Nagel et al., 2019 (arXiv 1906.04721), section 4.1, with ranges of activations
// instead of those of the weights before them, which have a scale for each channel here.
func Equalise(ctx context.Context, net *nn.Network, windows dataset.NormalWindows, o Options) (*nn.Network, error) {
	even, err := evened(net, windows, o.MaxWindows)
	if err != nil {
		return nil, err
	}
	best, highest := net, math.Inf(-1)
	for _, n := range []*nn.Network{net, even} {
		m, err := Quantise(n, windows, o)
		if err != nil {
			return nil, err
		}
		r, err := Compare(ctx, n, m, windows, equalisedWindows)
		if err != nil {
			return nil, err
		}
		if r.Correlation != nil && *r.Correlation > highest {
			best, highest = n, *r.Correlation
		}
	}
	return best, nil
}

// equalisedWindows is how many windows show whether evening out was worth it.
const equalisedWindows = 256

// evened returns a network of its own memory with channels evened out.
func evened(net *nn.Network, windows dataset.NormalWindows, maxWindows int) (*nn.Network, error) {
	out, err := net.First(len(net.Specs()))
	if err != nil {
		return nil, err
	}
	p, err := newProbe(out)
	if err != nil {
		return nil, err
	}
	if maxWindows < 1 {
		maxWindows = defaultWindows
	}
	peaks := make([][]float64, len(p.ops))
	for i, op := range p.ops {
		peaks[i] = make([]float64, op.out.C)
	}
	p.watch(windows, pick(windows.Len(), maxWindows), DefaultRaise, func(op int, y []float32) {
		channels := len(peaks[op])
		for i, v := range y {
			peaks[op][i%channels] = max(peaks[op][i%channels], math.Abs(float64(v)))
		}
	})
	for i := range len(p.ops) - 1 {
		if a, b := p.ops[i], p.ops[i+1]; a.do == multiply && b.do == multiply && a.to == 0 && b.to == 0 {
			equalise(out, a.layer, b.layer, peaks[i])
		}
	}
	return out, nil
}

// mostStretched bounds a channel's factor, either way: what is weak in normal sound may
// be strong in other sound, and needs room.
const mostStretched = 4

// equalise moves factors between two layers. peaks are the first one's channels'.
func equalise(net *nn.Network, before, behind int, peaks []float64) {
	first, second := net.Weights(before), net.Weights(behind)
	s := net.Specs()[behind]
	takes := make([]float64, len(peaks)) // the largest weight that takes each channel
	for i, w := range second.W {
		c := inputOf(s, i, len(second.W))
		takes[c] = max(takes[c], math.Abs(float64(w)))
	}
	factors := make([]float64, len(peaks))
	sum, count := 0.0, 0.0
	for c := range factors {
		if !(peaks[c] > 0) || !(takes[c] > 0) {
			continue
		}
		factors[c] = math.Sqrt(peaks[c] / takes[c])
		if s.Kind == nn.DepthwiseConv2D {
			factors[c] = peaks[c] // its weights have a scale for each input, too
		}
		sum, count = sum+math.Log(factors[c]), count+1
	}
	if count == 0 {
		return
	}
	middle := math.Exp(sum / count)
	for c := range factors {
		if factors[c] == 0 {
			factors[c] = middle
		}
		factors[c] = max(1.0/mostStretched, min(factors[c]/middle, mostStretched))
	}
	for i := range first.W {
		first.W[i] = float32(float64(first.W[i]) / factors[i%len(factors)])
	}
	for i := range first.Bias {
		first.Bias[i] = float32(float64(first.Bias[i]) / factors[i])
	}
	for i := range second.W {
		second.W[i] = float32(float64(second.W[i]) * factors[inputOf(s, i, len(second.W))])
	}
}

// inputOf returns the input channel that weight i of n takes.
func inputOf(s nn.Spec, i, n int) int {
	switch s.Kind {
	case nn.DepthwiseConv2D:
		return i % s.Out.C
	case nn.ConvTranspose2D:
		return i / (n / s.In.C)
	}
	return i / s.Out.C % s.In.C
}
