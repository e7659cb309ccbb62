package onnx

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/auscult/auscult/training/foreign/onnx/schema"
)

// oneOperator returns a model of one operator, whose inputs are x, 5 values in a row; some
// lists that are known; or nothing.
func oneOperator(t *testing.T, op string, in ...string) []byte {
	t.Helper()
	dim := func(n int64) *schema.TensorShapeProto_Dimension {
		return &schema.TensorShapeProto_Dimension{DimValue: &n}
	}
	known := func(name string, dims []int64, values ...int64) *schema.TensorProto {
		return &schema.TensorProto{Name: &name, Dims: dims, DataType: proto.Int32(typeInt64), Int64Data: values}
	}
	data, err := proto.Marshal(&schema.ModelProto{
		OpsetImport: []*schema.OperatorSetIdProto{{Version: proto.Int64(13)}},
		Graph: &schema.GraphProto{
			Input: []*schema.ValueInfoProto{{Name: proto.String("x"), Type: &schema.TypeProto{
				TensorType: &schema.TypeProto_Tensor{
					ElemType: proto.Int32(typeFloat),
					Shape:    &schema.TensorShapeProto{Dim: []*schema.TensorShapeProto_Dimension{dim(1), dim(5)}},
				},
			}}},
			Initializer: []*schema.TensorProto{
				known("one", []int64{1}, 1), known("never", []int64{2}, 1, 0),
				known("none", []int64{1, 0}), known("no_rows", []int64{0, 5}), known("no_steps", []int64{0, 1, 1}),
				known("weights", []int64{1, 1, 1}, 1),
			},
			Node: []*schema.NodeProto{
				{OpType: proto.String("HardSigmoid"), Input: []string{"x"}, Output: []string{"hard"}},
				{OpType: &op, Input: in, Output: []string{"y"}, Attribute: []*schema.AttributeProto{
					{Name: proto.String("axis"), I: proto.Int64(1)}, {Name: proto.String("hidden_size"), I: proto.Int64(1)},
				}},
			},
			Output: []*schema.ValueInfoProto{{Name: proto.String("y")}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestInputs refuses operators whose inputs are left out, too many, or empty.
func TestInputs(t *testing.T) {
	for _, c := range []struct{ op, in, err string }{
		{"Max", "x,", "input 1 is missing"},
		{"Max", "one,", "input 1 is missing"},
		{"Sum", "x,,x", "input 1 is missing"},
		{"Add", "one,one,", "input 2 is missing"},
		{"Concat", "x,", "input 1 is missing"},
		{"Concat", "none,", "input 1 is missing"},
		{"Tile", "x,never", "a tensor of shape [1 0]"},
		{"MatMul", "none,no_rows", "it takes no values"},
		{"RNN", "no_steps,weights,weights", "it takes no values"},
		{"RandomNormal", ",", `"y" is not computed from the input`},
		{"Mul", "x,hard", ""},
		{"Mul", "x,x,hard", ""},
		{"Concat", "none,x", ""},
	} {
		op := c.op + " of " + c.in
		_, err := Parse(oneOperator(t, c.op, strings.Split(c.in, ",")...), t.TempDir(), Options{})
		switch {
		case c.err == "" && err != nil:
			t.Errorf("%s: %v", op, err)
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%s: error %v, want %q", op, err, c.err)
		}
	}
}
