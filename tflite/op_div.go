package tflite

import (
	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/schema"
)

// Div divides elements, with broadcasting.
const Div Op = schema.OpDiv

var divDefinition = definition{
	newest:  2,
	options: coded(schema.OptionsDiv, readDiv),
	variants: []variant{
		{output: Float32, least: 2, most: 2, prepare: func(c *checker) step {
			return joinReals(c, c.o.Options.(DivOptions).Activation, func(a, b float32) float32 { return a / b })
		}},
	},
}

// DivOptions belongs to Div.
type DivOptions struct {
	Activation Activation
}

func readDiv(t flat.Table) (DivOptions, error) {
	return DivOptions{Activation: Activation(t.Uint8("activation", schema.DivActivation, 0))}, nil
}

func (p DivOptions) verify() error { return p.Activation.verify() }

func (p DivOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.DivFields)
	w.b.PrependInt8Slot(schema.DivActivation, int8(p.Activation), 0)
	return w.b.EndObject()
}
