package families

import (
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/network"
)

// Description is one autoencoder before training.
type Description struct {
	Name   string
	Bands  int
	Window model.Window // StrideFrames is a proposal
	Layers []network.Spec
	// Standardise puts the standardisation of the package comment around the
	// layers.
	Standardise Standardise
	// Outputs say what the exported model gives, as settings have it; nil means a
	// reconstruction alone.
	Outputs []model.Role
	// Objective is what training makes small.
	Objective Objective
	// Batch is the proposed number of windows in a training step.
	Batch int
}

// Params returns the number of trained values.
func (d Description) Params() int {
	n := 0
	for _, s := range d.Layers {
		n += s.Params()
	}
	return n
}

// MACs returns the multiply-accumulates of one window.
func (d Description) MACs() int64 {
	var n int64
	for _, s := range d.Layers {
		n += s.MACs()
	}
	return n
}

const maxCells = 1 << 16
