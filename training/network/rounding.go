package network

import (
	"fmt"
	"math"
)

// Grid is where int8 inference keeps a layer's outputs: on Low, Low+Step, … High.
// The zero Grid keeps them as they are.
type Grid struct {
	Low, High, Step float32
}

// rounding makes training see what int8 inference computes: activations lie on their
// grids, and weights on those of their output channels. Gradients pass through
// the rounding as if it were not there, but not where it clamps.
type rounding struct {
	n       *Network
	grids   []Grid
	clamped [][]bool    // outputs of the batch, by layer; the next layer may overwrite them
	linear  []Weights   // of the layers that multiply
	exact   [][]float32 // their weights before they were rounded
	widths  []int       // output channels
}

// weightCodes is the highest code of a weight; the lowest is its opposite.
const weightCodes = 127

func newRounding(n *Network, grids []Grid) *rounding {
	r := &rounding{n: n, grids: grids, clamped: make([][]bool, len(n.specs))}
	for i, s := range n.specs {
		if s.hasWeights() {
			w := n.Weights(i)
			r.linear = append(r.linear, w)
			r.exact = append(r.exact, make([]float32, len(w.W)))
			r.widths = append(r.widths, s.Out.C)
		}
	}
	return r
}

// check finds grids that do not fit the network.
func (r *rounding) check() error {
	if len(r.grids) != len(r.n.specs) {
		return fmt.Errorf("network: %d grids for %d layers", len(r.grids), len(r.n.specs))
	}
	for i, g := range r.grids {
		if g != (Grid{}) && !(g.Step > 0 && g.Low <= 0 && g.High >= 0 && g.High-g.Low <= 65536*g.Step) {
			return fmt.Errorf("network: layer %d: grid from %g to %g by %g: must hold 0 and have at most 65536 steps",
				i, g.Low, g.High, g.Step)
		}
	}
	for i, s := range r.n.specs {
		if s.Kind == BatchNorm {
			return fmt.Errorf("network: layer %d (%v): fold the network before it is rounded", i, s.Kind)
		}
	}
	return nil
}

// begin rounds the weights; end puts the exact ones back.
func (r *rounding) begin() {
	for i, w := range r.linear {
		copy(r.exact[i], w.W)
		n := r.widths[i]
		for c := range n {
			largest := float32(0)
			for k := c; k < len(w.W); k += n {
				largest = max(largest, abs32(w.W[k]))
			}
			scale := float64(largest) / weightCodes
			if !(scale > 0) {
				continue
			}
			for k := c; k < len(w.W); k += n {
				w.W[k] = float32(math.RoundToEven(float64(w.W[k])/scale) * scale)
			}
		}
	}
}

func (r *rounding) end() {
	for i, w := range r.linear {
		copy(w.W, r.exact[i])
	}
}

func abs32(v float32) float32 { return max(v, -v) }

// forward rounds a layer's outputs, in place.
func (r *rounding) forward(layer int, y []float32) {
	g := r.grids[layer]
	if g.Step == 0 {
		return
	}
	if cap(r.clamped[layer]) < len(y) {
		r.clamped[layer] = make([]bool, len(y))
	}
	clamped := r.clamped[layer][:len(y)]
	inverse := 1 / float64(g.Step)
	for i, v := range y {
		rounded := float32(math.RoundToEven(float64(v)*inverse) * float64(g.Step))
		y[i] = max(g.Low, min(rounded, g.High))
		clamped[i] = y[i] != rounded
	}
}

// backward stops the gradient where the outputs were clamped.
func (r *rounding) backward(layer int, dy []float32) {
	if r.grids[layer].Step == 0 {
		return
	}
	for i, clamped := range r.clamped[layer][:len(dy)] {
		if clamped {
			dy[i] = 0
		}
	}
}
