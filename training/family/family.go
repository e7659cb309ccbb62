package family

import (
	"fmt"
	"strings"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/nn"
)

// Names of the families, as settings and command lines have them.
const (
	DenseName       = "dense"
	ConvName        = "conv"
	SmallName       = "small"
	ContrastName    = "contrast"
	VAEName         = "vae"
	ConditionedName = "conditioned"
)

// Defaults of the families.
const (
	DenseFrames        = 5
	ConvFrames         = 64
	SmallFrames        = 64
	ContrastFrames     = 64
	VAEFrames          = 64
	DefaultCompression = 16
)

// Description is one autoencoder before training.
type Description struct {
	Name   string
	Bands  int
	Window model.Window // StrideFrames is a proposal
	Layers []nn.Spec
	// Standardise puts the standardisation of the package comment around the
	// layers.
	Standardise Standardise
	// Outputs say what the exported model gives, as settings have it; nil means a
	// reconstruction alone.
	Outputs []model.Role
	// Encoder, if not 0, is how many layers the model keeps; the others are there
	// to train them. Such a family learns to tell windows from each other.
	Encoder int
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

// InputShape returns the shape of the input and output tensor.
func (d Description) InputShape() []int {
	if d.Window.Layout == model.FrameMajor {
		return []int{1, d.Window.Frames * d.Bands}
	}
	return []int{1, d.Bands, d.Window.Frames, 1}
}

// Bottleneck returns the number of values between encoder and decoder, or of an
// encoder's output.
func (d Description) Bottleneck() int {
	least := d.Layers[0].In.Size()
	for _, s := range d.Layers {
		least = min(least, s.Out.Size())
	}
	return least
}

const maxCells = 1 << 16

// denseWidths are the outputs of the dense family's layers but the last.
var denseWidths = []int{128, 128, 128, 128, denseBottleneck, 128, 128, 128, 128}

const denseBottleneck = 8

// Dense describes the fully connected autoencoder on windows of frames x bands
// cells.
func Dense(frames, bands int) (Description, error) {
	if frames < 1 || bands < 1 || frames > maxCells || bands > maxCells || frames*bands > maxCells {
		return Description{}, fmt.Errorf("family: dense on %d frames of %d bands: need 1 to %d cells", frames, bands, maxCells)
	}
	c := nn.NewChain(nn.Shape{H: 1, W: 1, C: frames * bands})
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
	}, nil
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
	if compression < 4 || compression > deepest || deepest%compression != 0 {
		return Description{}, fmt.Errorf("family: compression %d: must be a power of two, 4 to %d", compression, deepest)
	}
	c := nn.NewChain(nn.Shape{H: bands, W: frames, C: 1})
	for _, ch := range convChannels {
		c.Conv2D(ch, 3, 2, false).BatchNorm().ReLU()
	}
	c.Conv2D(deepest/compression, 1, 1, false).BatchNorm()
	c.Conv2D(deepest, 1, 1, false).BatchNorm().ReLU()
	mirror(c, convChannels)
	return Description{
		Name:   ConvName,
		Bands:  bands,
		Window: model.Window{Frames: frames, StrideFrames: frames / 4, Layout: model.BandMajor},
		Layers: c.Specs(),
		Batch:  16,
	}, nil
}

// smallChannels are the channels after each halving.
var smallChannels = []int{8, 16, 32, 64}

// separableEncoder appends small's way down, depthwise separable.
func separableEncoder(c *nn.Chain) {
	c.Conv2D(smallChannels[0], 3, 2, false).BatchNorm().ReLU()
	for _, ch := range smallChannels[1:] {
		c.DepthwiseConv2D(3, 2, false).BatchNorm().ReLU()
		c.Conv2D(ch, 1, 1, false).BatchNorm().ReLU()
	}
}

// mirror appends the way back up from the last of some channels to one channel of cells.
func mirror(c *nn.Chain, channels []int) {
	for i := len(channels) - 2; i >= 0; i-- {
		c.ConvTranspose2D(channels[i], 3, 2, false).BatchNorm().ReLU()
	}
	c.ConvTranspose2D(1, 3, 2, true).Sigmoid()
}

// halvable checks a window that a family halves some times along both axes.
func halvable(name string, bands, frames, times int) error {
	halvings := 1 << times
	if bands < halvings || frames < halvings || bands%halvings != 0 || frames%halvings != 0 || bands > maxCells || frames > maxCells || bands*frames > maxCells {
		return fmt.Errorf("family: %s on %d bands of %d frames: both must be multiples of %d, at most %d cells", name, bands, frames, halvings, maxCells)
	}
	return nil
}

// Small describes the depthwise separable autoencoder on windows of bands x
// frames cells, both multiples of 16. compression is Conv's, 4 to 64.
func Small(bands, frames, compression int) (Description, error) {
	halvings := 1 << len(smallChannels)
	positions := halvings * halvings // cells to a position of the bottleneck
	if err := halvable(SmallName, bands, frames, len(smallChannels)); err != nil {
		return Description{}, err
	}
	if compression < 4 || compression > positions/4 || positions%compression != 0 {
		return Description{}, fmt.Errorf("family: compression %d: must be a power of two, 4 to %d", compression, positions/4)
	}
	c := nn.NewChain(nn.Shape{H: bands, W: frames, C: 1})
	separableEncoder(c)
	c.Conv2D(positions/compression, 1, 1, false).BatchNorm()
	c.Conv2D(smallChannels[len(smallChannels)-1], 1, 1, false).BatchNorm().ReLU()
	mirror(c, smallChannels)
	return Description{
		Name:   SmallName,
		Bands:  bands,
		Window: model.Window{Frames: frames, StrideFrames: frames / 4, Layout: model.BandMajor},
		Layers: c.Specs(),
		Batch:  16,
	}, nil
}

// Names lists the families that need nothing but sound; Conditioned needs more.
func Names() []string { return []string{DenseName, ConvName, SmallName, VAEName, ContrastName} }

// ByName describes a family with its default window. Only one that takes operating
// conditions asks how many there are.
func ByName(name string, bands, compression, conditions int) (Description, error) {
	switch name {
	case DenseName:
		return Dense(DenseFrames, bands)
	case ConvName:
		return Conv(bands, ConvFrames, compression)
	case SmallName:
		return Small(bands, SmallFrames, compression)
	case VAEName:
		return VAE(bands, VAEFrames, compression)
	case ContrastName:
		return Contrast(bands, ContrastFrames)
	case ConditionedName:
		return Conditioned(DenseFrames, bands, conditions)
	}
	return Description{}, fmt.Errorf("family: unknown model %q: use %s or %s", name, strings.Join(Names(), ", "), ConditionedName)
}
