package tflite

import (
	"encoding/binary"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/schema"
)

// Shape gives the dimensions of a tensor, which are known before any of its values.
const Shape Op = schema.OpShape

var shapeDefinition = definition{
	newest:  1,
	options: coded(schema.OptionsShape, readShape),
	cost:    func(*checker) int64 { return 0 },
	static:  true,
	variants: []variant{
		{output: Int32, least: 1, most: 1, prepare: prepareShape},
		{output: Int64, least: 1, most: 1, prepare: prepareShape},
	},
}

// ShapeOptions belongs to Shape.
type ShapeOptions struct {
	OutType Type
}

func readShape(t flat.Table) (ShapeOptions, error) {
	return ShapeOptions{OutType: Type(int8(t.Uint8("out_type", schema.ShapeOutType, 0)))}, nil
}

func (p ShapeOptions) verify() error { return nil }

func (p ShapeOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.ShapeFields)
	w.b.PrependInt8Slot(schema.ShapeOutType, int8(p.OutType), 0)
	return w.b.EndObject()
}

func prepareShape(c *checker) step {
	shape := c.inShape(0)
	c.wantShape(c.outShape(), len(shape))
	if len(shape) == 0 {
		c.fail("input 0 has no dimensions")
	}
	if !c.afford(0) {
		return step{}
	}
	out, width := c.o.Outputs[0], c.out().Type.Size()
	return step{bind: func(mem *memory) func() {
		y := mem.tensors[out]
		return func() {
			for i, d := range shape {
				if width == 4 {
					binary.LittleEndian.PutUint32(y[4*i:], uint32(d))
				} else {
					binary.LittleEndian.PutUint64(y[8*i:], uint64(d))
				}
			}
		}
	}}
}
