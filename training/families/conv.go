package families

import (
	"fmt"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/network"
)

func conv() Family {
	return Family{
		Name: ConvName, Help: "2 s pictures, for larger boards", Epochs: 12, Patience: 10, Most: 150, Turn: 4,
		Hears: "The convolutional family looks at a picture of the sound: it hears rhythm too, at many " +
			"times the cost.",
		describe: func(w Wanted) (Description, error) { return Conv(w.Bands, PictureFrames, w.Compression) },
	}
}

// convChannels are the channels after each halving.
var convChannels = []int{32, 64, 128, 256}

// Conv describes the convolutional autoencoder on windows of bands x frames
// cells, both multiples of 16. compression is how many cells there are to one
// value of the bottleneck: a power of two, 4 to 256.
func Conv(bands, frames, compression int) (Description, error) {
	deepest := convChannels[len(convChannels)-1]
	if err := halvable(ConvName, bands, frames, len(convChannels)); err != nil {
		return Description{}, err
	}
	if err := compressible(compression, deepest); err != nil {
		return Description{}, err
	}
	c := network.NewChain(network.Shape{H: bands, W: frames, C: 1})
	for _, ch := range convChannels {
		c.Conv2D(ch, 3, 2, false).BatchNorm().ReLU()
	}
	c.Conv2D(deepest/compression, 1, 1, false).BatchNorm()
	c.Conv2D(deepest, 1, 1, false).BatchNorm().ReLU()
	mirror(c, convChannels)
	return Description{
		Name:      ConvName,
		Bands:     bands,
		Window:    model.Window{Frames: frames, StrideFrames: frames / 4, Layout: model.BandMajor},
		Layers:    c.Specs(),
		Batch:     16,
		Objective: restoring{},
	}, nil
}

// compressible checks how many cells there are to a value of the bottleneck.
func compressible(compression, most int) error {
	if compression < 4 || compression > most || most%compression != 0 {
		return fmt.Errorf("families: compression %d: must be a power of two, 4 to %d", compression, most)
	}
	return nil
}

// mirror appends the way back up from the last of some channels to one channel of cells.
func mirror(c *network.Chain, channels []int) {
	for i := len(channels) - 2; i >= 0; i-- {
		c.ConvTranspose2D(channels[i], 3, 2, false).BatchNorm().ReLU()
	}
	c.ConvTranspose2D(1, 3, 2, true).Sigmoid()
}

// halvable checks a window that a family halves some times along both axes.
func halvable(name string, bands, frames, times int) error {
	halvings := 1 << times
	if bands < halvings || frames < halvings || bands%halvings != 0 || frames%halvings != 0 || bands > maxCells ||
		frames > maxCells || bands*frames > maxCells {
		return fmt.Errorf("families: %s on %d bands of %d frames: both must be multiples of %d, at most %d cells",
			name, bands, frames, halvings, maxCells)
	}
	return nil
}
