package network

import (
	"fmt"
	"math"
)

// First returns a network of its own memory that has the first layers of n, as they are.
func (n *Network) First(layers int) (*Network, error) {
	if layers < 1 || layers > len(n.specs) {
		return nil, fmt.Errorf("network: the first %d of %d layers", layers, len(n.specs))
	}
	out, err := New(n.specs[:layers], 0)
	if err != nil {
		return nil, err
	}
	out.SetThreads(n.engine.threads)
	for i := range layers {
		src, dst := n.Weights(i), out.Weights(i)
		copyAll([][]float32{dst.W, dst.Bias, dst.Gamma, dst.Beta, dst.Mean, dst.Var},
			[][]float32{src.W, src.Bias, src.Gamma, src.Beta, src.Mean, src.Var})
	}
	return out, out.UseKernels(n.engine.im.Name)
}

// Fold returns a network of its own memory that computes what n does in
// inference, without batch normalisation: each one is merged into the weights
// and offsets of the layer before it. Every layer with weights gets offsets.
func (n *Network) Fold() (*Network, error) {
	var specs []Spec
	var from []int // the layer that each spec comes from
	for i, s := range n.specs {
		if s.Kind == BatchNorm {
			if i == 0 || !n.specs[i-1].hasWeights() {
				return nil, fmt.Errorf("network: layer %d (%v): can be folded only into a layer with weights before it", i, s.Kind)
			}
			continue
		}
		if s.hasWeights() {
			s.Bias = true
		}
		specs = append(specs, s)
		from = append(from, i)
	}
	out, err := New(specs, 0)
	if err != nil {
		return nil, err
	}
	out.SetThreads(n.engine.threads)
	if err := out.UseKernels(n.engine.im.Name); err != nil {
		return nil, err
	}
	for j, i := range from {
		if specs[j].weights() == 0 {
			continue
		}
		src, dst := n.Weights(i), out.Weights(j)
		copy(dst.W, src.W)
		copy(dst.Bias, src.Bias)
		if !specs[j].hasWeights() || i+1 == len(n.specs) || n.specs[i+1].Kind != BatchNorm {
			continue
		}
		bn := n.Weights(i + 1)
		c := specs[j].Out.C
		scale := make([]float64, c)
		for k := range scale {
			scale[k] = float64(bn.Gamma[k]) / math.Sqrt(float64(bn.Var[k])+normEpsilon)
			dst.Bias[k] = float32((float64(dst.Bias[k])-float64(bn.Mean[k]))*scale[k] + float64(bn.Beta[k]))
		}
		// The output channel is the fastest axis in every layout.
		for k := range dst.W {
			dst.W[k] = float32(float64(dst.W[k]) * scale[k%c])
		}
	}
	return out, nil
}
