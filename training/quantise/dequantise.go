package quantise

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/auscult/auscult/tflite"
)

// Dequantise returns the graph of an int8 model in float32: its weights are the
// numbers that the codes stand for, and nothing between the layers is rounded.
// That is what int8 saves, and costs, with everything else alike.
func Dequantise(m *tflite.Model) (*tflite.Model, error) {
	out := *m
	out.Tensors = make([]tflite.Tensor, len(m.Tensors))
	out.Metadata = nil
	isShape := shapeInputs(m)
	for i := range m.Tensors {
		t := m.Tensors[i]
		if t.Type == tflite.Float32 || isShape[i] || t.Quant == nil && (t.Type == tflite.Int32 || t.Type == tflite.Int64) {
			out.Tensors[i] = t
			continue
		}
		q := t.Quant
		if q == nil || len(q.Scales) == 0 || t.Type != tflite.Int8 && t.Type != tflite.Int32 {
			return nil, fmt.Errorf("quantise: tensor %q is %v without a scale: there is no float32 form of it",
				t.Name, t.Type)
		}
		t.Type, t.Quant = tflite.Float32, nil
		if t.Data != nil {
			t.Data = decode(m.Tensors[i])
		}
		out.Tensors[i] = t
	}
	var err error
	out.Operators, out.Outputs, err = withoutQuantize(m)
	return &out, err
}

// withoutQuantize returns a model's operators without those that only bring codes to others,
// and its outputs.
func withoutQuantize(m *tflite.Model) ([]tflite.Operator, []int, error) {
	same := map[int]int{} // what a tensor was before
	before := func(list []int) []int {
		list = slices.Clone(list)
		for i, t := range list {
			if from, ok := same[t]; ok {
				list[i] = from
			}
		}
		return list
	}
	var operators []tflite.Operator
	for _, op := range m.Operators {
		op.Inputs = before(op.Inputs)
		switch {
		case op.Op == tflite.Quantize && m.Tensors[op.Inputs[0]].Type == tflite.Int8 &&
			m.Tensors[op.Outputs[0]].Type == tflite.Int8:
			same[op.Outputs[0]] = op.Inputs[0]
			continue
		case op.Op == tflite.Quantize || op.Op == tflite.Dequantize:
			return nil, nil, fmt.Errorf("quantise: the operator %v has no float32 form", op.Op)
		}
		operators = append(operators, op)
	}
	return operators, before(m.Outputs), nil
}

// shapeInputs marks the tensors that say a shape or how often, which stay whole
// numbers.
func shapeInputs(m *tflite.Model) map[int]bool {
	marks := map[int]bool{}
	for _, op := range m.Operators {
		switch op.Op {
		case tflite.TransposeConv:
			marks[op.Inputs[0]] = true
		case tflite.Reshape, tflite.Tile, tflite.Pad:
			for _, i := range op.Inputs[1:] {
				marks[i] = true
			}
		}
	}
	return marks
}

// decode returns the float32 values of a constant.
func decode(t tflite.Tensor) []byte {
	size := t.Type.Size()
	inner := 1 // values between two indices along the axis
	for _, d := range t.Shape[min(t.Quant.Axis+1, len(t.Shape)):] {
		inner *= d
	}
	data := make([]byte, 0, len(t.Data)/size*4)
	for i := 0; i < len(t.Data); i += size {
		k := 0
		if n := len(t.Quant.Scales); n > 1 {
			k = i / size / inner % n
		}
		var code int64
		if size == 1 {
			code = int64(int8(t.Data[i]))
		} else {
			code = int64(int32(binary.LittleEndian.Uint32(t.Data[i:])))
		}
		value := float64(code-t.Quant.ZeroPoints[k]) * float64(t.Quant.Scales[k])
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(float32(value)))
	}
	return data
}
