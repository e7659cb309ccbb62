package bench

import (
	"strings"
	"testing"
	"time"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/tflite/tflitetest"
)

// TestSignature measures the subgraph that a signature names, and says which there are where there is none of the name.
func TestSignature(t *testing.T) {
	graph := func(op tflite.Op) *tflite.Model {
		b := new(tflitetest.Builder)
		x := b.FloatInput(1, 2)
		b.Output(b.Op(op, 1, nil, b.Tensor(tflite.Tensor{Type: tflite.Float32, Shape: []int{1, 2}}), x))
		return &b.Model
	}
	m := graph(tflite.Abs)
	m.Subgraphs = []*tflite.Model{graph(tflite.Neg)}
	for i, name := range []string{"serving_default", "negate"} {
		m.Signatures = append(m.Signatures, tflite.Signature{Name: name, Subgraph: i})
	}
	data, err := m.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for signature, want := range map[string]string{"": "ABS", "serving_default": "ABS", "negate": "NEG"} {
		opt := Options{Duration: time.Millisecond, Signature: signature}
		r, err := Run(t.Context(), data, opt)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Ops) != 1 || r.Ops[0].Op != want {
			t.Errorf("signature %q: %+v, want %s", signature, r.Ops, want)
		}
		if _, err := Backends(t.Context(), data, opt); err != nil {
			t.Errorf("signature %q: %v", signature, err)
		}
	}
	_, err = Run(t.Context(), data, Options{Duration: time.Millisecond, Signature: "encode"})
	if err == nil || !strings.Contains(err.Error(), "negate") {
		t.Errorf("error %v", err)
	}
}
