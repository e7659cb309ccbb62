package fft

// leaves2 computes the 2-point transforms of the first stage. order has the
// first input of each.
func leaves2(z []pair, src []int32, order []uint16) {
	step := len(src) / 2
	for _, o := range order {
		a, b := at(src, 2*int(o)), at(src, 2*int(o)+step)
		y := (*[2]pair)(z)
		y[0], y[1] = pair{a.re + b.re, a.im + b.im}, pair{a.re - b.re, a.im - b.im}
		z = z[2:]
	}
}

// leaves4 computes the 4-point transforms of the first stage.
func leaves4(z []pair, src []int32, order []uint16) {
	step := len(src) / 4
	for _, o := range order {
		i := 2 * int(o)
		y := (*[4]pair)(z)
		y[0], y[1], y[2], y[3] = dft4(at(src, i), at(src, i+step), at(src, i+2*step), at(src, i+3*step))
		z = z[4:]
	}
}

// leaves8 computes the 8-point transforms of the first stage: two of 4 points,
// joined with eighth roots of unity.
func leaves8(z []pair, src []int32, order []uint16) {
	step := len(src) / 8
	for _, o := range order {
		i := 2 * int(o)
		e0, e1, e2, e3 := dft4(at(src, i), at(src, i+2*step), at(src, i+4*step), at(src, i+6*step))
		i += step
		o0, o1, o2, o3 := dft4(at(src, i), at(src, i+2*step), at(src, i+4*step), at(src, i+6*step))
		// exp(-i pi/4) and exp(-3 i pi/4) times o1 and o3; -i times o2.
		o1 = pair{diagonal(int64(o1.re) + int64(o1.im)), diagonal(int64(o1.im) - int64(o1.re))}
		o2 = pair{o2.im, -o2.re}
		o3 = pair{diagonal(int64(o3.im) - int64(o3.re)), diagonal(-int64(o3.re) - int64(o3.im))}
		y := (*[8]pair)(z)
		y[0], y[4] = pair{e0.re + o0.re, e0.im + o0.im}, pair{e0.re - o0.re, e0.im - o0.im}
		y[1], y[5] = pair{e1.re + o1.re, e1.im + o1.im}, pair{e1.re - o1.re, e1.im - o1.im}
		y[2], y[6] = pair{e2.re + o2.re, e2.im + o2.im}, pair{e2.re - o2.re, e2.im - o2.im}
		y[3], y[7] = pair{e3.re + o3.re, e3.im + o3.im}, pair{e3.re - o3.re, e3.im - o3.im}
		z = z[8:]
	}
}

// at returns the complex input value whose real part stands at src[i].
func at(src []int32, i int) pair {
	s := src[i : i+2 : i+2]
	return pair{s[0], s[1]}
}

// sqrtHalf is sqrt(1/2) in Q30.
const sqrtHalf = 759250125

// diagonal returns x*sqrt(1/2). |x| is at most 2^32.
func diagonal(x int64) int32 {
	return int32((x*sqrtHalf + half) >> twiddleBits)
}

// dft4 returns the 4-point transform of a, b, c, d.
func dft4(a, b, c, d pair) (y0, y1, y2, y3 pair) {
	s0, s1 := pair{a.re + c.re, a.im + c.im}, pair{a.re - c.re, a.im - c.im}
	s2, s3 := pair{b.re + d.re, b.im + d.im}, pair{b.re - d.re, b.im - d.im}
	return pair{s0.re + s2.re, s0.im + s2.im}, pair{s1.re + s3.im, s1.im - s3.re},
		pair{s0.re - s2.re, s0.im - s2.im}, pair{s1.re - s3.im, s1.im + s3.re}
}

// rotate returns v*w, w in Q30. The modulus of v is below 2^31 and that of w at
// most 1 (Q30 rounding aside), so each sum of two products is below 2^62.
func rotate(v, w pair) pair {
	return pair{
		int32((int64(v.re)*int64(w.re) - int64(v.im)*int64(w.im) + half) >> twiddleBits),
		int32((int64(v.re)*int64(w.im) + int64(v.im)*int64(w.re) + half) >> twiddleBits),
	}
}

// stage4 joins each four transforms of len(tw)/3 points into one. The 4-point
// transform is dft4's, written out: a call costs a third of the stage.
func stage4(z []pair, tw []pair) {
	l := len(tw) / 3
	w1, w2, w3 := tw[:l], tw[l:][:l], tw[2*l:][:l]
	for ; len(z) >= 4*l; z = z[4*l:] {
		za, zb, zc, zd := z[:l], z[l:][:l], z[2*l:][:l], z[3*l:][:l]
		for j := range w1 {
			a, b, c, d := za[j], rotate(zb[j], w1[j]), rotate(zc[j], w2[j]), rotate(zd[j], w3[j])
			s0re, s0im, s1re, s1im := a.re+c.re, a.im+c.im, a.re-c.re, a.im-c.im
			s2re, s2im, s3re, s3im := b.re+d.re, b.im+d.im, b.re-d.re, b.im-d.im
			za[j] = pair{s0re + s2re, s0im + s2im}
			zb[j] = pair{s1re + s3im, s1im - s3re}
			zc[j] = pair{s0re - s2re, s0im - s2im}
			zd[j] = pair{s1re - s3im, s1im + s3re}
		}
	}
}

// stage3 joins each three transforms of len(tw)/2 points into one.
func stage3(z []pair, tw []pair) {
	const sin = 929887697 // sin(2 pi/3) in Q30
	l := len(tw) / 2
	w1, w2 := tw[:l], tw[l:][:l]
	for ; len(z) >= 3*l; z = z[3*l:] {
		za, zb, zc := z[:l], z[l:][:l], z[2*l:][:l]
		for j := range w1 {
			a, b, c := za[j], rotate(zb[j], w1[j]), rotate(zc[j], w2[j])
			sum, difference := pair{b.re + c.re, b.im + c.im}, pair{b.re - c.re, b.im - c.im}
			re, im := int64(a.re)<<twiddleBits-int64(sum.re)*half, int64(a.im)<<twiddleBits-int64(sum.im)*half
			za[j] = pair{a.re + sum.re, a.im + sum.im}
			zb[j], zc[j] = conjugates(re, im, sin*int64(difference.re), sin*int64(difference.im))
		}
	}
}

// stage5 joins each five transforms of len(tw)/4 points into one.
func stage5(z []pair, tw []pair) {
	const (
		// cos(2 pi/5), cos(4 pi/5), sin(2 pi/5) and sin(4 pi/5) in Q30.
		cos1, cos2 = 331804471, -868675383
		sin1, sin2 = 1021189159, 631129609
	)
	l := len(tw) / 4
	w1, w2, w3, w4 := tw[:l], tw[l:][:l], tw[2*l:][:l], tw[3*l:][:l]
	for ; len(z) >= 5*l; z = z[5*l:] {
		za, zb, zc, zd, ze := z[:l], z[l:][:l], z[2*l:][:l], z[3*l:][:l], z[4*l:][:l]
		for j := range w1 {
			a, b, c, d, e := za[j], rotate(zb[j], w1[j]), rotate(zc[j], w2[j]), rotate(zd[j], w3[j]), rotate(ze[j], w4[j])
			sum1, sum2 := pair{b.re + e.re, b.im + e.im}, pair{c.re + d.re, c.im + d.im}
			re1, im1, re2, im2 := int64(sum1.re), int64(sum1.im), int64(sum2.re), int64(sum2.im)
			dre1, dim1 := int64(b.re-e.re), int64(b.im-e.im)
			dre2, dim2 := int64(c.re-d.re), int64(c.im-d.im)
			are, aim := int64(a.re)<<twiddleBits, int64(a.im)<<twiddleBits
			za[j] = pair{a.re + sum1.re + sum2.re, a.im + sum1.im + sum2.im}
			zb[j], ze[j] = conjugates(are+cos1*re1+cos2*re2, aim+cos1*im1+cos2*im2, sin1*dre1+sin2*dre2, sin1*dim1+sin2*dim2)
			zc[j], zd[j] = conjugates(are+cos2*re1+cos1*re2, aim+cos2*im1+cos1*im2, sin2*dre1-sin1*dre2, sin2*dim1-sin1*dim2)
		}
	}
}

// conjugates returns m - i n and m + i n for Q30 values m and n, rounded.
func conjugates(mre, mim, nre, nim int64) (minus, plus pair) {
	return pair{int32((mre + nim + half) >> twiddleBits), int32((mim - nre + half) >> twiddleBits)},
		pair{int32((mre - nim + half) >> twiddleBits), int32((mim + nre + half) >> twiddleBits)}
}

// splitGeneric splits the complex spectrum into that of the real signal and
// squares it, but for the bins 0, m/2 and m = len(z). The sums over even and
// odd samples are below 2^30, so twice their spectra fit an int32; the shift
// that removes the factor's fraction halves them.
func splitGeneric(dst []uint64, z, w []pair) {
	m := len(z)
	k := (m - 1) / 2
	lo, hi := z[1:k+1], z[m-k:]
	dstLo, dstHi := dst[1:k+1], dst[m-k:m]
	w = w[1:][:len(lo)]
	dstLo = dstLo[:len(lo)]
	for i, p := range lo {
		// The upper half is walked backwards by cutting it, which needs no
		// check of an index.
		if len(hi) == 0 || len(dstHi) == 0 {
			break
		}
		q, f, mirror := hi[len(hi)-1], w[i], &dstHi[len(dstHi)-1]
		hi, dstHi = hi[:len(hi)-1], dstHi[:len(dstHi)-1]
		// Twice the spectra of the even (a) and i times the odd samples (b).
		aRe, aIm := int64(p.re+q.re), int64(p.im-q.im)
		bRe, bIm := int64(p.re-q.re), int64(p.im+q.im)
		// t = -i w b, twice the odd samples' share, in Q30.
		tRe := bRe*int64(f.im) + bIm*int64(f.re)
		tIm := bIm*int64(f.im) - bRe*int64(f.re)
		aRe, aIm = aRe<<twiddleBits+2*half, aIm<<twiddleBits+2*half
		dstLo[i] = square(int32((aRe+tRe)>>(twiddleBits+1)), int32((aIm+tIm)>>(twiddleBits+1)))
		*mirror = square(int32((aRe-tRe)>>(twiddleBits+1)), int32((aIm-tIm)>>(twiddleBits+1)))
	}
}

// square returns re*re + im*im.
func square(re, im int32) uint64 {
	return uint64(int64(re)*int64(re)) + uint64(int64(im)*int64(im))
}
