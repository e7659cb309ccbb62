package matrix

// Generic is the family that every processor can run, and the reference of the
// others.
var Generic = &Impl{Name: "generic", MR: 4, NR: 4, tile: tileGeneric}

// tileGeneric computes a tile of 4x4: as many sums as fit in registers.
func tileGeneric(w *Work) {
	var s [4][4]float32
	for i := range s {
		from := w.init
		if from == nil {
			from = w.c[w.outs[i]:]
		}
		copy(s[i][:], from[:4])
	}
	c00, c01, c02, c03 := s[0][0], s[0][1], s[0][2], s[0][3]
	c10, c11, c12, c13 := s[1][0], s[1][1], s[1][2], s[1][3]
	c20, c21, c22, c23 := s[2][0], s[2][1], s[2][2], s[2][3]
	c30, c31, c32, c33 := s[3][0], s[3][1], s[3][2], s[3][3]
	stepA, stepB, unitB := w.stepA/4, w.stepB/4, w.unitB/4
	r0, r1, r2, r3 := int(w.rows[0]), int(w.rows[1]), int(w.rows[2]), int(w.rows[3])
	for _, seg := range w.segs {
		a, b := int(seg.A), int(seg.B)*unitB
		for range seg.N {
			y := w.b[b : b+4 : b+4]
			b0, b1, b2, b3 := y[0], y[1], y[2], y[3]
			v := w.a[r0+a]
			c00 += v * b0
			c01 += v * b1
			c02 += v * b2
			c03 += v * b3
			v = w.a[r1+a]
			c10 += v * b0
			c11 += v * b1
			c12 += v * b2
			c13 += v * b3
			v = w.a[r2+a]
			c20 += v * b0
			c21 += v * b1
			c22 += v * b2
			c23 += v * b3
			v = w.a[r3+a]
			c30 += v * b0
			c31 += v * b1
			c32 += v * b2
			c33 += v * b3
			a += stepA
			b += stepB
		}
	}
	s = [4][4]float32{{c00, c01, c02, c03}, {c10, c11, c12, c13}, {c20, c21, c22, c23}, {c30, c31, c32, c33}}
	for i := range s {
		c := w.c[w.outs[i]:][:4]
		for j, v := range s[i] {
			c[j] = min(max(v, w.lo), w.hi)
		}
	}
}
