package tflite

import (
	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// Div divides elements, with broadcasting.
const Div Op = schema.OpDiv

var divDefinition = definition{
	newest:   2,
	options:  coded(schema.OptionsDiv, readDiv),
	variants: []variant{joiningKnown(func(a, b float32) float32 { return a / b }, kernels.Division)},
}

// DivOptions belongs to Div.
type DivOptions struct {
	Activation Activation
}

func readDiv(t flat.Table) (DivOptions, error) {
	return DivOptions{Activation: Activation(t.Uint8("activation", schema.DivActivation, 0))}, nil
}

func (p DivOptions) verify() error { return p.Activation.verify() }

func (p DivOptions) fused() Activation { return p.Activation }

func (p DivOptions) write(w *writer) flatbuffers.UOffsetT {
	return w.activation(schema.DivFields, schema.DivActivation, p.Activation)
}
