package fft

import (
	"fmt"
	"math/bits"

	"github.com/auscult/auscult/dsp/internal/exact"
)

// MaxL1 is the largest sum of magnitudes that the input of Power may have.
const MaxL1 = 1<<31 - 1<<16

// Lengths that New accepts.
const (
	MinLength = 32
	MaxLength = 16384
)

const (
	twiddleBits = 30
	half        = 1 << (twiddleBits - 1)
)

// pair is a complex value.
type pair struct{ re, im int32 }

// factors are the three twiddle factors of a radix-4 butterfly in Q30.
type factors struct{ w1, w2, w3 pair }

// Real transforms real frames of one length.
type Real struct {
	n     int
	z     []pair      // n/2 values, transformed in place
	leaf  int         // 4 or 8: points of the first stage, which reads the input
	order []uint16    // first input of each leaf, in output order
	tw    [][]factors // per radix-4 stage
	split []pair      // exp(-2 pi i k / n), k = 0 to n/4
}

// New returns a transform of n real samples. n must be a power of two from
// MinLength to MaxLength.
func New(n int) (*Real, error) {
	if n < MinLength || n > MaxLength || n&(n-1) != 0 {
		return nil, fmt.Errorf("fft: length %d: must be a power of two, %d to %d", n, MinLength, MaxLength)
	}
	m := n / 2
	r := &Real{n: n, z: make([]pair, m), leaf: 4}
	if bits.TrailingZeros(uint(m))%2 == 1 {
		r.leaf = 8
	}

	leaves := m / r.leaf
	r.order = make([]uint16, leaves)
	for i := range r.order {
		o := 0
		for span, t := 1, i; span < leaves; span, t = span*4, t/4 {
			o = o*4 + t%4
		}
		r.order[i] = uint16(o)
	}
	for l := r.leaf; l < m; l *= 4 {
		tw := make([]factors, l)
		for j := range tw {
			tw[j] = factors{root(j, 4*l), root(2*j, 4*l), root(3*j, 4*l)}
		}
		r.tw = append(r.tw, tw)
	}
	r.split = make([]pair, m/2+1)
	for k := range r.split {
		r.split[k] = root(k, n)
	}
	return r, nil
}

// root returns exp(-2 pi i k / n) in Q30. n is a power of two.
func root(k, n int) pair {
	phase := uint64(k) << (64 - bits.TrailingZeros(uint(n)))
	sin, cos := exact.SinCos(phase)
	return pair{int32(exact.Round(cos, twiddleBits)), int32(exact.Round(-sin, twiddleBits))}
}

// Len returns the number of samples of a frame.
func (r *Real) Len() int { return r.n }

// Power writes the power spectrum of src to dst: |X_k|^2 for k = 0 to n/2. src
// has n values whose magnitudes sum to at most MaxL1; dst has n/2+1. Power
// panics when a length is wrong; when the sum is larger, the result is
// undefined.
func (r *Real) Power(dst []uint64, src []int32) {
	if len(src) != r.n || len(dst) != r.n/2+1 {
		panic("fft: wrong length of source or destination")
	}
	if r.leaf == 4 {
		r.leaves4(src)
	} else {
		r.leaves8(src)
	}
	for _, tw := range r.tw {
		stage(r.z, tw)
	}
	r.power(dst)
}

// leaves4 computes the 4-point transforms of the first stage.
func (r *Real) leaves4(src []int32) {
	step := r.n / 4
	z := r.z
	for _, o := range r.order {
		i := 2 * int(o)
		y := (*[4]pair)(z)
		y[0], y[1], y[2], y[3] = dft4(at(src, i), at(src, i+step), at(src, i+2*step), at(src, i+3*step))
		z = z[4:]
	}
}

// leaves8 computes the 8-point transforms of the first stage: two of 4 points,
// joined with eighth roots of unity.
func (r *Real) leaves8(src []int32) {
	step := r.n / 8
	z := r.z
	for _, o := range r.order {
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

// diagonal returns x*sqrt(1/2). |x| is at most 2^32.
func diagonal(x int64) int32 {
	const sqrtHalf = 759250125 // Q30
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

// stage joins each four transforms of len(tw) points into one. The 4-point
// transform is dft4's, written out: a call costs a third of the stage.
func stage(z []pair, tw []factors) {
	l := len(tw)
	for ; len(z) >= 4*l; z = z[4*l:] {
		za, zb, zc, zd := z[:l], z[l:][:l], z[2*l:][:l], z[3*l:][:l]
		for j := range tw {
			w := &tw[j]
			a, b, c, d := za[j], rotate(zb[j], w.w1), rotate(zc[j], w.w2), rotate(zd[j], w.w3)
			s0re, s0im, s1re, s1im := a.re+c.re, a.im+c.im, a.re-c.re, a.im-c.im
			s2re, s2im, s3re, s3im := b.re+d.re, b.im+d.im, b.re-d.re, b.im-d.im
			za[j] = pair{s0re + s2re, s0im + s2im}
			zb[j] = pair{s1re + s3im, s1im - s3re}
			zc[j] = pair{s0re - s2re, s0im - s2im}
			zd[j] = pair{s1re - s3im, s1im + s3re}
		}
	}
}

// power splits the complex spectrum into that of the real signal and squares
// it. Doubled spectra need 33 bits, so the split works in int64 and halves
// with the shift that removes the factor's fraction.
func (r *Real) power(dst []uint64) {
	z := r.z
	m := len(z)
	dst[0] = square(int64(z[0].re)+int64(z[0].im), 0)
	dst[m] = square(int64(z[0].re)-int64(z[0].im), 0)
	dst[m/2] = square(int64(z[m/2].re), int64(z[m/2].im))
	lo, hi := z[1:m/2], z[m/2+1:]
	dstLo, dstHi := dst[1:m/2], dst[m/2+1:m]
	w := r.split[1:]
	w = w[:len(lo)]
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
		aRe, aIm := int64(p.re)+int64(q.re), int64(p.im)-int64(q.im)
		bRe, bIm := int64(p.re)-int64(q.re), int64(p.im)+int64(q.im)
		// t = -i w b, twice the odd samples' share, in Q30.
		tRe := bRe*int64(f.im) + bIm*int64(f.re)
		tIm := bIm*int64(f.im) - bRe*int64(f.re)
		aRe, aIm = aRe<<twiddleBits+2*half, aIm<<twiddleBits+2*half
		dstLo[i] = square((aRe+tRe)>>(twiddleBits+1), (aIm+tIm)>>(twiddleBits+1))
		*mirror = square((aRe-tRe)>>(twiddleBits+1), (aIm-tIm)>>(twiddleBits+1))
	}
}

// square returns re*re + im*im. Both fit an int32; saying so lets 32-bit
// machines use one multiplication each.
func square(re, im int64) uint64 {
	r, i := int64(int32(re)), int64(int32(im))
	return uint64(r*r) + uint64(i*i)
}
