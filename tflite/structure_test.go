package tflite_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/auscult/auscult/tflite"
)

// odd are numbers that lengths, indices and strides dislike.
var odd = []int{-2, -1, 0, 1, 2, 3, 5, 7, 16, 17, 31, 33, 64, 255, 1 << 12, 1 << 16, 1<<31 - 1, -1 << 31}

// oddScales are scales that factors dislike, and two that they do not.
var oddScales = []float32{
	0, -1, float32(math.NaN()), float32(math.Inf(1)), math.SmallestNonzeroFloat32, 1e-38, 1e38, 1e-5, 300,
}

func oneOf[T any](r *rand.Rand, s []T) T { return s[r.IntN(len(s))] }

// restructure changes one to three things that a model says, where mutate changes
// bytes: shapes, types, who reads and writes what, quantisation, options.
func restructure(r *rand.Rand, m *tflite.Model) {
	for range 1 + r.IntN(3) {
		tensor := &m.Tensors[r.IntN(len(m.Tensors))]
		operator := &m.Operators[r.IntN(len(m.Operators))]
		switch r.IntN(11) {
		case 0:
			if len(tensor.Shape) > 0 {
				tensor.Shape = append([]int(nil), tensor.Shape...)
				tensor.Shape[r.IntN(len(tensor.Shape))] = oneOf(r, odd)
			}
		case 1:
			tensor.Shape = append([]int{oneOf(r, odd)}, tensor.Shape...)
		case 2:
			if len(tensor.Shape) > 0 {
				tensor.Shape = tensor.Shape[1:]
			}
		case 3:
			tensor.Type = oneOf(r, []tflite.Type{tflite.Int8, tflite.Float32, tflite.Int32})
		case 4:
			operator.Inputs = append([]int(nil), operator.Inputs...)
			if len(operator.Inputs) > 0 {
				operator.Inputs[r.IntN(len(operator.Inputs))] = r.IntN(len(m.Tensors)+2) - 1
			}
		case 5:
			operator.Outputs = []int{r.IntN(len(m.Tensors))}
		case 6:
			if q := tensor.Quant; q != nil {
				scale := oneOf(r, oddScales)
				tensor.Quant = &tflite.Quantisation{
					Scales: append([]float32{scale}, q.Scales[1:]...), ZeroPoints: q.ZeroPoints,
					Axis: oneOf(r, []int{q.Axis, 0, 1, 3, 9}),
				}
			} else {
				zeroPoint := oneOf(r, []int64{0, -128, 127, 128, math.MinInt64})
				tensor.Quant = &tflite.Quantisation{Scales: []float32{1}, ZeroPoints: []int64{zeroPoint}}
			}
		case 7:
			if operator.Options != nil {
				operator.Options = reoption(r, operator.Options)
			}
		case 8: // the whole model in float32
			for i := range m.Tensors {
				t := &m.Tensors[i]
				if t.Type == tflite.Int8 || t.Data != nil && t.Quant != nil {
					if t.Data != nil {
						t.Data = make([]byte, 4*len(t.Data)/t.Type.Size())
					}
					t.Type, t.Quant = tflite.Float32, nil
				}
			}
		case 9:
			tensor.Data = nil
		default:
			operator.Version = 1 + r.IntN(14)
		}
	}
}

// reoption changes a number in an options struct.
func reoption(r *rand.Rand, options any) any {
	v := reflect.New(reflect.TypeOf(options)).Elem()
	v.Set(reflect.ValueOf(options))
	if v.Kind() != reflect.Struct || v.NumField() == 0 {
		return options
	}
	if f := v.Field(r.IntN(v.NumField())); f.CanInt() {
		f.SetInt(int64(oneOf(r, odd)))
	}
	return v.Interface()
}

// familyTolerance bounds how far families of kernels may be apart in float32, relative to the largest output and to 1:
// they fuse products and sums, or do not.
const familyTolerance = 1e-4

// agree reports whether two families' outputs are the same codes and numbers, or nearly so where products of float32
// are in them.
func agree(m *tflite.Model, outputs []tflite.TensorInfo, a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	tolerance := 0.0
	if slices.ContainsFunc(m.Operators, func(o tflite.Operator) bool {
		return len(o.Outputs) > 0 && m.Tensors[o.Outputs[0]].Type == tflite.Float32 && slices.Contains(products, o.Op)
	}) {
		tolerance = familyTolerance
	}
	for _, info := range outputs {
		if info.Type != tflite.Float32 {
			return false
		}
		x, y := reals(a[:info.Bytes]), reals(b[:info.Bytes])
		a, b = a[info.Bytes:], b[info.Bytes:]
		largest := 1.0
		for i := range x {
			if v := math.Abs(x[i]); v > largest && !math.IsInf(v, 0) {
				largest = v
			}
		}
		for i := range x {
			same := x[i] == y[i] || math.IsNaN(x[i]) && math.IsNaN(y[i])
			if !same && !(math.Abs(x[i]-y[i]) <= tolerance*largest) {
				return false
			}
		}
	}
	return true
}

// products are the operators in which families of kernels add in other orders, or round products otherwise, in float32.
var products = []tflite.Op{
	tflite.Conv2D, tflite.DepthwiseConv2D, tflite.TransposeConv, tflite.FullyConnected, tflite.Mean, tflite.Sum,
	tflite.Logistic, tflite.Tanh, tflite.Softmax, tflite.Elu, tflite.Rsqrt, tflite.HardSwish,
}

// TestRestructured runs whatever NewInterpreter accepts of models that contradict
// themselves, with every family of kernels, and each must give the same bytes, or nearly the same numbers.
func TestRestructured(t *testing.T) {
	r := rand.New(rand.NewPCG(*mutationSeed, 2))
	ran, float := 0, 0
	n := 30 * *mutations
	for i := range n {
		m, input := makers[i%len(makers)].make(r)
		restructure(r, m)
		if data, err := m.Marshal(); err == nil {
			if back, err := tflite.Parse(data); err == nil {
				m = back
			}
		}
		var first []byte
		for _, k := range tflite.CPUs() {
			if k.Missing != "" {
				continue
			}
			opts := smallLimits
			opts.CPU = k.Name
			it, err := tflite.NewInterpreter(m, opts)
			if err != nil {
				continue
			}
			for j := range it.Inputs() {
				copy(it.InputBytes(j), input)
			}
			it.Invoke()
			var out []byte
			for j := range it.Outputs() {
				out = append(out, it.OutputBytes(j)...)
			}
			if first == nil {
				first = out
				ran++
				if it.Outputs()[0].Type == tflite.Float32 && it.Inputs()[0].Type == tflite.Float32 {
					float++
				}
			} else if d := different(out, first); !agree(m, it.Outputs(), out, first) {
				t.Errorf("model %d (%s): %d bytes differ with the kernels %s", i, m.Description, d, k.Name)
			}
		}
	}
	t.Logf("of %d models %d ran, %d of them in float32", n, ran, float)
	if ran < n/20 || float == 0 {
		t.Errorf("%d of %d ran, %d in float32: the changes are too coarse", ran, n, float)
	}
}
