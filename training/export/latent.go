package export

import (
	"fmt"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/network"
)

// latent writes the layer that gives means and log variances, and the latent layer
// behind it, whose output are the means. It returns the output that holds the
// divergence: of each channel, (mean*mean + exp(logvar) - logvar - 1)/2, summed over
// positions.
func (b *builder) latent(layer int) (divergence int) {
	s := b.specs[layer+1]
	shape, picture := tensorShape(b.specs[layer], s.Out), []int{1, s.Out.H, s.Out.W, s.Out.C}
	half := func(name, constants string, p part) int {
		return b.append(name, b.multiply(p, constants, b.at, shape, tflite.ActNone), shape)
	}
	// The names are in every model there is, whose bytes stay.
	name := fmt.Sprintf("layer_%d", layer)
	step := func(what string, op tflite.Operator) int {
		return b.append(fmt.Sprintf("layer_%d_%s", layer+1, what), op, picture)
	}
	means := half(b.name(layer+1), name, part{layer: layer, to: s.Out.C})
	logvars := half(name+"_multiply", name+"_behind", part{layer: layer, from: s.Out.C, to: 2 * s.Out.C})
	squares := step("square", tflite.Operator{Op: tflite.Mul, Version: versionMul, Inputs: []int{means, means},
		Options: tflite.MulOptions{}})
	powers := step("exponent", tflite.Operator{Op: tflite.Exp, Version: versionExp, Inputs: []int{logvars}})
	sum := step("gather", tflite.Operator{Op: tflite.Add, Version: versionAdd, Inputs: []int{squares, powers},
		Options: tflite.AddOptions{}})
	rest := step("lessen", tflite.Operator{Op: tflite.Sub, Version: versionSub, Inputs: []int{sum, logvars},
		Options: tflite.SubOptions{}})
	b.at = means
	last := b.overall("divergence", s.Out, rest, 0.5, -float64(s.Out.H*s.Out.W)/2)
	return b.append("divergence", last, []int{1, 1, 1, s.Out.C})
}

// overall returns the operator that gives, of each channel, factor times the sum over all
// positions, and an offset: a depthwise convolution as large as its input.
func (b *builder) overall(name string, in network.Shape, from int, factor, offset float64) tflite.Operator {
	kernel, bias := make([]float32, in.Size()), make([]float32, in.C)
	for i := range kernel {
		kernel[i] = float32(factor)
	}
	for i := range bias {
		bias[i] = float32(offset)
	}
	k, o := b.weights(name, []int{1, in.H, in.W, in.C}, kernel, bias)
	return tflite.Operator{Op: tflite.DepthwiseConv2D, Version: versionDepthwise, Inputs: []int{from, k, o},
		Options: tflite.DepthwiseConv2DOptions{
			Padding: tflite.Valid, StrideH: 1, StrideW: 1, DepthMultiplier: 1, DilationH: 1, DilationW: 1,
		}}
}
