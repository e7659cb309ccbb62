package tflite

import (
	"fmt"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// MirrorPad puts a tensor's own elements round it, mirrored.
const MirrorPad Op = schema.OpMirrorPad

var mirrorPadDefinition = definition{
	newest:   2,
	options:  coded(schema.OptionsMirrorPad, readMirrorPad),
	variants: moving(2, 2, prepareMirrorPad),
}

// MirrorPadOptions belongs to MirrorPad.
type MirrorPadOptions struct {
	Mode int // 0 leaves the border's elements out of the mirror picture, 1 repeats them
}

func readMirrorPad(t flat.Table) (MirrorPadOptions, error) {
	return MirrorPadOptions{Mode: int(t.Uint8("mode", schema.MirrorPadMode, 0))}, nil
}

func (p MirrorPadOptions) verify() error {
	if p.Mode != 0 && p.Mode != 1 {
		return fmt.Errorf("mode %d, must be 0 or 1", p.Mode)
	}
	return nil
}

func (p MirrorPadOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.MirrorPadFields)
	w.b.PrependInt8Slot(schema.MirrorPadMode, int8(p.Mode), 0)
	return w.b.EndObject()
}

func prepareMirrorPad(c *checker, in, out tensor, size int) step {
	before, want := c.padding(in)
	if c.err != nil {
		return step{}
	}
	edge := 1 - c.o.Options.(MirrorPadOptions).Mode // elements at the border that are not repeated
	for i, n := range in.shape {
		if most := n - edge; before[i] > most || want[i]-n-before[i] > most {
			c.fail("input 1 pads dimension %d of %d by %d and %d, more than its mirror picture has",
				i, n, before[i], want[i]-n-before[i])
			return step{}
		}
	}
	c.wantShape(out.shape, want...)
	if !c.afford(4 * int64(out.n)) {
		return step{}
	}
	strides := rowStrides(in.shape)
	from, index := make([]int32, out.n), make([]int, len(want))
	for i := range from {
		for d, n := range in.shape {
			at := index[d] - before[d]
			if at < 0 {
				at = -at - 1 + edge
			} else if at >= n {
				at = 2*n - 1 - at - edge
			}
			from[i] += int32(at * strides[d])
		}
		for d := len(index) - 1; d >= 0; d-- {
			if index[d]++; index[d] < want[d] {
				break
			}
			index[d] = 0
		}
	}
	return unaryStep(kernels.NewPicked(from, 1, size, nil), out, in)
}
