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
