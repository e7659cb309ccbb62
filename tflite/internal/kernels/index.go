package kernels

// Gather is GATHER whose indices are computed: for each batch entry and outer position it copies the entries that the
// indices name. What they name that is not there is zero.
type Gather[T int32 | int64] struct {
	Batches, Outer, Entries, Indices int
	Bytes                            int // of an entry
}

// Run copies what the indices name.
func (g *Gather[T]) Run(out, in []byte, indices []T) {
	for b := range g.Batches {
		for range g.Outer {
			for _, i := range indices[b*g.Indices:][:g.Indices] {
				if i < 0 {
					i += T(g.Entries)
				}
				if i < 0 || i >= T(g.Entries) {
					clear(out[:g.Bytes])
				} else {
					copy(out[:g.Bytes], in[int(i)*g.Bytes:])
				}
				out = out[g.Bytes:]
			}
			in = in[g.Entries*g.Bytes:]
		}
	}
}

// GatherND is GATHER_ND: each row of indices names an element, or a part, of the first dimensions.
type GatherND[T int32 | int64] struct {
	Shape []int // the dimensions that indices are about
	Bytes int   // of what they name
}

// Run copies what the indices name; what is not there is zero.
func (g *GatherND[T]) Run(out, in []byte, indices []T) {
	for len(out) > 0 {
		at, inside := 0, true
		for d, n := range g.Shape {
			i := indices[d]
			inside = inside && i >= 0 && i < T(n)
			at = at*n + int(i)
		}
		if inside {
			copy(out[:g.Bytes], in[at*g.Bytes:])
		} else {
			clear(out[:g.Bytes])
		}
		out, indices = out[g.Bytes:], indices[len(g.Shape):]
	}
}

// Best is ARG_MAX or ARG_MIN: the place of the first element along a dimension that is better than those before.
type Best[Out int32 | int64, In element] struct {
	Outer, N, Inner int
	Better          func(a, b In) bool
}

// Run finds the places.
func (k *Best[Out, In]) Run(out []Out, in []In) {
	for o := range k.Outer {
		for i := range k.Inner {
			row := in[o*k.N*k.Inner+i:]
			best := 0
			for n := 1; n < k.N; n++ {
				if k.Better(row[n*k.Inner], row[best*k.Inner]) {
					best = n
				}
			}
			out[o*k.Inner+i] = Out(best)
		}
	}
}

// Select is SELECT: an element of one tensor or another, as a third says; all three broadcast to the output.
type Select struct {
	Dims  []SelectDim // outermost first
	Bytes int         // of an element
}

// SelectDim is one dimension: how many steps, and how far a step goes in the condition and the two others, in elements.
type SelectDim struct {
	N    int
	Step [3]int
}

// Run picks every element, by the condition from one or the other.
func (s *Select) Run(out, condition, a, b []byte) {
	s.run(out, [3][]byte{condition, a, b}, s.Dims, [3]int{})
}

func (s *Select) run(out []byte, in [3][]byte, dims []SelectDim, at [3]int) []byte {
	if len(dims) == 0 {
		chosen := 2
		if in[0][at[0]] != 0 {
			chosen = 1
		}
		copy(out[:s.Bytes], in[chosen][at[chosen]*s.Bytes:])
		return out[s.Bytes:]
	}
	for range dims[0].N {
		out = s.run(out, in, dims[1:], at)
		for k, step := range dims[0].Step {
			at[k] += step
		}
	}
	return out
}

// Cumulate is CUMSUM: sums of all elements before along a dimension, backwards from its end where Reverse is set,
// without an element itself where Exclusive is.
type Cumulate[T int32 | float32] struct {
	Outer, N, Inner    int
	Reverse, Exclusive bool
}

// Run sums along the dimension.
func (k *Cumulate[T]) Run(out, in []T) {
	for o := range k.Outer {
		for i := range k.Inner {
			var sum T
			for n := range k.N {
				if k.Reverse {
					n = k.N - 1 - n
				}
				at := (o*k.N+n)*k.Inner + i
				v := in[at]
				if k.Exclusive {
					out[at] = sum
				}
				sum += v
				if !k.Exclusive {
					out[at] = sum
				}
			}
		}
	}
}
