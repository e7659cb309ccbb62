package families

import (
	"fmt"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/network"
)

func dense() Family {
	return Family{
		Name: DenseName, Help: "5 frames, for any board", Epochs: 30, Turn: 1,
		Hears: "The dense family looks at the spectrum of a moment: it runs on any board, and hears what " +
			"changes tone and level rather than rhythm.",
		describe: func(w Wanted) (Description, error) { return Dense(DenseFrames, w.Bands) },
	}
}

// denseWidths are the outputs of the dense family's layers but the last.
var denseWidths = []int{128, 128, 128, 128, denseBottleneck, 128, 128, 128, 128}

const denseBottleneck = 8

// Dense describes the fully connected autoencoder on windows of frames x bands
// cells.
func Dense(frames, bands int) (Description, error) {
	if frames < 1 || bands < 1 || frames > maxCells || bands > maxCells || frames*bands > maxCells {
		return Description{}, fmt.Errorf("families: dense on %d frames of %d bands: need 1 to %d cells",
			frames, bands, maxCells)
	}
	c := network.NewChain(network.Shape{H: 1, W: 1, C: frames * bands})
	for _, width := range denseWidths {
		c.Dense(width, false).BatchNorm().ReLU()
	}
	c.Dense(frames*bands, true)
	return Description{
		Name:        DenseName,
		Bands:       bands,
		Window:      model.Window{Frames: frames, StrideFrames: 1, Layout: model.FrameMajor},
		Layers:      c.Specs(),
		Standardise: PerBand,
		Batch:       128,
		Objective:   restoring{},
	}, nil
}
