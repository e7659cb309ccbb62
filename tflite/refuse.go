package tflite

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Refusal is an operator that cannot run.
type Refusal struct {
	Operator int    // its number in Model.Operators
	Op       string // its name, a custom operator's with its own
	Why      string
	// Name is that of the first tensor that it computes, Output the first of the model's outputs that needs it, or -1.
	Name   string
	Output int
}

// RefusedError is NewInterpreter's error where operators cannot run: all of them, in order, as far as the types of
// tensors say. Of those that read what another refused one would compute, shapes are not judged.
type RefusedError struct{ Refusals []Refusal }

// mostNamed is how many operators an error names.
const mostNamed = 8

// Error says what is wrong with the first, and names the others.
func (e *RefusedError) Error() string {
	first := e.Refusals[0]
	s := fmt.Sprintf("operator %d (%s): %s", first.Operator, first.Op, first.Why)
	if first.Output >= 0 {
		s += fmt.Sprintf("; it computes %.60q for output %d", first.Name, first.Output)
	}
	for i, r := range e.Refusals[1:] {
		if i == mostNamed {
			return s + fmt.Sprintf(" and %d more", len(e.Refusals)-1-mostNamed)
		}
		s += fmt.Sprintf("%s %d (%s)", map[bool]string{true: "; nor can run", false: ","}[i == 0], r.Operator, r.Op)
	}
	return s
}

// refusing collects the operators that cannot run while the others are checked.
type refusing struct {
	m *Model
	// tainted are the tensors that a refused operator would compute, or that follow from such.
	tainted  map[int]bool
	refusals []Refusal
}

// reads reports whether an operator reads what is not known.
func (r *refusing) reads(o *Operator) bool {
	return slices.ContainsFunc(o.Inputs, func(t int) bool { return r.tainted[t] })
}

// add takes in operator i, whose error it is, nil where it only follows from others.
func (r *refusing) add(i int, err error) {
	o := &r.m.Operators[i]
	for _, t := range o.Outputs {
		r.tainted[t] = true
	}
	if err == nil {
		return
	}
	refusal := Refusal{Operator: i, Op: o.Op.String(), Why: err.Error(), Output: -1}
	if o.Custom != "" {
		refusal.Op += fmt.Sprintf(" %.60q", o.Custom)
	}
	if len(o.Outputs) > 0 {
		refusal.Name = r.m.Tensors[o.Outputs[0]].Name
		refusal.Output = r.m.needed(i)
	}
	r.refusals = append(r.refusals, refusal)
}

// err is the error of all that was collected.
func (r *refusing) err() error {
	if len(r.refusals) == 0 {
		return nil
	}
	return &RefusedError{r.refusals}
}

// needed gives the first of the model's outputs that follows from operator i, or -1.
func (m *Model) needed(i int) int {
	follows := map[int]bool{}
	for _, o := range m.Operators[i:] {
		if len(follows) == 0 || slices.ContainsFunc(o.Inputs, func(t int) bool { return follows[t] }) {
			for _, t := range o.Outputs {
				follows[t] = true
			}
		}
	}
	return slices.IndexFunc(m.Outputs, func(t int) bool { return follows[t] })
}

// customs says what custom operators are that people meet, by how their names begin, and what to do.
var customs = []struct{ name, what string }{
	{"edgetpu-custom-op", "it is compiled for Coral's Edge TPU: give the model as it was before edgetpu_compiler " +
		"(the file without _edgetpu in its name), or run it where the edgetpu delegate is"},
	{"ethos-u", "it is compiled by Vela for Arm's Ethos-U: give the model as it was before Vela (the file without _vela in its name)"},
	{"NeutronGraph", "it is compiled for NXP's eIQ Neutron: give the model as it was before neutron-converter"},
	{"vsi-npu", "it is compiled for VeriSilicon's NPU: give the model as it was before compiling"},
	{"DISPATCH_OP", "it is compiled ahead of time for a phone's NPU (LiteRT): give the model as it was before compiling"},
	{"QNN", "it is compiled for Qualcomm's NPU: give the model as it was before compiling"},
	{"tidl", "it is compiled for TI's accelerator (TIDL): give the model as it was before compiling"},
	{"XC_", "it is compiled for XMOS's xcore: give the model as it was before xmos_ai_tools"},
	{"Signal", "it is part of tflite-micro's audio front end: give the model without it, behind the features"},
	{"AudioSpectrogram", "it computes features from samples: give the model without it, behind the features"},
	{"Mfcc", "it computes features from samples: give the model without it, behind the features"},
	{"TFLite_Detection", "it belongs to object detection: give the model without it"},
	{"NumericVerify", "it belongs to TensorFlow's debugger of quantisation: convert the model without it"},
}

// flexPrefix begins the names of TensorFlow's own operators in a model that was converted with SELECT_TF_OPS.
const flexPrefix = "Flex"

// unsupportedCustom says what a custom operator is.
func unsupportedCustom(name string) error {
	for _, k := range customs {
		if strings.HasPrefix(strings.ToLower(name), strings.ToLower(k.name)) {
			return errors.New(k.what)
		}
	}
	if op, ok := strings.CutPrefix(name, flexPrefix); ok && op != "" {
		return fmt.Errorf("it is TensorFlow's own operator %.40q (SELECT_TF_OPS), which needs all of TensorFlow: "+
			"convert the model with TFLITE_BUILTINS only", op)
	}
	return fmt.Errorf("the custom operator %.40q is not supported: it needs the library that its maker has for it", name)
}
