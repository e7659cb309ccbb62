package tflite

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// definition is all that this package knows of one operator, besides its kernels. It stands in the operator's file,
// op_*.go; the reader, the writer, the checks and the Interpreter look it up and know no operator by name.
type definition struct {
	// newest is the latest version of the operator whose meaning this package knows. Newer ones may mean something
	// else.
	newest int
	// options reads the operator's options; nil for operators whose options say nothing.
	options *codec
	// cost counts the work of one inference as OperatorInfo.MACs has it. It is called once the shapes are checked.
	// Nil stands for a step for each element of the output.
	cost func(c *checker) int64
	// static is set where the result depends on the shapes of the inputs only.
	static bool
	// untyped prepares an operator whose tensors' types choose nothing; it has no variants and looks at the number of its
	// tensors itself.
	untyped func(c *checker) step
	// variants are the arithmetics that the operator has; see choose.
	variants []variant
}

// variant is an operator in one arithmetic.
type variant struct {
	// output and inputs are the types that call for it: those of the output and of the first inputs. Where types of
	// inputs are not given, any will do, and prepare judges them.
	output Type
	inputs []Type
	// least and most bound the number of inputs; those behind the least may be left out.
	least, most int
	// outputs bounds the number of outputs; 0 stands for 1 only.
	outputs int
	// prepare checks the tensors, takes what the operator costs from the budget (checker.afford) and makes its step.
	// It leaves the first error in c.
	prepare func(c *checker) step
}

// lookup gives an operator's definition, or nil where this package does not know it.
func lookup(op Op) *definition {
	if op < 0 || int(op) >= len(definitions) {
		return nil
	}
	return definitions[op]
}

// runnable gives the definition of an operator that this package runs.
func runnable(o *Operator) (*definition, error) {
	d := lookup(o.Op)
	switch {
	case d == nil && o.Op == Custom:
		return nil, unsupportedCustom(o.Custom)
	case d == nil:
		return nil, errors.New("the operator is not supported")
	case o.Version > d.newest:
		return nil, fmt.Errorf("version %d, this program runs up to %d", o.Version, d.newest)
	}
	return d, nil
}

// choose gives the variant for the types of an operator's tensors: the first that fits. Where only inputs do not fit,
// it is the last with the output's type, whose own checks then say what is wrong.
func (d *definition) choose(m *Model, o *Operator) (*variant, error) {
	if most := max(d.variants[0].outputs, 1); len(o.Outputs) == 0 || len(o.Outputs) > most {
		return nil, fmt.Errorf("%d outputs, needs %s", len(o.Outputs), upTo(most))
	}
	out := &m.Tensors[o.Outputs[0]]
	var near *variant
	var types []string
	for i := range d.variants {
		v := &d.variants[i]
		if !slices.Contains(types, v.output.String()) {
			types = append(types, v.output.String())
		}
		if v.output != out.Type {
			continue
		}
		if v.takes(m, o.Inputs) {
			return v, nil
		}
		near = v
	}
	if near == nil {
		return nil, fmt.Errorf("output 0 (%.40q) is %v, needs %s", out.Name, out.Type, strings.Join(types, " or "))
	}
	return near, nil
}

// upTo says how many there may be.
func upTo(most int) string {
	if most == 1 {
		return "1"
	}
	return fmt.Sprintf("1 to %d", most)
}

// takes reports whether the inputs are of the variant's types.
func (v *variant) takes(m *Model, inputs []int) bool {
	for j, want := range v.inputs {
		if j >= len(inputs) || inputs[j] < 0 || m.Tensors[inputs[j]].Type != want {
			return false
		}
	}
	return true
}
