package ptq

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/nn"
)

// divergenceRoom is how far above the highest divergence of normal sound, raised or
// not, its codes reach: what is not normal must not look like the worst of it.
const divergenceRoom = 2

// Log variances are kept within these, as far as codes are concerned: a latent value that varies 7 times as much as
// normal sound's, or a 400th, tells no more.
const (
	leastLogVar = -12
	mostLogVar  = 4
)

// latentCodes chooses the codes of operator i, which is about log variances or the
// divergence. Runtimes add within 1/1024, so a step is not much finer than that of the
// sum.
func (b *builder) latentCodes(i int) codes {
	high := func(do action) float64 {
		at := slices.IndexFunc(b.ops, func(op operator) bool { return op.do == do })
		return b.spans[at].high
	}
	squares := high(square)
	powers := high(exponent)
	sum := fit(0, squares+powers-leastLogVar) // wide enough for both sums
	floored := func(c codes) codes {
		const finest = 1.0 / 512
		if c.scale >= finest*sum.scale {
			return c
		}
		return codes{scale: finest * sum.scale, zero: c.zero}
	}
	switch b.ops[i].do {
	case square:
		return floored(fit(0, squares))
	case exponent:
		return floored(fit(0, powers))
	case gather, lessen:
		return sum
	case divergence:
		return fit(0, divergenceRoom*b.spans[i].high)
	}
	return floored(fit(b.spans[i].low, b.spans[i].high))
}

// side writes an operator of the divergence of latent values.
func (b *builder) side(op operator, name string, to codes) {
	shape := []int{1, op.out.H, op.out.W, op.out.C}
	var made tflite.Operator
	switch op.do {
	case square:
		made = tflite.Operator{Op: tflite.Mul, Version: versionMul, Inputs: []int{b.at.tensor, b.at.tensor}, Options: tflite.MulOptions{}}
	case exponent:
		made = tflite.Operator{Op: tflite.Exp, Version: versionExp, Inputs: []int{b.logvars.tensor}}
	case gather:
		made = tflite.Operator{Op: tflite.Add, Version: versionAdd, Inputs: []int{b.squares.tensor, b.last.tensor}, Options: tflite.AddOptions{}}
	case lessen:
		made = tflite.Operator{Op: tflite.Sub, Version: versionSub, Inputs: []int{b.last.tensor, b.logvars.tensor}, Options: tflite.SubOptions{}}
	default:
		made, name = b.sum(op), "divergence"
	}
	b.last = b.append(name, made, shape, to)
	switch op.do {
	case square:
		b.squares = b.last
	case divergence:
		b.extra = append(b.extra, b.last.tensor)
	}
}

// sum returns the operator that adds half of each value less one over all positions.
func (b *builder) sum(op operator) tflite.Operator {
	in := b.net.Specs()[op.layer].Out
	return b.overall("divergence", in, b.last, 0.5, -float64(in.H*in.W)/2)
}

// overall returns the operator that gives, of each channel, factor times the sum over all
// positions, and an offset: a depthwise convolution as large as its input.
func (b *builder) overall(name string, in nn.Shape, from value, factor, offset float64) tflite.Operator {
	scale := float32(factor / 127)
	q := quantised{shape: []int{1, in.H, in.W, in.C}, weights: bytes.Repeat([]byte{127}, in.Size()), axis: 3}
	bias := math.RoundToEven(offset / float64(from.scale*scale))
	for range in.C {
		q.scales, q.biasScales = append(q.scales, scale), append(q.biasScales, from.scale*scale)
		q.bias = binary.LittleEndian.AppendUint32(q.bias, uint32(int32(max(-maxBias, min(bias, maxBias)))))
	}
	kernel, offsets := b.weights(name, q, in.C)
	return tflite.Operator{Op: tflite.DepthwiseConv2D, Version: versionDepthwise, Inputs: []int{from.tensor, kernel, offsets},
		Options: tflite.DepthwiseConv2DOptions{Padding: tflite.Valid, StrideH: 1, StrideW: 1, DepthMultiplier: 1, DilationH: 1, DilationW: 1}}
}

// pooledRoom is by how much the codes of a mean over positions reach beyond what it was on
// normal sound, raised or not.
const pooledRoom = 1.5
