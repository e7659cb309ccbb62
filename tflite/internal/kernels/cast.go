package kernels

import "math"

// Cast changes the type of whole numbers. Those beyond an integer type wrap.
type Cast[Out int32 | int64 | float32, In int32 | int64] struct{}

// Run maps in to out.
func (Cast[Out, In]) Run(out []Out, in []In) {
	in = in[:len(out)]
	for i, v := range in {
		out[i] = Out(v)
	}
}

// Truncate makes int32 of float32: fractions are cut off, what is beyond becomes the limit, and NaN 0.
type Truncate struct{}

// Run maps in to out.
func (Truncate) Run(out []int32, in []float32) {
	in = in[:len(out)]
	for i, x := range in {
		switch {
		case x != x:
			out[i] = 0
		case x >= 1<<31:
			out[i] = math.MaxInt32
		case x <= -1<<31:
			out[i] = math.MinInt32
		default:
			out[i] = int32(x)
		}
	}
}
