package families

import (
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/network"
)

func vae() Family {
	return Family{
		Name: VAEName, Help: "conv with latent distributions", Epochs: 20, Turn: 6,
		describe: func(w Wanted) (Description, error) { return VAE(w.Bands, PictureFrames, w.Compression) },
	}
}

// VAE describes the variational autoencoder on windows of bands x frames cells, both
// multiples of 16: Conv's way down and up, with the means and variances of one latent
// value to compression cells between them. compression is Conv's.
func VAE(bands, frames, compression int) (Description, error) {
	if err := halvable(VAEName, bands, frames, len(convChannels)); err != nil {
		return Description{}, err
	}
	deepest := convChannels[len(convChannels)-1]
	if err := compressible(compression, deepest); err != nil {
		return Description{}, err
	}
	c := network.NewChain(network.Shape{H: bands, W: frames, C: 1})
	for _, ch := range convChannels {
		c.Conv2D(ch, 3, 2, false).BatchNorm().ReLU()
	}
	// No normalisation here: the divergence needs the values as they are.
	c.Conv2D(2*deepest/compression, 1, 1, true).Sample()
	c.Conv2D(deepest, 1, 1, false).BatchNorm().ReLU()
	mirror(c, convChannels)
	return Description{
		Name:      VAEName,
		Bands:     bands,
		Window:    model.Window{Frames: frames, StrideFrames: frames / 4, Layout: model.BandMajor},
		Layers:    c.Specs(),
		Outputs:   []model.Role{model.Reconstruction, model.Divergence},
		Batch:     16,
		Objective: restoring{},
	}, nil
}
