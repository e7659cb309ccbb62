package tflite_test

import (
	"encoding/binary"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/auscult/auscult/tflite"
)

// Where restructure breaks one thing of a valid graph, hostile keeps a graph consistent, so that it is read, and makes
// its shapes hostile: scalars, empty dimensions, axes that are negative, too large or named twice, types and constants
// that the operator does not expect.

// byteSource takes a fuzzer's bytes for random numbers, and others after them: generators draw until a thing fits.
type byteSource struct {
	data []byte
	then rand.Source
}

func (s *byteSource) Uint64() uint64 {
	if len(s.data) < 2 {
		return s.then.Uint64()
	}
	word := binary.LittleEndian.Uint16(s.data) // two bytes decide nearly all that is asked
	s.data = s.data[2:]
	return uint64(word) * 0x9E3779B97F4A7C15
}

// hostileShape gives a shape of up to five small dimensions; none, or one of nothing, as often as any other.
func hostileShape(r *rand.Rand) []int {
	shape := make([]int, r.IntN(6))
	for i := range shape {
		shape[i] = oneOf(r, []int{0, 1, 1, 2, 3, 4, 8})
	}
	return shape
}

// hostileTypes are the types that tensors become.
var hostileTypes = []tflite.Type{
	tflite.Int8, tflite.Int8, tflite.Float32, tflite.Float32, tflite.Uint8, tflite.Int16, tflite.Int32, tflite.Int64,
	tflite.Bool, tflite.Float16,
}

// reshapeTensor gives a tensor another shape, and perhaps type, with all that belongs to it.
func reshapeTensor(r *rand.Rand, t *tflite.Tensor) {
	if r.IntN(3) > 0 {
		t.Shape = hostileShape(r)
	} else if len(t.Shape) > 0 {
		t.Shape = slices.Clone(t.Shape)
		t.Shape[r.IntN(len(t.Shape))] = oneOf(r, []int{0, 1, 2, 3, 7})
	}
	if r.IntN(4) == 0 {
		t.Type = oneOf(r, hostileTypes)
	}
	if r.IntN(6) == 0 {
		t.Signature = slices.Repeat([]int{-1}, max(len(t.Shape), 1))
	}
	if t.Quant != nil {
		n, axis := 1, 0
		if r.IntN(8) == 0 && len(t.Shape) > 0 {
			axis = r.IntN(len(t.Shape))
			n = max(t.Shape[axis], 1)
		}
		t.Quant = &tflite.Quantisation{
			Scales: slices.Repeat([]float32{t.Quant.Scales[0]}, n), ZeroPoints: make([]int64, n), Axis: axis,
		}
	}
	if t.Data != nil || r.IntN(12) == 0 {
		t.Data = hostileData(r, t)
	}
}

// hostileData makes constant data: of int32, what axes, shapes and amounts may be.
func hostileData(r *rand.Rand, t *tflite.Tensor) []byte {
	n := t.Type.Size()
	for _, d := range t.Shape {
		n *= d
	}
	data := make([]byte, n)
	if t.Type != tflite.Int32 && t.Type != tflite.Int64 {
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		return data
	}
	for i := 0; i+4 <= n; i += t.Type.Size() {
		v := int32(oneOf(r, []int{0, 1, 2, 3, -1, -2, -3, 4, 5, 8, -9, 1 << 30, -1 << 31, 1<<31 - 1}))
		binary.LittleEndian.PutUint32(data[i:], uint32(v))
		if t.Type == tflite.Int64 && v < 0 {
			binary.LittleEndian.PutUint32(data[i+4:], 1<<32-1)
		}
	}
	return data
}

// hostile makes a graph that Parse may read and whose operators get what they do not expect.
func hostile(r *rand.Rand) *tflite.Model {
	m, _ := makers[r.IntN(len(makers))].make(r)
	for i := range m.Tensors {
		if r.IntN(3) == 0 {
			reshapeTensor(r, &m.Tensors[i])
		}
	}
	for i := range m.Operators {
		o := &m.Operators[i]
		if o.Options != nil && r.IntN(3) == 0 {
			o.Options = smallOption(r, o.Options)
		}
		switch r.IntN(16) {
		case 0:
			o.Inputs = slices.Clone(o.Inputs[:max(len(o.Inputs)-1, 0)])
		case 1:
			o.Inputs = append(slices.Clone(o.Inputs), r.IntN(len(m.Tensors)))
		case 2:
			o.Outputs = o.Outputs[:max(len(o.Outputs)-1, 0)]
		}
	}
	return m
}

// smallOption changes an option: an axis, a mask, a flag.
func smallOption(r *rand.Rand, options any) any {
	v := reflect.New(reflect.TypeOf(options)).Elem()
	v.Set(reflect.ValueOf(options))
	if v.NumField() == 0 {
		return options
	}
	switch f := v.Field(r.IntN(v.NumField())); f.Kind() {
	case reflect.Bool:
		f.SetBool(!f.Bool())
	case reflect.Slice:
		f.Set(reflect.ValueOf([]int{r.IntN(9) - 4, r.IntN(9) - 4}[:r.IntN(3)]))
	case reflect.Float32:
		f.SetFloat(float64(oneOf(r, oddScales)))
	case reflect.String:
		f.SetString("other")
	default:
		f.SetInt(int64(oneOf(r, []int{0, 1, 2, 3, -1, -2, -5, 7, 31})))
	}
	return v.Interface()
}

// runHostile runs what NewInterpreter accepts, twice, and reports whether it did.
func runHostile(t *testing.T, m *tflite.Model) bool {
	t.Helper()
	it, err := tflite.NewInterpreter(m, smallLimits)
	if err != nil {
		checkError(t, err)
		return false
	}
	for i := range it.Inputs() {
		for j := range it.InputBytes(i) {
			it.InputBytes(i)[j] = byte(i + 37*j)
		}
	}
	it.Invoke()
	first := slices.Clone(it.OutputBytes(0))
	it.Reset()
	it.Invoke()
	if d := different(it.OutputBytes(0), first); d > 0 {
		t.Errorf("%s: %d bytes differ the second time", m.Description, d)
	}
	return true
}

// FuzzHostile checks that no graph of known operators panics, whatever its shapes are.
func FuzzHostile(f *testing.F) {
	r := rand.New(rand.NewPCG(6, 0))
	for range 64 {
		data := make([]byte, 200)
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		runHostile(t, hostile(rand.New(&byteSource{data, rand.NewPCG(7, 0)})))
	})
}

// TestHostile does what FuzzHostile does a fixed number of times, and demands that some of the graphs run.
func TestHostile(t *testing.T) {
	r := rand.New(rand.NewPCG(*mutationSeed, 3))
	n, ran := 60**mutations, 0
	for range n {
		if runHostile(t, hostile(r)) {
			ran++
		}
	}
	t.Logf("of %d graphs %d ran", n, ran)
	if ran < n/100 {
		t.Errorf("only %d of %d graphs ran", ran, n)
	}
}
