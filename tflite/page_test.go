package tflite_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/tflite/tflitetest"
)

var update = flag.Bool("update", false, "write docs/operators.md")

// limits says what the table's columns do not: where an operator computes less than LiteRT does, or otherwise.
var limits = map[tflite.Op]string{
	tflite.Add:                        "int8: scales at most 1,024 times below or 256 times above the output's",
	tflite.Sub:                        "int8: scales at most 1,024 times below or 256 times above the output's",
	tflite.Mul:                        "int8: the scales' product is 1/65536 to 256 times the output's",
	tflite.Conv2D:                     "weights are constant; groups take as long as none, and are refused in uint8",
	tflite.DepthwiseConv2D:            "weights are constant",
	tflite.FullyConnected:             "weights are constant; int4 weights are refused",
	tflite.TransposeConv:              "weights are constant; no SAME padding with a stride beyond the kernel",
	tflite.ResizeBilinear:             "not in int8 with the profile reference",
	tflite.Sum:                        "not in int8 with the profile reference",
	tflite.Softmax:                    "LiteRT on arm64 has other tables; here as on x86-64",
	tflite.Cast:                       "between numbers of all types of whole bytes",
	tflite.Quantize:                   "NaN and int16 as LiteRT does on x86-64 and on arm64",
	tflite.While:                      "65,536 rounds at most where they cannot be counted beforehand",
	tflite.UnidirectionalSequenceLSTM: "no layer normalisation; int8 has cells of int16",
	tflite.SVDF:                       "int8 has a state of int16 or int8",
}

// pageHead stands above the table.
const pageHead = `# Operators

What the node and the tool can run of a .tflite file. ` + "`auscult inspect MODEL`" + ` says it of your model, and names
each operator that stands in the way.

**How to read it.** A cell names the kernels of LiteRT 2.3.0 whose results are the same here: *XNNPACK*, its delegate,
or *TFLite*, the kernels that it falls back to; *both* where LiteRT chooses by shapes and options; *exact* where it does
not tell. In int8, uint8 and int16x8 the same means **the same bytes**. In float32 it means within 0.00001 of the
largest output (or of 1): sums are added in another order. *Moved* elements have no arithmetic. An empty cell is
refused, with a word.

- **int8**: weights and activations of int8, one scale for each tensor or for each output channel.
- **uint8**: older converters' format, computed as int8.
- **int16x8**: activations of int16, weights of int8, biases of int64 or int32.
- **hybrid** (dynamic range): weights of int8 between activations of float32. The weights become float32; LiteRT rounds
  activations too, and is about 0.4 % of the largest output away for it (*near*).
- **float32**; and **float16 weights**, which become float32 when the model is loaded, in every row of this column.
- **others**: further types of the output that are moved, compared or counted.

`

// golden is what the committed answers of LiteRT show of one number format.
type golden struct {
	column, pack string
	ops          map[tflite.Op]bool
}

// goldens reads which operators stand in models that LiteRT ran. Other tests compare what they give.
func goldens(t *testing.T) []golden {
	all := []golden{
		{column: "int8", pack: "oracle"}, {column: "uint8", pack: "unsigned"}, {column: "int16x8", pack: "wide"},
		{column: "float32", pack: "float"},
	}
	for i := range all {
		all[i].ops = map[tflite.Op]bool{}
		eachGolden(t, all[i].pack, func(m *tflite.Model) {
			for _, g := range append([]*tflite.Model{m}, m.Subgraphs...) {
				for _, o := range g.Operators {
					all[i].ops[o.Op] = true
				}
			}
		})
	}
	return all
}

// eachGolden shows the models of a pack that LiteRT ran.
func eachGolden(t *testing.T, pack string, show func(m *tflite.Model)) {
	f, err := os.Open("testdata/" + pack + ".pack.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	cases, err := tflitetest.ReadPack(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if m, err := tflite.Parse(c.Model); err == nil && !c.Refused {
			show(m)
		}
	}
}

// hybrids are the operators that take weights of int8 between activations of float32.
func hybrids(t *testing.T) map[tflite.Op]bool {
	all := map[tflite.Op]bool{}
	eachGolden(t, "float", func(m *tflite.Model) {
		for _, o := range m.Operators {
			if len(o.Inputs) < 2 || all[o.Op] || !weigh(m, o.Inputs) {
				continue
			}
			if _, err := tflite.NewInterpreter(m, tflite.Options{}); err == nil {
				all[o.Op] = true
			}
		}
	})
	return all
}

// weigh makes int8 of the first constant of float32 that has several dimensions.
func weigh(m *tflite.Model, inputs []int) bool {
	for _, i := range inputs[1:] {
		if i < 0 {
			continue
		}
		t := &m.Tensors[i]
		if t.Data != nil && t.Type == tflite.Int8 {
			return true
		}
		if t.Data != nil && t.Type == tflite.Float32 && len(t.Shape) > 1 {
			t.Data = make([]byte, len(t.Data)/4)
			t.Type, t.Quant = tflite.Int8, &tflite.Quantisation{Scales: []float32{1}, ZeroPoints: []int64{0}}
			return true
		}
	}
	return false
}

// operatorsPage writes docs/operators.md.
func operatorsPage(t *testing.T) string {
	tsv, err := os.ReadFile("testdata/kernels.tsv") // as build/oracle/tflite/takers.py writes it
	if err != nil {
		t.Fatal(err)
	}
	kernel := map[string]string{}
	words := map[string]string{"xnnpack": "XNNPACK", "tflite": "TFLite", "both": "both"}
	for _, line := range strings.Fields(strings.ReplaceAll(string(tsv), "\t", "/")) {
		at := strings.LastIndexByte(line, '/')
		kernel[line[:at]] = words[line[at+1:]]
	}
	var b strings.Builder
	b.WriteString(pageHead)
	b.WriteString("| operator | version up to | int8 | uint8 | int16x8 | hybrid | float32 | others | limits |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|---|\n")
	formats, hybrid := goldens(t), hybrids(t)
	ops := tflite.Defined()
	slices.SortFunc(ops, func(a, b tflite.Op) int { return strings.Compare(a.String(), b.String()) })
	for _, op := range ops {
		cells := map[string]string{}
		for _, g := range formats {
			if g.ops[op] {
				cells[g.column] = "exact"
				if k := kernel[g.column+"/"+op.String()]; k != "" {
					cells[g.column] = k
				}
			}
		}
		if hybrid[op] {
			cells["hybrid"] = "near"
		}
		if cells["int16x8"] == "" && slices.Contains(tflite.Results(op), tflite.Int16) {
			cells["int16x8"] = "moved"
		}
		var others []string
		for _, typ := range tflite.Results(op) {
			if !slices.Contains([]tflite.Type{tflite.Int8, tflite.Uint8, tflite.Int16, tflite.Float32}, typ) {
				others = append(others, typ.String())
			}
		}
		fmt.Fprintf(&b, "| %v | %d | %s | %s | %s | %s | %s | %s | %s |\n", op, tflite.Newest(op), cells["int8"],
			cells["uint8"], cells["int16x8"], cells["hybrid"], cells["float32"], strings.Join(others, ", "), limits[op])
	}
	return b.String()
}

// TestOperatorsPage holds docs/operators.md to the code and to the committed answers of LiteRT:
// go test ./tflite -run OperatorsPage -update writes it, as make pages does.
func TestOperatorsPage(t *testing.T) {
	const name = "../docs/operators.md"
	want := operatorsPage(t)
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(name); err != nil || string(got) != want {
		t.Errorf("%s is not what the code says (%v): write it anew by -update", name, err)
	}
	for op := range limits {
		if !slices.Contains(tflite.Defined(), op) {
			t.Errorf("%v is not run at all", op)
		}
	}
}
