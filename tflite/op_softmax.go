package tflite

import (
	"math"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// Softmax turns numbers into shares of one along the last dimension.
const Softmax Op = schema.OpSoftmax

var softmaxDefinition = definition{
	newest:  3,
	options: coded(schema.OptionsSoftmax, readSoftmax),
	variants: []variant{
		{output: Int8, least: 1, most: 1, prepare: prepareSoftmax},
		{output: Int16, least: 1, most: 1, prepare: prepareWideSoftmax},
		{output: Float32, least: 1, most: 1, prepare: prepareFloatSoftmax},
	},
}

// SoftmaxOptions belongs to Softmax.
type SoftmaxOptions struct {
	Beta float32 // factor of the input before the exponential
}

func readSoftmax(t flat.Table) (SoftmaxOptions, error) {
	return SoftmaxOptions{Beta: t.Float32("beta", schema.SoftmaxBeta)}, nil
}

func (p SoftmaxOptions) verify() error { return nil }

func (p SoftmaxOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.SoftmaxFields)
	w.b.PrependFloat32Slot(schema.SoftmaxBeta, p.Beta, 0)
	return w.b.EndObject()
}

// prepareSoftmax follows TFLite's own kernel, with a table of exponentials in float32.
func prepareSoftmax(c *checker) step {
	in, out := c.codesIn(0), c.codesOut()
	c.wantShape(out.shape, in.shape...)
	if c.err != nil {
		return step{}
	}
	if len(in.shape) == 0 || out.ZeroPoint != -128 || math.Abs(float64(out.Scale)-1.0/256) > 0.001/256 {
		c.fail("output 0 has scale %v and zero point %d, needs 1/256 and -128", out.Scale, out.ZeroPoint)
	}
	beta := c.o.Options.(SoftmaxOptions).Beta
	if math.IsNaN(float64(beta)) || beta <= 0 || float32(beta*in.Scale) > math.MaxFloat32 {
		c.fail("beta is %v", beta)
	}
	if !c.afford(2 * 1024) {
		return step{}
	}
	return unaryStep(kernels.NewSoftmax(c.left.impl, in.Scale, beta, out.Code, in.shape[len(in.shape)-1]), out, in)
}

func prepareFloatSoftmax(c *checker) step {
	in, out := c.realsIn(0), c.realsOut()
	c.wantShape(out.shape, in.shape...)
	if c.err == nil && len(in.shape) == 0 {
		c.fail("input 0 has no dimensions")
	}
	beta := c.o.Options.(SoftmaxOptions).Beta
	if !(beta > 0 && beta <= math.MaxFloat32) {
		c.fail("beta is %v", beta)
	}
	if !c.afford(0) {
		return step{}
	}
	return unaryStep(kernels.NewFloatSoftmax(c.left.impl, beta, in.shape[len(in.shape)-1]), out, in)
}

func prepareWideSoftmax(c *checker) step {
	in, out := c.wideIn(0), c.wideOut()
	c.wantShape(out.shape, in.shape...)
	if c.err == nil && len(in.shape) == 0 {
		c.fail("input 0 has no dimensions")
	}
	if !c.afford(2 * curveBytes) {
		return step{}
	}
	depth := in.shape[len(in.shape)-1]
	factor := float32(in.Scale * c.o.Options.(SoftmaxOptions).Beta)
	k, ok := kernels.NewWideSoftmax(float64(factor), depth)
	if !ok || depth > 1<<15 {
		c.fail("input scale times beta is %v, and rows have %d elements", factor, depth)
	}
	return unaryStep(k, out, in)
}
