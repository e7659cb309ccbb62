package kernels

// Generic is the family in plain Go, which every processor runs.
var Generic = &Impl{Name: "generic", width: 4, group: 1, rows: 2}

// generic computes rows in pairs, four outputs at a time, so that each value
// loaded serves several products.
func (g *Gemm) generic(out, in []int8, outs, rows []int32) {
	n := len(g.taps) * g.count
	for o := 0; o < g.outputs; o += 4 {
		w := g.weights[o*n:][:4*n]
		k := min(4, g.outputs-o)
		i := 0
		for ; i+2 <= len(rows); i += 2 {
			s := g.pair(w, in, int(rows[i]), int(rows[i+1]), o)
			for j := range k {
				out[int(outs[i])+o+j] = g.code(o+j, s[j])
				out[int(outs[i+1])+o+j] = g.code(o+j, s[4+j])
			}
		}
		for ; i < len(rows); i++ {
			s := g.single(w, in, int(rows[i]), o)
			for j := range k {
				out[int(outs[i])+o+j] = g.code(o+j, s[j])
			}
		}
	}
}

// pair sums four outputs of two rows.
func (g *Gemm) pair(w, in []int8, row0, row1, o int) [8]int32 {
	a0, a1, a2, a3 := g.bias[o], g.bias[o+1], g.bias[o+2], g.bias[o+3]
	b0, b1, b2, b3 := a0, a1, a2, a3
	for _, t := range g.taps {
		x := in[row0+int(t):][:g.count]
		y := in[row1+int(t):][:g.count]
		for i, v := range x {
			q := (*[4]int8)(w[4*i:])
			w0, w1, w2, w3 := int32(q[0]), int32(q[1]), int32(q[2]), int32(q[3])
			xi, yi := int32(v), int32(y[i])
			a0 += xi * w0
			a1 += xi * w1
			a2 += xi * w2
			a3 += xi * w3
			b0 += yi * w0
			b1 += yi * w1
			b2 += yi * w2
			b3 += yi * w3
		}
		w = w[4*g.count:]
	}
	return [8]int32{a0, a1, a2, a3, b0, b1, b2, b3}
}

// single sums four outputs of one row.
func (g *Gemm) single(w, in []int8, row, o int) [4]int32 {
	a0, a1, a2, a3 := g.bias[o], g.bias[o+1], g.bias[o+2], g.bias[o+3]
	for _, t := range g.taps {
		for i, v := range in[row+int(t):][:g.count] {
			q := (*[4]int8)(w[4*i:])
			xi := int32(v)
			a0 += xi * int32(q[0])
			a1 += xi * int32(q[1])
			a2 += xi * int32(q[2])
			a3 += xi * int32(q[3])
		}
		w = w[4*g.count:]
	}
	return [4]int32{a0, a1, a2, a3}
}
