package tflitetest

import (
	"math"

	"github.com/auscult/auscult/tflite"
)

// classifier makes convolution, pooling, dense layer and shares.
func (g *generator) classifier() {
	x := g.dense(g.flatten(g.pool(g.conv(g.image(), tflite.Same, tflite.ActRelu))))
	g.Output(g.same(tflite.Softmax, 2, tflite.SoftmaxOptions{Beta: 1}, Code{1.0 / 256, -128}, x))
}

// bordered makes a convolution between float32 borders.
func (g *generator) bordered() {
	x := g.FloatInput(1, g.between(2, 6), g.between(2, 6), g.between(1, 8))
	x = g.pad(g.same(tflite.Quantize, 1, nil, g.code(), x), 2)
	g.Output(g.dequantize(g.conv(x, tflite.Valid, tflite.ActNone)))
}

// convReluConv makes an activation between two convolutions.
func (g *generator) convReluConv() {
	x := g.conv(g.image(), tflite.Same, tflite.ActNone)
	op := tflite.Relu
	if g.bool() {
		op = tflite.Relu6
	}
	q := g.quant(x) // an unchanged quantisation invites fusing
	if g.bool() {
		q = g.near(q, 2)
	}
	g.Output(g.conv(g.same(op, 2, nil, q, x), tflite.Same, g.activation()))
}

// residual makes the sum of an image and of its convolution.
func (g *generator) residual() {
	x := g.image()
	y := g.conv1x1(x, g.shape(x)[3])
	// ADD bounds the ratio of scales, so the convolution's is made to suit.
	g.Model.Tensors[y].Quant.Scales[0] = g.near(g.quant(x), 20).Scale
	z := g.Activation(g.near(g.quant(y), 4), g.shape(x)...)
	g.Output(g.Op(tflite.Add, 2, tflite.AddOptions{Activation: g.activation()}, z, x, y))
	g.Output(y)
}

// separableTranspose makes a separable convolution and a transposed one.
func (g *generator) separableTranspose() {
	x := g.depthwise(g.image())
	x = g.conv1x1(x, g.channels())
	x = g.transposeConv(x)
	g.Output(g.same(tflite.Logistic, 2, nil, Code{1.0 / 256, -128}, x))
}

// upsample makes rows stand twice, and a convolution of them.
func (g *generator) upsample() {
	x := g.image()
	s := g.shape(x)
	y := g.Activation(g.quant(x), s[0], s[1], 1, s[2], s[3])
	size := g.ints(s[0], s[1], 1, s[2], s[3])
	x = g.Op(tflite.Reshape, 1, tflite.ReshapeOptions{}, y, x, size)
	y = g.Activation(g.quant(x), s[0], s[1], 2, s[2], s[3])
	x = g.Op(tflite.Tile, 2, nil, y, x, g.ints(1, 1, 2, 1, 1))
	y = g.Activation(g.quant(x), s[0], 2*s[1], s[2], s[3])
	size = g.ints(s[0], 2*s[1], s[2], s[3])
	x = g.Op(tflite.Reshape, 1, tflite.ReshapeOptions{}, y, x, size)
	g.Output(g.conv(x, tflite.Same, g.activation()))
}

// latent makes what a variational autoencoder exports beside its reconstruction: the
// square of means and the exponential of log variances, summed over all positions by
// a depthwise convolution as large as they are.
func (g *generator) latent() {
	x := g.image()
	s := g.shape(x)
	mean, logvar := g.conv1x1(x, s[3]), g.conv1x1(x, s[3])
	step := g.logUniform(0.01, 0.05)
	g.Model.Tensors[logvar].Quant.Scales[0] = float32(step)
	g.Model.Tensors[mean].Quant.Scales[0] = float32(math.Sqrt(step) * g.logUniform(0.1, 1))
	near := func() Code { return g.near(g.quant(logvar), 4) }
	squares := g.Op(tflite.Mul, 2, tflite.MulOptions{}, g.Activation(near(), s...), mean, mean)
	powers := g.same(tflite.Exp, 2, nil, near(), logvar)
	sum := g.Op(tflite.Add, 2, tflite.AddOptions{}, g.Activation(near(), s...), squares, powers)
	g.Output(mean)
	g.Output(g.Op(tflite.Sub, 2, tflite.SubOptions{}, g.Activation(near(), s...), sum, logvar))
}

// classifierLayers makes a convolution, a depthwise one and a dense layer.
func (g *generator) classifierLayers() {
	x := g.image()
	g.Model.Tensors[x].Shape[0] = 1
	g.Output(g.dense(g.flatten(g.depthwise(g.conv(x, tflite.Same, tflite.ActRelu)))))
}

// flatten makes rows of images.
func (g *generator) flatten(x int) int {
	s := g.shape(x)
	n := s[1] * s[2] * s[3]
	p := tflite.ReshapeOptions{NewShape: []int{s[0], n}}
	return g.Op(tflite.Reshape, 1, p, g.like(x, s[0], n), x, g.ints(-1, n))
}
