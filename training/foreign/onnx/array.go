package onnx

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/auscult/auscult/hw/pcm"
	"github.com/auscult/auscult/training/foreign/onnx/schema"
	"github.com/auscult/auscult/training/graph"
)

// array is a tensor that is known while reading: weights, and what shapes are computed from.
// Whole numbers and truth values are exact up to 2^53, and beyond stand for "to the end".
type array struct {
	shape []int
	v     []float64
	whole bool // numbers that are cut when they are divided
}

func scalar(v float64, whole bool) *array { return &array{v: []float64{v}, whole: whole} }

func wholes(values ...int) *array {
	a := &array{shape: []int{len(values)}, whole: true}
	for _, n := range values {
		a.v = append(a.v, float64(n))
	}
	return a
}

// ints returns whole numbers within 32 bits.
func (a *array) ints() []int {
	out := make([]int, len(a.v))
	for i, v := range a.v {
		out[i] = int(max(math.MinInt32, min(v, math.MaxInt32)))
	}
	return out
}

// value returns the array as a constant of a graph.
func (a *array) value(name string) *graph.Value {
	f := make([]float32, len(a.v))
	for i, v := range a.v {
		f[i] = float32(v)
	}
	return graph.Floats(name, a.shape, f)
}

// checkShape checks the shape of an array, which may be empty where that of a graph may not.
func checkShape(shape []int) error {
	if slices.Contains(shape, 0) {
		shape = slices.DeleteFunc(slices.Clone(shape), func(n int) bool { return n == 0 })
	}
	return graph.CheckShape(shape)
}

// Types of elements, as TensorProto.DataType has them.
const (
	typeFloat  = 1
	typeUint8  = 2
	typeInt8   = 3
	typeUint16 = 4
	typeInt16  = 5
	typeInt32  = 6
	typeInt64  = 7
	typeBool   = 9
	typeHalf   = 10
	typeDouble = 11
	typeUint32 = 12
	typeBF16   = 16
)

// widths are the bytes of an element.
var widths = map[int32]int{
	typeFloat: 4, typeUint8: 1, typeInt8: 1, typeUint16: 2, typeInt16: 2, typeInt32: 4, typeInt64: 8, typeBool: 1,
	typeHalf: 2, typeDouble: 8, typeUint32: 4, typeBF16: 2,
}

func isWhole(kind int32) bool {
	return kind != typeFloat && kind != typeHalf && kind != typeDouble && kind != typeBF16
}

// arrayOf decodes a tensor, whose data may lie in another file.
func arrayOf(t *schema.TensorProto, outside func(*schema.TensorProto) ([]byte, error)) (*array, error) {
	fail := func(err error) (*array, error) {
		return nil, fmt.Errorf("onnx: the constant %.60q: %w", t.GetName(), err)
	}
	kind := t.GetDataType()
	width := widths[kind]
	if width == 0 {
		return fail(fmt.Errorf("elements of type %d are not read", kind))
	}
	a := &array{whole: isWhole(kind)}
	for _, d := range t.GetDims() {
		if d < 0 || d > graph.MaxValues {
			return fail(fmt.Errorf("a dimension of %d", d))
		}
		a.shape = append(a.shape, int(d))
	}
	if err := checkShape(a.shape); err != nil {
		return fail(err)
	}
	n, raw := graph.Size(a.shape), t.GetRawData()
	if t.GetDataLocation() == 1 {
		var err error
		if raw, err = outside(t); err != nil {
			return fail(err)
		}
		if len(raw) != n*width {
			return fail(fmt.Errorf("%d bytes in the file of weights, needs %d", len(raw), n*width))
		}
	}
	if len(raw) == 0 && n > 0 {
		a.v = listed(t, kind)
		if len(a.v) != n {
			return fail(fmt.Errorf("%d values of shape %v", len(a.v), a.shape))
		}
		return a, nil
	}
	if len(raw) != n*width {
		return fail(fmt.Errorf("%d bytes, shape %v needs %d", len(raw), a.shape, n*width))
	}
	a.v = make([]float64, n)
	for i := range a.v {
		a.v[i] = element(kind, raw[i*width:])
	}
	return a, nil
}

// element decodes one element.
func element(kind int32, b []byte) float64 {
	o := binary.LittleEndian
	switch kind {
	case typeFloat:
		return float64(math.Float32frombits(o.Uint32(b)))
	case typeDouble:
		return math.Float64frombits(o.Uint64(b))
	case typeHalf:
		return pcm.Half(o.Uint16(b))
	case typeBF16:
		return float64(math.Float32frombits(uint32(o.Uint16(b)) << 16))
	case typeUint8, typeBool:
		return float64(b[0])
	case typeInt8:
		return float64(int8(b[0]))
	case typeUint16:
		return float64(o.Uint16(b))
	case typeInt16:
		return float64(int16(o.Uint16(b)))
	case typeInt32:
		return float64(int32(o.Uint32(b)))
	case typeUint32:
		return float64(o.Uint32(b))
	}
	return float64(int64(o.Uint64(b)))
}

// listed returns values that are not in raw bytes.
func listed(t *schema.TensorProto, kind int32) (all []float64) {
	switch kind {
	case typeFloat:
		for _, v := range t.GetFloatData() {
			all = append(all, float64(v))
		}
	case typeDouble:
		return t.GetDoubleData()
	case typeInt64:
		for _, v := range t.GetInt64Data() {
			all = append(all, float64(v))
		}
	case typeHalf:
		for _, v := range t.GetInt32Data() {
			all = append(all, pcm.Half(uint16(v)))
		}
	case typeBF16:
		for _, v := range t.GetInt32Data() {
			all = append(all, float64(math.Float32frombits(uint32(v)<<16)))
		}
	default:
		for _, v := range t.GetInt32Data() {
			all = append(all, float64(v))
		}
	}
	return all
}

// pickFrom returns the elements of a at every place of a shape, from an offset on by steps.
func (a *array) pickFrom(shape, steps []int, offset int) *array {
	out := &array{shape: slices.Clone(shape), whole: a.whole, v: make([]float64, 0, graph.Size(shape))}
	graph.Walk(shape, steps, func(at int) { out.v = append(out.v, a.v[offset+at]) })
	return out
}

// transposed returns the array with its dimensions in another order.
func (a *array) transposed(order ...int) *array {
	shape, steps := graph.Permuted(a.shape, order)
	return a.pickFrom(shape, steps, 0)
}

// spread returns the array in a shape that it can be broadcast to.
func (a *array) spread(shape []int) *array {
	return a.pickFrom(shape, graph.Spread(a.shape, shape), 0)
}

// reshaped returns the array in another shape of as many values.
func (a *array) reshaped(shape ...int) *array {
	return &array{shape: slices.Clone(shape), v: a.v, whole: a.whole}
}
