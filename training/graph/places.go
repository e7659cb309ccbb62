package graph

import "slices"

// Size returns the number of values of a shape.
func Size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// Strides returns how far apart neighbours lie along each dimension of a shape.
func Strides(shape []int) []int {
	all, n := make([]int, len(shape)), 1
	for i := len(shape) - 1; i >= 0; i-- {
		all[i] = n
		n *= shape[i]
	}
	return all
}

// Walk calls f for every place of a shape, in order, with the offset that steps come to there.
func Walk(shape, steps []int, f func(offset int)) {
	at, offset := make([]int, len(shape)), 0
	for range Size(shape) {
		f(offset)
		for k := len(at) - 1; k >= 0; k-- {
			at[k]++
			offset += steps[k]
			if at[k] < shape[k] {
				break
			}
			offset -= at[k] * steps[k]
			at[k] = 0
		}
	}
}

// Permuted returns a shape with its dimensions in another order, and how far apart neighbours
// lie along them in the first.
func Permuted(shape, order []int) (permuted, steps []int) {
	own := Strides(shape)
	permuted, steps = make([]int, len(order)), make([]int, len(order))
	for i, d := range order {
		permuted[i], steps[i] = shape[d], own[d]
	}
	return permuted, steps
}

// Spread returns how far apart neighbours lie in a shape along the dimensions of one that it is
// broadcast to: 0 where all take the same value.
func Spread(from, to []int) (steps []int) {
	steps = make([]int, len(to))
	for i, s := range Strides(from) {
		if from[i] != 1 {
			steps[len(to)-len(from)+i] = s
		}
	}
	return steps
}

// permuted returns a constant with its dimensions in another order.
func permuted(v *Value, order []int) *Value {
	shape, steps := Permuted(v.Shape, order)
	return v.picked(shape, steps)
}

// spreadTo returns a constant as one of a shape that it can be broadcast to.
func spreadTo(v *Value, shape []int) *Value {
	if slices.Equal(v.Shape, shape) {
		return v
	}
	return v.picked(slices.Clone(shape), Spread(v.Shape, shape))
}

// picked returns a constant's values at every place of a shape, by steps.
func (v *Value) picked(shape, steps []int) *Value {
	out := &Value{Name: v.Name, Shape: shape, Floats: make([]float32, 0, Size(shape))}
	Walk(shape, steps, func(at int) { out.Floats = append(out.Floats, v.Floats[at]) })
	return out
}

// narrowed returns a constant that is the same along a dimension with 1 there, wherever that
// is so.
func narrowed(v *Value) *Value {
	shape, steps := slices.Clone(v.Shape), Strides(v.Shape)
	for d, n := range v.Shape {
		step := steps[d]
		same := true
		for i := range v.Floats {
			if i/step%n != 0 && v.Floats[i] != v.Floats[i-step] {
				same = false
				break
			}
		}
		if same {
			shape[d] = 1
		}
	}
	return v.picked(shape, steps)
}

// perChannel returns a constant that is to be broadcast to shape as one number for each index
// of the last dimension, false where it varies along others.
func perChannel(v *Value, shape []int) ([]float32, bool) {
	channels := 1
	if len(shape) > 0 {
		channels = shape[len(shape)-1]
	}
	if len(v.Shape) > len(shape) && v.Size() != v.last() {
		return nil, false
	}
	if v.Size() == 1 {
		return slices.Repeat(v.Floats, channels), true
	}
	if v.last() == v.Size() && v.Size() == channels {
		return v.Floats, true
	}
	return nil, false
}
