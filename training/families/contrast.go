package families

import (
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/network"
)

// Sizes of the contrastive family.
const (
	embeddingSize  = 64
	projectionSize = 32
)

func contrast() Family {
	return Family{
		Name: ContrastName, Help: "an encoder that learns to tell moments apart", Epochs: 100, Turn: 5,
		describe: func(w Wanted) (Description, error) { return Contrast(w.Bands, PictureFrames) },
	}
}

// Contrast describes an encoder of windows of bands x frames cells, both multiples of
// 16, to a point among 64 axes, with the projection that trains it.
func Contrast(bands, frames int) (Description, error) {
	if err := halvable(ContrastName, bands, frames, len(smallChannels)); err != nil {
		return Description{}, err
	}
	c := network.NewChain(network.Shape{H: bands, W: frames, C: 1})
	separableEncoder(c)
	c.Conv2D(embeddingSize, 1, 1, true).MeanPool()
	encoder := len(c.Specs())
	c.Dense(embeddingSize, true).ReLU().Dense(projectionSize, true)
	return Description{
		Name:      ContrastName,
		Bands:     bands,
		Window:    model.Window{Frames: frames, StrideFrames: frames / 4, Layout: model.BandMajor},
		Layers:    c.Specs(),
		Outputs:   []model.Role{model.Embedding},
		Objective: telling{keep: encoder},
		Batch:     64,
	}, nil
}
