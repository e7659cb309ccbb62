package tflite_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/tflite/tflitetest"
)

// sameModel compares two models up to nil and empty slices.
func sameModel(t *testing.T, a, b *tflite.Model) {
	t.Helper()
	for _, m := range []*tflite.Model{a, b} {
		for i := range m.Tensors {
			if len(m.Tensors[i].Shape) == 0 {
				m.Tensors[i].Shape = nil
			}
			if len(m.Tensors[i].Data) == 0 {
				m.Tensors[i].Data = nil
			}
		}
		for i := range m.Operators {
			o := &m.Operators[i]
			if len(o.Inputs) == 0 {
				o.Inputs = nil
			}
			if len(o.Outputs) == 0 {
				o.Outputs = nil
			}
			if p, ok := o.Options.(tflite.SoftmaxOptions); ok && math.IsNaN(float64(p.Beta)) {
				o.Options = tflite.SoftmaxOptions{Beta: -12345} // NaN does not equal itself
			}
		}
		for i := range m.Metadata {
			if len(m.Metadata[i].Data) == 0 {
				m.Metadata[i].Data = nil
			}
		}
		if len(m.Inputs) == 0 {
			m.Inputs = nil
		}
		if len(m.Outputs) == 0 {
			m.Outputs = nil
		}
		if len(m.Tensors) == 0 {
			m.Tensors = nil
		}
		if len(m.Operators) == 0 {
			m.Operators = nil
		}
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("models differ:\n%+v\n%+v", a, b)
	}
}

func TestMarshalRoundTrip(t *testing.T) {
	for _, name := range goldenModels {
		m, err := tflite.Open(filepath.Join("testdata", name+".tflite"))
		if err != nil {
			t.Fatal(err)
		}
		m.Metadata = append(m.Metadata,
			tflite.Metadata{Name: "auscult", Data: []byte(`{"version":1}`)}, tflite.Metadata{Name: "empty"})
		checkRoundTrip(t, m)
	}
	r := rand.New(rand.NewPCG(9, 0))
	for _, k := range makers {
		for range 10 {
			m, _ := k.make(r)
			checkRoundTrip(t, m)
		}
	}
}

func checkRoundTrip(t *testing.T, m *tflite.Model) {
	t.Helper()
	data, err := m.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	again, err := m.Marshal()
	if err != nil || !bytes.Equal(data, again) {
		t.Errorf("writing twice gives different bytes (error %v)", err)
	}
	back, err := tflite.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	sameModel(t, m, back)
	for i := range back.Tensors {
		at := bytes.Index(data, back.Tensors[i].Data)
		if d := back.Tensors[i].Data; len(d) > 64 && at%16 != 0 {
			t.Errorf("tensor %d: data at byte %d, not aligned to 16", i, at)
		}
	}
}

// TestFloat32Model runs float32 dense and element-wise layers, and refuses a mixture
// of types.
func TestFloat32Model(t *testing.T) {
	b := new(tflitetest.Builder)
	x := b.FloatInput(1, 2)
	w := b.Tensor(tflite.Tensor{
		Name: "kernel", Type: tflite.Float32, Shape: []int{3, 2}, Data: float32s(1, 2, 3, -4, -0.5, 0.25),
	})
	bias := b.Tensor(tflite.Tensor{Type: tflite.Float32, Shape: []int{3}, Data: float32s(0.5, 0, -1)})
	y := b.Tensor(tflite.Tensor{Type: tflite.Float32, Shape: []int{1, 3}})
	b.Op(tflite.FullyConnected, 1, tflite.FullyConnectedOptions{Activation: tflite.ActRelu}, y, x, w, bias)
	z := b.Tensor(tflite.Tensor{Type: tflite.Float32, Shape: []int{1, 3}})
	b.Op(tflite.Add, 1, tflite.AddOptions{}, z, y, y)
	v := b.Tensor(tflite.Tensor{Type: tflite.Float32, Shape: []int{3}})
	b.Output(b.Op(tflite.Reshape, 1, tflite.ReshapeOptions{NewShape: []int{3}}, v, z))
	data, err := b.Model.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	got, err := infer(data, float32s(2, -1), tflite.Options{})
	// 2*1-1*2+0.5; 2*3+1*4; -2*0.5-0.25-1 below 0; each twice.
	if want := float32s(1, 20, 0); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%x, %v, expected %x", got, err, want)
	}
	b.Model.Tensors[x].Type = tflite.Int8
	b.Model.Tensors[x].Quant = &tflite.Quantisation{Scales: []float32{1}, ZeroPoints: []int64{0}}
	_, err = tflite.NewInterpreter(&b.Model, tflite.Options{})
	const mixed = `operator 0 (FULLY_CONNECTED): input 0 ("t0") is int8, needs float32`
	if err == nil || !strings.Contains(err.Error(), mixed) {
		t.Errorf("error is %v", err)
	}
}

func float32s(values ...float32) (data []byte) {
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return data
}

// TestUnknownOperator reads a model with operators that this package does not
// know, names them, and refuses to write what it did not decode.
func TestUnknownOperator(t *testing.T) {
	b := new(tflitetest.Builder)
	q := tflitetest.Code{Scale: 1}
	x := b.Input(q, 1, 4)
	y := b.Op(tflite.Op(103), 3, nil, b.Activation(q, 1, 4), x)
	b.Output(b.Op(tflite.Custom, 1, nil, b.Activation(q, 1, 4), y))
	b.Model.Operators[1].Custom = "MyOp"
	data, err := b.Model.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	m, err := tflite.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	o := m.Operators
	if o[0].Op.String() != "UNIQUE" || o[0].Version != 3 || o[1].Custom != "MyOp" {
		t.Errorf("operators are %+v", m.Operators)
	}
	const unsupported = "tflite: operator 0 (UNIQUE): the operator is not supported; it computes \"t1\" for output 0; nor can run 1 (CUSTOM \"MyOp\")"
	if _, err = tflite.NewInterpreter(m, tflite.Options{}); err == nil || err.Error() != unsupported {
		t.Errorf("error is %v", err)
	}
	m.Operators[0].Options = tflite.UnknownOptions{Union: 1, Kind: 74}
	if _, err = m.Marshal(); err == nil || !strings.Contains(err.Error(), "operator 0 (UNIQUE)") {
		t.Errorf("error is %v", err)
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	_, err := tflite.Open(filepath.Join(dir, "absent"))
	if err == nil || !strings.HasPrefix(err.Error(), "tflite: open ") {
		t.Errorf("error is %v", err)
	}
}

// TestForgiven reads a file whose faults lie where no runtime looks: in a tensor that nothing uses, and in the
// quantisation of float32. The same fault in a tensor that is used is an error.
func TestForgiven(t *testing.T) {
	mark := math.Float32frombits(0x3E123456)
	for _, c := range []struct {
		name   string
		change func(m *tflite.Model)
		fault  bool
	}{
		{"unused", func(m *tflite.Model) {
			m.Tensors = append(m.Tensors, tflite.Tensor{
				Name: "unused", Type: tflite.Int8, Shape: []int{2},
				Quant: &tflite.Quantisation{Scales: []float32{mark}, ZeroPoints: []int64{0}},
			})
		}, false},
		{"used", func(m *tflite.Model) { m.Tensors[2].Quant.Scales[0] = mark }, true},
	} {
		m := small()
		c.change(m)
		data, err := m.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		at := bytes.Index(data, binary.LittleEndian.AppendUint32(nil, math.Float32bits(mark)))
		copy(data[at:], []byte{0, 0, 0, 0}) // a scale of 0
		back, err := tflite.Parse(data)
		if (err != nil) != c.fault {
			t.Errorf("%s: error %v", c.name, err)
		}
		if err == nil {
			if _, err := tflite.NewInterpreter(back, tflite.Options{}); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	}
}
