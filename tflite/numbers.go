package tflite

import "strings"

// Numbers says in which number formats a model computes, in converters' words, for example "int8" or
// "dynamic range quantisation (weights int8, activations float32)".
func (m *Model) Numbers() string {
	types := map[Type]bool{}    // of what operators compute
	constant := map[Type]bool{} // of weights
	for i := range m.Operators {
		o := &m.Operators[i]
		for _, list := range [][]int{o.Inputs, o.Outputs} {
			for _, t := range list {
				if t < 0 || t >= len(m.Tensors) {
					continue
				}
				switch tensor := &m.Tensors[t]; {
				case tensor.Data == nil:
					types[tensor.Type] = true
				case len(tensor.Shape) > 1:
					constant[tensor.Type] = true
				}
			}
		}
	}
	var words []string
	if types[Float32] {
		switch {
		case constant[Float16]:
			words = append(words, "float32 with weights of float16")
		case constant[Int8] && !types[Int8] && !types[Int16]:
			words = append(words, "dynamic range quantisation (weights int8, activations float32)")
		case constant[Uint8] && !types[Uint8] && !types[Int8]:
			words = append(words, "dynamic range quantisation (weights uint8, activations float32)")
		default:
			words = append(words, "float32")
		}
	}
	if types[Int16] && constant[Int8] {
		words = append(words, "int16 activations with int8 weights (16x8)")
	}
	if types[Int8] {
		words = append(words, "int8")
	}
	if types[Uint8] {
		words = append(words, "uint8")
	}
	return strings.Join(words, ", ")
}
