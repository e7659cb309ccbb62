package tflite

import (
	"fmt"
	"math"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/schema"
)

// Activation is a function that an operator applies to its result.
type Activation int8

// Activations. The Interpreter runs all but ActTanh and ActSignBit.
const (
	ActNone      Activation = schema.ActivationNone
	ActRelu      Activation = schema.ActivationRelu     // max(x, 0)
	ActReluN1To1 Activation = schema.ActivationReluN1To // clamp to -1..1
	ActRelu6     Activation = schema.ActivationRelu6    // clamp to 0..6
	ActTanh      Activation = schema.ActivationTanh
	ActSignBit   Activation = schema.ActivationSignBit
)

// String gives the schema's name, for example "RELU".
func (a Activation) String() string {
	names := [...]string{"NONE", "RELU", "RELU_N1_TO_1", "RELU6", "TANH", "SIGN_BIT"}
	if a < 0 || int(a) >= len(names) {
		return fmt.Sprintf("activation %d", int8(a))
	}
	return names[a]
}

func (a Activation) verify() error {
	if a < ActNone || a > ActSignBit {
		return fmt.Errorf("unknown %v", a)
	}
	return nil
}

// fused gives the activation of an operator of two elements; the options of some have none.
func (c *checker) fused() Activation {
	if p, ok := c.o.Options.(interface{ fused() Activation }); ok {
		return p.fused()
	}
	return ActNone
}

// activation writes options that are but a fused activation.
func (w *writer) activation(fields, id int, a Activation) flatbuffers.UOffsetT {
	w.b.StartObject(fields)
	w.b.PrependInt8Slot(id, int8(a), 0)
	return w.b.EndObject()
}

// floatRange gives the limits of a fused activation.
func (c *checker) floatRange(a Activation) (lo, hi float32) {
	inf := float32(math.Inf(1))
	switch a {
	case ActNone:
		return -inf, inf
	case ActRelu:
		return 0, inf
	case ActRelu6:
		return 0, 6
	case ActReluN1To1:
		return -1, 1
	}
	c.fail("the fused activation %v is not supported", a)
	return 0, 0
}

// codeRange gives the codes of out that a fused activation leaves. The limits are rounded with halves to even, as the
// delegate does, or as the reference kernels do.
func (c *checker) codeRange(a Activation, out tensor) (lo, hi int32) {
	if c.reference() {
		return c.referenceRange(a, out)
	}
	return c.limits(a, -128, 127, func(x float32) int32 {
		v := float32(float32(x/out.Scale) + float32(out.ZeroPoint))
		return int32(math.RoundToEven(float64(min(max(v, -128), 127))))
	})
}

// referenceRange is codeRange for what TFLite's own kernels compute in either profile: halves go away from zero.
func (c *checker) referenceRange(a Activation, out tensor) (lo, hi int32) {
	least, most := c.codesOf(out)
	return c.limits(a, least, most, func(x float32) int32 {
		v := math.Round(float64(float32(x/out.Scale))) + float64(out.ZeroPoint)
		return int32(min(max(v, float64(least)), float64(most)))
	})
}

// codesOf gives the least and the largest code of a tensor.
func (c *checker) codesOf(t tensor) (least, most int32) {
	if c.err != nil {
		return 0, 0
	}
	lo, hi := c.m.Tensors[t.index].Type.zeroPointRange()
	return int32(lo), int32(hi)
}

// limits turns floatRange's limits to codes. A range without a limit ends with the codes.
func (c *checker) limits(a Activation, least, most int32, code func(x float32) int32) (lo, hi int32) {
	low, high := c.floatRange(a)
	if c.err != nil {
		return 0, 0
	}
	lo, hi = least, most
	if !math.IsInf(float64(low), 0) {
		lo = code(low)
	}
	if !math.IsInf(float64(high), 0) {
		hi = code(high)
	}
	return lo, hi
}
