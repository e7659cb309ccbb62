package kernels

// MatMul is BATCH_MATMUL: matrices of m rows and k columns times such of k rows and n columns, each from where it lies.
type MatMul struct {
	M, K, N    int
	A, B       Lay
	AtA, AtB   []int32 // where each batch entry's matrices begin; those of the output follow each other
	ZeroA      int32   // zero points of int8
	ZeroB      int32
	ZeroOut    int32
	Multiplier Multiplier
	Sums       []int32 // scratch of int8, a row
	halt
}

// Lay says how many elements apart neighbours in a column and in a row of a matrix are.
type Lay struct{ Row, Column int }

// FloatMatMul is MatMul of float32. Products are added in order, as FloatConv's.
type FloatMatMul struct{ MatMul }

// Run multiplies all matrices.
func (m *FloatMatMul) Run(out, a, b []float32) {
	for e := range m.AtA {
		for i := range m.M {
			if m.halted() {
				return
			}
			row := out[:m.N]
			clear(row)
			for p := range m.K {
				x := a[int(m.AtA[e])+i*m.A.Row+p*m.A.Column]
				from := b[int(m.AtB[e])+p*m.B.Row:]
				if m.B.Column == 1 {
					for j, w := range from[:len(row)] {
						row[j] += float32(x * w)
					}
					continue
				}
				for j := range row {
					row[j] += float32(x * from[j*m.B.Column])
				}
			}
			out = out[m.N:]
		}
	}
}

// Run multiplies all matrices of codes.
func (m *MatMul) Run(out, a, b []int8) {
	for e := range m.AtA {
		for i := range m.M {
			if m.halted() {
				return
			}
			clear(m.Sums)
			for p := range m.K {
				x := int32(a[int(m.AtA[e])+i*m.A.Row+p*m.A.Column]) - m.ZeroA
				from := b[int(m.AtB[e])+p*m.B.Row:]
				for j := range m.Sums {
					m.Sums[j] += x * (int32(from[j*m.B.Column]) - m.ZeroB)
				}
			}
			for j, sum := range m.Sums {
				v := int64(m.Multiplier.ApplySum(sum)) + int64(m.ZeroOut)
				out[j] = int8(min(max(v, -128), 127))
			}
			out = out[m.N:]
		}
	}
}

// WideMatMul is MatMul of int16, of which sums have 64 bits.
type WideMatMul struct {
	MatMul
	Sums []int64 // scratch, a row
}

// Run multiplies all matrices of codes.
func (m *WideMatMul) Run(out, a, b []int16) {
	for e := range m.AtA {
		for i := range m.M {
			if m.halted() {
				return
			}
			clear(m.Sums)
			for p := range m.K {
				x := int32(a[int(m.AtA[e])+i*m.A.Row+p*m.A.Column])
				from := b[int(m.AtB[e])+p*m.B.Row:]
				for j := range m.Sums {
					m.Sums[j] += int64(x * int32(from[j*m.B.Column]))
				}
			}
			for j, sum := range m.Sums {
				out[j] = saturateQ(m.Multiplier.ApplyWide(sum))
			}
			out = out[m.N:]
		}
	}
}

// Finish adds a bias, where there is one, to rows of sums, and bounds them.
func Finish(rows, bias []float32, least, most float32) {
	for i, v := range rows {
		if len(bias) > 0 {
			v += bias[i%len(bias)]
		}
		rows[i] = min(max(v, least), most)
	}
}
