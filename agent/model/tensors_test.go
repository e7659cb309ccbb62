package model

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/tflite"
)

// described is an Invoker that has tensors and computes nothing.
type described struct {
	inputs, outputs   []tflite.TensorInfo
	inBytes, outBytes [][]byte
}

func describe(inputs, outputs []tflite.TensorInfo) *described {
	d := &described{inputs: inputs, outputs: outputs}
	for _, in := range inputs {
		d.inBytes = append(d.inBytes, make([]byte, in.Bytes))
	}
	for _, out := range outputs {
		d.outBytes = append(d.outBytes, make([]byte, out.Bytes))
	}
	return d
}

func (d *described) Inputs() []tflite.TensorInfo  { return d.inputs }
func (d *described) Outputs() []tflite.TensorInfo { return d.outputs }
func (d *described) InputBytes(i int) []byte      { return d.inBytes[i] }
func (d *described) OutputBytes(i int) []byte     { return d.outBytes[i] }
func (*described) Invoke()                        {}
func (*described) Reset()                         {}
func (*described) Close()                         {}

func int8s(values int) tflite.TensorInfo {
	return tflite.TensorInfo{Name: "codes", Type: tflite.Int8, Scale: 1. / 255, ZeroPoint: -128, Bytes: values}
}

func floats(values int) tflite.TensorInfo {
	return tflite.TensorInfo{Name: "numbers", Type: tflite.Float32, Bytes: 4 * values}
}

// TestTensors compares tensors with settings of 12 cells.
func TestTensors(t *testing.T) {
	type infos = []tflite.TensorInfo
	one := []Condition{{Name: "rpm", Min: 1, Max: 2}}
	embeds := []Role{Embedding}
	both := []Role{Reconstruction, Divergence}
	offset := int8s(12)
	offset.ZeroPoint = 0
	coarse := int8s(12)
	coarse.Scale = 1. / 254
	free := int8s(7) // an output's scale is its own
	free.Scale, free.ZeroPoint = 0.3, 5
	for _, c := range []struct {
		what            string
		inputs, outputs infos
		roles           []Role
		conditions      []Condition
		want            string
	}{
		{"int8", infos{int8s(12)}, infos{int8s(12)}, nil, nil, ""},
		{"float32", infos{floats(12)}, infos{floats(12)}, nil, nil, ""},
		{"two outputs", infos{int8s(12)}, infos{int8s(12), free}, both, nil, ""},
		{"two outputs of float32", infos{floats(12)}, infos{floats(12), floats(7)}, both, nil, ""},
		{"a condition", infos{int8s(12), int8s(1)}, infos{int8s(12)}, nil, one, ""},
		{"a condition of float32", infos{floats(12), floats(1)}, infos{floats(12)}, nil, one, ""},
		{"the largest embedding", infos{int8s(12)}, infos{int8s(512)}, embeds, nil, ""},
		{"the smallest", infos{int8s(12)}, infos{int8s(1)}, embeds, nil, ""},
		{"too large an embedding", infos{int8s(12)}, infos{int8s(513)}, embeds, nil, "up to 512 features"},
		{"none", infos{int8s(12)}, infos{int8s(0)}, embeds, nil, "up to 512 features"},
		{"no output", infos{int8s(12)}, nil, nil, nil, "1 inputs and 0 outputs: the settings need 1 and 1"},
		{"an output too many", infos{int8s(12)}, infos{int8s(12), free}, nil, nil, "need 1 and 1"},
		{"an input too many", infos{int8s(12), int8s(1)}, infos{int8s(12)}, nil, nil, "need 1 and 1"},
		{"an input too few", infos{int8s(12)}, infos{int8s(12)}, nil, one, "need 2 and 1"},
		{"too small an input", infos{int8s(11)}, infos{int8s(12)}, nil, nil, "of 12 values"},
		{"too many conditions", infos{int8s(12), int8s(2)}, infos{int8s(12)}, nil, one, "of 1 values"},
		{"too small an output", infos{int8s(12)}, infos{int8s(11)}, nil, nil, "of 12 cells"},
		{"float32 into int8", infos{floats(12)}, infos{int8s(12)}, nil, nil, "of 12 cells"},
		{"int8 into float32", infos{int8s(12)}, infos{floats(3)}, nil, nil, "of 12 cells"},
		{"a condition of another type", infos{int8s(12), floats(1)}, infos{int8s(12)}, nil, one, "of 1 values"},
		{"an offset", infos{offset}, infos{int8s(12)}, nil, nil, "must be 1/255 and -128"},
		{"a scale", infos{coarse}, infos{int8s(12)}, nil, nil, "must be 1/255 and -128"},
	} {
		s := testSettings()
		s.Outputs, s.Conditions = c.roles, c.conditions
		_, err := newTensors(describe(c.inputs, c.outputs), &s)
		switch {
		case c.want == "":
			if err != nil {
				t.Errorf("%s: %v", c.what, err)
			}
		case err == nil || !strings.Contains(err.Error(), c.want):
			t.Errorf("%s: %v, want %s", c.what, err, c.want)
		}
	}
}

// TestFill writes the codes of a window, and of a condition behind it.
func TestFill(t *testing.T) {
	window, conditions := []byte{0x80, 0xff, 0x00, 0x7f}, []byte{0x7f}
	d := describe([]tflite.TensorInfo{int8s(4), int8s(1)}, nil)
	(&tensors{it: d}).fill(window, conditions)
	if !slices.Equal(d.inBytes[0], window) || !slices.Equal(d.inBytes[1], conditions) {
		t.Errorf("int8 inputs % x", d.inBytes)
	}
	d = describe([]tflite.TensorInfo{floats(4), floats(1)}, nil)
	(&tensors{it: d, isFloat: true}).fill(window, conditions)
	var got []float32
	for at, all := 0, slices.Concat(d.inBytes...); at < len(all); at += 4 {
		got = append(got, math.Float32frombits(binary.LittleEndian.Uint32(all[at:])))
	}
	if want := []float32{0, 127. / 255, 128. / 255, 1, 1}; !slices.Equal(got, want) {
		t.Errorf("float32 inputs %v, want %v", got, want)
	}
}

// outputs returns tensors of a model that has given its outputs.
func outputs(roles []Role, infos []tflite.TensorInfo, content ...[]byte) *tensors {
	d := describe(nil, infos)
	d.outBytes = content
	return &tensors{it: d, roles: roles, outputs: infos, isFloat: infos[0].Type == tflite.Float32}
}

func numbers(values ...float32) (b []byte) {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// TestFeatures means features over windows.
func TestFeatures(t *testing.T) {
	info := tflite.TensorInfo{Type: tflite.Int8, Scale: 0.5, ZeroPoint: 3, Bytes: 2}
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	const most = 1 << 30 // 2^46 in steps of 2^-16
	for _, c := range []struct {
		what string
		t    *tensors
		want []float64
	}{
		{"int8", outputs([]Role{Embedding}, []tflite.TensorInfo{info}, []byte{5, 0x80}), []float64{1, -65.5}},
		{"float32", outputs([]Role{Embedding}, []tflite.TensorInfo{floats(2)}, numbers(1.25, -3)), []float64{1.25, -3}},
		{"no number", outputs([]Role{Embedding}, []tflite.TensorInfo{floats(2)}, numbers(nan, 1)), []float64{most, 1}},
		{"infinite", outputs([]Role{Embedding}, []tflite.TensorInfo{floats(2)}, numbers(inf, -inf)), []float64{most, -most}},
	} {
		sums := make([]int64, 2)
		const windows = 3
		for range windows {
			c.t.addFeatures(sums, 0)
		}
		for i, sum := range sums {
			if got := c.t.feature(sum, 0, windows); got != c.want[i] {
				t.Errorf("%s: feature %d is %g, want %g", c.what, i, got, c.want[i])
			}
		}
	}
}

// TestGoldenOfFloats holds a code for each restored cell, rounded to the nearest, and
// four bytes for each other value.
func TestGoldenOfFloats(t *testing.T) {
	x := outputs([]Role{Reconstruction, Divergence}, []tflite.TensorInfo{floats(5), floats(1)},
		numbers(-0.1, 0, 127.4/255, 1, 1.5), numbers(0.75))
	want := slices.Concat([]byte{0x80, 0x80, 0xff, 0x7f, 0x7f}, numbers(0.75))
	if got := x.golden(nil, 0); !slices.Equal(got, want) {
		t.Errorf("% x, want % x", got, want)
	}
}

// TestAlike allows a float32 model a code, and a thousandth of a feature.
func TestAlike(t *testing.T) {
	exact := outputs([]Role{Reconstruction}, []tflite.TensorInfo{int8s(2)})
	rough := outputs([]Role{Reconstruction, Divergence}, []tflite.TensorInfo{floats(2), floats(1)})
	of := func(a, b int8, feature float32) []byte {
		return append([]byte{byte(a), byte(b)}, numbers(feature)...)
	}
	nan := float32(math.NaN())
	for _, c := range []struct {
		t         *tensors
		got, want []byte
		alike     bool
	}{
		{exact, []byte{1, 2}, []byte{1, 2}, true},
		{exact, []byte{1, 3}, []byte{1, 2}, false},
		{exact, []byte{1}, []byte{1, 2}, false},
		{rough, of(1, 2, 0.5), of(1, 2, 0.5), true},
		{rough, of(0, 3, 0.5), of(1, 2, 0.5), true},
		{rough, of(3, 2, 0.5), of(1, 2, 0.5), false},
		{rough, of(1, 0, 0.5), of(1, 2, 0.5), false},
		{rough, of(127, 2, 0.5), of(-128, 2, 0.5), false}, // a byte apart round the corner
		{rough, of(1, 2, 0.5009), of(1, 2, 0.5), true},
		{rough, of(1, 2, 0.5011), of(1, 2, 0.5), false},
		{rough, of(1, 2, -8.007), of(1, 2, -8), true}, // of 8, 0.008 are a thousandth
		{rough, of(1, 2, -8.009), of(1, 2, -8), false},
		{rough, of(1, 2, nan), of(1, 2, 0.5), false},
		{rough, of(1, 2, 0.5)[:5], of(1, 2, 0.5), false},
	} {
		if got := c.t.alike(c.got, c.want); got != c.alike {
			t.Errorf("% x and % x: %t", c.got, c.want, got)
		}
	}
}

// TestCode codes a condition over what was learned.
func TestCode(t *testing.T) {
	c := Condition{Name: "rpm", Min: 900, Max: 1500}
	for value, want := range map[float64]int8{
		900: -128, 1500: 127, 899: -128, 1501: 127, -1e300: -128, 1e300: 127,
		1200:              0,                   // 127.5 steps, to the even one
		900 + 600.*64/255: -64, 900 + 60: -102, // 25.5 steps
	} {
		if got := c.Code(value); got != want {
			t.Errorf("%g is %d, want %d", value, got, want)
		}
	}
}

// TestSetConditions takes values in their order, and keeps one that is no number.
func TestSetConditions(t *testing.T) {
	sc := &Scorer{
		settings:   &Settings{Conditions: []Condition{{Name: "a", Min: 0, Max: 255}, {Name: "b", Min: -1, Max: 1}}},
		conditions: make([]byte, 2),
	}
	for _, c := range []struct {
		values []float64
		want   [2]int8
	}{
		{nil, [2]int8{0, 0}},
		{[]float64{255}, [2]int8{127, 0}},
		{[]float64{10, 1}, [2]int8{-118, 127}},
		{[]float64{math.NaN(), -1, 7}, [2]int8{-118, -128}},
	} {
		sc.SetConditions(c.values)
		if got := [2]int8{int8(sc.conditions[0]), int8(sc.conditions[1])}; got != c.want {
			t.Errorf("%v: codes %d, want %d", c.values, got, c.want)
		}
	}
}
