package tflite

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
