package tflite

import (
	"fmt"

	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// Padding says how a sliding window treats the border.
type Padding int8

// Paddings.
const (
	// Same pads with zero points so that output = ceil(input / stride).
	Same Padding = schema.PaddingSame
	// Valid does not pad.
	Valid Padding = schema.PaddingValid
)

// String gives "SAME" or "VALID".
func (p Padding) String() string {
	switch p {
	case Same:
		return "SAME"
	case Valid:
		return "VALID"
	}
	return fmt.Sprintf("padding %d", int8(p))
}

func (p Padding) verify() error {
	if p != Same && p != Valid {
		return fmt.Errorf("unknown %v", p)
	}
	return nil
}

// verifyExtents checks strides, dilations or the sides of a window.
func verifyExtents(what string, values ...int) error {
	for _, v := range values {
		if v < 1 || v > MaxExtent {
			return fmt.Errorf("%s %d, must be 1 to %d", what, v, MaxExtent)
		}
	}
	return nil
}

// image checks that a tensor has NHWC shape.
func (c *checker) image(what string, t tensor) kernels.Image {
	c.rank(what, t, 4)
	if c.err != nil {
		return kernels.Image{}
	}
	return kernels.Image{Batch: t.shape[0], H: t.shape[1], W: t.shape[2], C: t.shape[3]}
}

// place fills in the padding before an image that w slides over, and gives the number of its positions.
func (c *checker) place(w *kernels.Window, padding Padding, over kernels.Image) (rows, columns int) {
	rows, w.PadTop = c.slide(padding, over.H, axis{w.H, w.StrideH, w.DilationH})
	columns, w.PadLeft = c.slide(padding, over.W, axis{w.W, w.StrideW, w.DilationW})
	return rows, columns
}

// axis is a window along one dimension.
type axis struct{ kernel, stride, dilation int }

// maxReach bounds a dilated window so that positions fit 32-bit integers.
const maxReach = 1 << 30

// slide gives the number of positions of a window along one dimension and the
// padding before the first element.
func (c *checker) slide(padding Padding, size int, a axis) (positions, before int) {
	reach := int64(a.kernel-1)*int64(a.dilation) + 1
	if reach > maxReach {
		c.fail("a window of %d is too large", reach)
		return 0, 0
	}
	if padding == Valid {
		if reach > int64(size) {
			c.fail("a window of %d does not fit %d positions", reach, size)
			return 0, 0
		}
		return int((int64(size)-reach)/int64(a.stride)) + 1, 0
	}
	positions = int((int64(size) + int64(a.stride) - 1) / int64(a.stride))
	total := max(int64(positions-1)*int64(a.stride)+reach-int64(size), 0)
	return positions, int(total / 2)
}
