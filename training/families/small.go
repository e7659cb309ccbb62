package families

import (
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/network"
)

func small() Family {
	return Family{
		Name: SmallName, Help: "2 s pictures, depthwise, for a Pi Zero", Epochs: 60, Turn: 3,
		describe: func(w Wanted) (Description, error) { return Small(w.Bands, PictureFrames, w.Compression) },
	}
}

// smallChannels are the channels after each halving.
var smallChannels = []int{8, 16, 32, 64}

// separableEncoder appends small's way down, depthwise separable.
func separableEncoder(c *network.Chain) {
	c.Conv2D(smallChannels[0], 3, 2, false).BatchNorm().ReLU()
	for _, ch := range smallChannels[1:] {
		c.DepthwiseConv2D(3, 2, false).BatchNorm().ReLU()
		c.Conv2D(ch, 1, 1, false).BatchNorm().ReLU()
	}
}

// Small describes the depthwise separable autoencoder on windows of bands x
// frames cells, both multiples of 16. compression is Conv's, 4 to 64.
func Small(bands, frames, compression int) (Description, error) {
	halvings := 1 << len(smallChannels)
	positions := halvings * halvings // cells to a position of the bottleneck
	if err := halvable(SmallName, bands, frames, len(smallChannels)); err != nil {
		return Description{}, err
	}
	if err := compressible(compression, positions/4); err != nil {
		return Description{}, err
	}
	c := network.NewChain(network.Shape{H: bands, W: frames, C: 1})
	separableEncoder(c)
	c.Conv2D(positions/compression, 1, 1, false).BatchNorm()
	c.Conv2D(smallChannels[len(smallChannels)-1], 1, 1, false).BatchNorm().ReLU()
	mirror(c, smallChannels)
	return Description{
		Name:      SmallName,
		Bands:     bands,
		Window:    model.Window{Frames: frames, StrideFrames: frames / 4, Layout: model.BandMajor},
		Layers:    c.Specs(),
		Batch:     16,
		Objective: restoring{},
	}, nil
}
