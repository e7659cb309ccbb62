package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/outlook"
)

// inspectGraph is one subgraph: the model itself, or one that operators call or a signature offers.
type inspectGraph struct {
	Index     int               `json:"index"`
	Name      string            `json:"name"`
	Numbers   string            `json:"numbers"` // the formats that it computes in
	Inputs    []inspectTensor   `json:"inputs"`
	Outputs   []inspectTensor   `json:"outputs"`
	Tensors   []inspectTensor   `json:"tensors"`
	Operators []inspectOperator `json:"operators"`
}

// inspectSignature is a way to use the model: 'auscult infer --signature' takes its name.
type inspectSignature struct {
	Name     string         `json:"name"`
	Subgraph int            `json:"subgraph"`
	Inputs   []inspectNamed `json:"inputs"`
	Outputs  []inspectNamed `json:"outputs"`
	NotRun   string         `json:"not_run,omitempty"`
}

type inspectNamed struct {
	Name   string `json:"name"`
	Tensor int    `json:"tensor"`
}

// inspectRefusal is an operator that cannot run here.
type inspectRefusal struct {
	Operator int    `json:"operator"`
	Op       string `json:"op"`
	Why      string `json:"why"`
	Name     string `json:"name"`   // of what it computes
	Output   int    `json:"output"` // of the model that needs it, or -1
}

type inspectTensor struct {
	Index         int    `json:"index"`
	Name          string `json:"name"`
	Type          string `json:"type"`
	Shape         []int  `json:"shape"`
	ConstantBytes int    `json:"constant_bytes,omitempty"`
	Quantisation  string `json:"quantisation,omitempty"`
}

type inspectOperator struct {
	Index   int    `json:"index"`
	Op      string `json:"op"`
	Version int    `json:"version"`
	Inputs  []int  `json:"inputs"`
	Outputs []int  `json:"outputs"`
	Options string `json:"options,omitempty"`
	MACs    int64  `json:"macs,omitempty"`
}

// inspect finds what there is to show of a model. Where reading it failed it is as far as it was read, and nothing in
// it is sure.
func inspect(path string, data []byte, graph *tflite.Model, invalid error) *inspection {
	found := &inspection{File: path, Bytes: len(data), Description: graph.Description}
	found.inspectGraph = describeGraph(0, graph)
	for i, g := range graph.Subgraphs {
		found.Subgraphs = append(found.Subgraphs, describeGraph(i+1, g))
	}
	for _, md := range graph.Metadata {
		found.Metadata = append(found.Metadata, fmt.Sprintf("%s (%d bytes)", md.Name, len(md.Data)))
	}
	for _, s := range graph.Signatures {
		found.Signatures = append(found.Signatures, inspectSignature{
			Name: s.Name, Subgraph: s.Subgraph, Inputs: describeNames(s.Inputs), Outputs: describeNames(s.Outputs),
		})
	}
	if invalid != nil {
		found.NotValid, found.NotServed = invalid.Error(), invalid.Error()
		return found
	}
	found.prepare(graph)
	m, err := model.Parse(data)
	if err != nil {
		found.NotServed = err.Error()
	} else {
		found.Settings = &m.Settings
		if promise, err := outlook.Of(&m.Settings); err == nil { // a decision that was parsed can be played to
			found.Outlook = promise
		}
	}
	return found
}

// prepare finds what running the model takes, or why it cannot run.
func (f *inspection) prepare(graph *tflite.Model) {
	it, err := tflite.NewInterpreter(graph, tflite.Options{})
	var refused *tflite.RefusedError
	switch {
	case errors.As(err, &refused):
		f.NotRun = err.Error()
		for _, r := range refused.Refusals {
			f.Refused = append(f.Refused, inspectRefusal(r))
		}
	case err != nil:
		f.NotRun = err.Error()
	default:
		f.ArenaBytes, f.PreparedBytes, f.Kernels = it.ArenaBytes(), it.PreparedBytes(), it.CPU()
		for i, info := range it.Operators() {
			f.Operators[i].MACs = info.MACs
			f.MACs += info.MACs
		}
	}
	for i, s := range f.Signatures {
		if s.Subgraph == 0 {
			f.Signatures[i].NotRun = f.NotRun
			continue
		}
		chosen, err := graph.WithSignature(s.Name)
		if err == nil {
			_, err = tflite.NewInterpreter(chosen, tflite.Options{})
		}
		if err != nil {
			f.Signatures[i].NotRun = err.Error()
		}
	}
}

func describeGraph(index int, graph *tflite.Model) inspectGraph {
	g := inspectGraph{Index: index, Name: graph.Name, Numbers: graph.Numbers()}
	for i := range graph.Tensors {
		g.Tensors = append(g.Tensors, describeTensor(i, &graph.Tensors[i]))
	}
	g.Inputs, g.Outputs = g.pick(graph.Inputs), g.pick(graph.Outputs)
	for i, op := range graph.Operators {
		described := inspectOperator{
			Index: i, Op: op.Op.String(), Version: op.Version, Inputs: op.Inputs, Outputs: op.Outputs,
		}
		if op.Custom != "" {
			described.Op += " " + op.Custom
		}
		switch p := op.Options.(type) {
		case nil:
		case tflite.UnknownOptions:
			described.Options = p.Why
		default:
			described.Options = strings.Trim(fmt.Sprintf("%+v", p), "{}")
		}
		g.Operators = append(g.Operators, described)
	}
	return g
}

// pick gives the tensors of some numbers, less those that the model does not have.
func (g *inspectGraph) pick(numbers []int) []inspectTensor {
	var picked []inspectTensor
	for _, i := range numbers {
		if i >= 0 && i < len(g.Tensors) {
			picked = append(picked, g.Tensors[i])
		}
	}
	return picked
}

func describeNames(names []tflite.NamedTensor) []inspectNamed {
	all := make([]inspectNamed, len(names))
	for i, n := range names {
		all[i] = inspectNamed(n)
	}
	return all
}

func describeTensor(i int, t *tflite.Tensor) inspectTensor {
	d := inspectTensor{Index: i, Name: t.Name, Type: t.Type.String(), Shape: t.Shape, ConstantBytes: len(t.Data)}
	switch q := t.Quant; {
	case t.Unread != "":
		d.Quantisation = t.Unread
	case q == nil:
	case len(q.Scales) == 1 && len(q.ZeroPoints) == 1:
		d.Quantisation = fmt.Sprintf("scale %.6g zero point %d", q.Scales[0], q.ZeroPoints[0])
	case len(q.Scales) > 1:
		lo, hi := q.Scales[0], q.Scales[0]
		for _, s := range q.Scales {
			lo, hi = min(lo, s), max(hi, s)
		}
		d.Quantisation = fmt.Sprintf("%d scales %.3g to %.3g on dimension %d", len(q.Scales), lo, hi, q.Axis)
	}
	return d
}

// printRefused says which operators cannot run, all of them.
func printRefused(w io.Writer, refused []inspectRefusal) {
	fmt.Fprintf(w, "cannot run here; operators that are refused: %d\n", len(refused))
	for _, r := range refused {
		needed := "which no output needs"
		if r.Output >= 0 {
			needed = fmt.Sprintf("for output %d", r.Output)
		}
		fmt.Fprintf(w, "  operator %d (%s), which computes %q %s: %s\n",
			r.Operator, clean(r.Op), printable(r.Name), needed, clean(r.Why))
	}
}

func (g *inspectGraph) write(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "\noperator\tversion\tinputs\toutputs\tMMAC\toptions")
	for _, op := range g.Operators {
		fmt.Fprintf(tw, "%d %s\t%d\t%v\t%v\t%.3f\t%s\n", op.Index, printable(op.Op), op.Version, op.Inputs, op.Outputs,
			float64(op.MACs)/1e6, clean(op.Options))
	}
	fmt.Fprintln(tw, "\ntensor\ttype\tshape\tbytes\tquantisation\tname")
	for _, t := range g.Tensors {
		constant := ""
		if t.ConstantBytes > 0 {
			constant = fmt.Sprint(t.ConstantBytes)
		}
		fmt.Fprintf(tw, "%d\t%s\t%v\t%s\t%s\t%s\n", t.Index, t.Type, t.Shape, constant, t.Quantisation, printable(t.Name))
	}
	return tw.Flush()
}

// indices gives the numbers of tensors.
func indices(tensors []inspectTensor) []int {
	all := make([]int, len(tensors))
	for i, t := range tensors {
		all[i] = t.Index
	}
	return all
}

// printSignatures lists the ways to use the model.
func printSignatures(w io.Writer, signatures []inspectSignature) {
	for i, s := range signatures {
		if i == 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "signature %q: subgraph %d, inputs%s, outputs%s\n",
			printable(s.Name), s.Subgraph, namesOf(s.Inputs), namesOf(s.Outputs))
		if s.NotRun != "" && s.Subgraph != 0 {
			fmt.Fprintf(w, "  cannot run here: %s\n", clean(s.NotRun))
		}
	}
}

func namesOf(names []inspectNamed) string {
	var b strings.Builder
	for _, n := range names {
		fmt.Fprintf(&b, " %s (tensor %d)", printable(n.Name), n.Tensor)
	}
	return b.String()
}
