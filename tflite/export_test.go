package tflite

import "slices"

// Defined lists the operators that this package runs.
func Defined() []Op {
	var all []Op
	for code, d := range definitions {
		if d != nil {
			all = append(all, Op(code))
		}
	}
	return all
}

// RunHalted runs all operators of an inference that is to end.
func (it *Interpreter) RunHalted() {
	it.stop.Store(true)
	for _, step := range it.steps {
		step()
	}
}

// Newest gives the latest version of an operator whose meaning is known.
func Newest(op Op) int { return definitions[op].newest }

// Results lists the types of an operator's output that have an arithmetic, or ways to move them; nil where the types
// choose nothing.
func Results(op Op) []Type {
	var all []Type
	for _, v := range definitions[op].variants {
		if !slices.Contains(all, v.output) {
			all = append(all, v.output)
		}
	}
	slices.Sort(all)
	return all
}
