package kernels

import "slices"

// TopK is TOPK_V2: the largest elements of each row in falling order, and their places. Of equal ones the first comes
// first.
type TopK[T element] struct {
	N, K  int     // elements of a row, and how many of them are wanted
	Order []int32 // scratch, N
	halt
}

// Run finds them.
func (k *TopK[T]) Run(values []T, places []int32, in []T) {
	for ; len(in) > 0 && !k.halted(); in = in[k.N:] {
		for i := range k.Order {
			k.Order[i] = int32(i)
		}
		slices.SortFunc(k.Order, func(a, b int32) int {
			switch x, y := in[a], in[b]; {
			case x > y:
				return -1
			case x < y:
				return 1
			}
			return int(a - b)
		})
		for i, at := range k.Order[:k.K] {
			values[i], places[i] = in[at], at
		}
		values, places = values[k.K:], places[k.K:]
	}
}

// OneHot is ONE_HOT: for each index a run that says at its place on, and off elsewhere; none where the index is beyond.
type OneHot[I int32 | int64] struct {
	Outer, Depth, Inner int
	Bytes               int // of an element
}

// Run writes all runs.
func (k *OneHot[I]) Run(out []byte, indices []I, on, off []byte) {
	for i := range k.Outer {
		for d := range k.Depth {
			for _, at := range indices[i*k.Inner : (i+1)*k.Inner] {
				from := off
				if int64(at) == int64(d) {
					from = on
				}
				out = out[copy(out, from[:k.Bytes]):]
			}
		}
	}
}

// Range is RANGE: each number is the one before and a step more.
type Range[T int32 | int64 | float32] struct{}

// Run counts.
func (Range[T]) Run(out, start, step []T) {
	v := start[0]
	for i := range out {
		out[i] = v
		v += step[0]
	}
}
