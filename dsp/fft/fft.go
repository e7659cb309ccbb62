package fft

import (
	"fmt"
	"math/bits"

	"github.com/auscult/auscult/dsp/internal/exact"
)

// MaxL1 is the largest sum of magnitudes that the samples of even index may
// have, and those of odd index.
const MaxL1 = 1<<30 - 1<<15

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

// level is one stage of butterflies: it joins each radix transforms of points
// values into one.
type level struct {
	radix, points int
	tw            []pair // exp(-2 pi i j k / (radix*points)), k = 1 to radix-1, j = 0 to points-1
}

// Real transforms real frames of one length.
type Real struct {
	n      int
	z      []pair   // n/2 values, transformed in place
	leaf   int      // 1, 2, 4 or 8: points of the first stage, which reads the input
	order  []uint16 // first input of each leaf, in output order
	levels []level
	split  []pair // exp(-2 pi i k / n), k = 0 to n/4
}

// CheckLength returns nil when New accepts the length, else an error that names
// the nearest lengths that it accepts.
func CheckLength(n int) error {
	if n < MinLength || n > MaxLength {
		return fmt.Errorf("fft: length %d: must be %d to %d", n, MinLength, MaxLength)
	}
	if isSmooth(n) {
		return nil
	}
	below, above := n, n
	for !isSmooth(below) {
		below--
	}
	for !isSmooth(above) {
		above++
	}
	return fmt.Errorf("fft: length %d: must be even and half of it a product of 2, 3 and 5: use %d or %d", n, below, above)
}

// isSmooth says whether n is even and half of it has no other prime factors
// than 2, 3 and 5.
func isSmooth(n int) bool {
	if n%2 != 0 {
		return false
	}
	for _, p := range []int{2, 3, 5} {
		for n%p == 0 {
			n /= p
		}
	}
	return n == 1
}

// New returns a transform of n real samples. n is even, MinLength to MaxLength,
// and n/2 is a product of 2, 3 and 5; powers of two are the fastest.
func New(n int) (*Real, error) {
	if err := CheckLength(n); err != nil {
		return nil, err
	}
	m := n / 2
	r := &Real{n: n, z: make([]pair, m), leaf: 1}
	twos := bits.TrailingZeros(uint(m))
	switch {
	case twos == 1:
		r.leaf = 2
	case twos >= 2:
		r.leaf = 4 << (twos % 2)
	}
	points := r.leaf
	for _, radix := range []int{4, 3, 5} {
		limit := m
		if radix == 4 {
			limit = 1 << twos
		}
		for points < limit && limit/points%radix == 0 {
			r.levels = append(r.levels, newLevel(radix, points))
			points *= radix
		}
	}

	leaves := m / r.leaf
	r.order = make([]uint16, leaves)
	for i := range r.order {
		// The last stage joins the transforms of every radix-th input: its digit
		// of the position, the highest, is the lowest of the input.
		first, step, rest, block := 0, 1, i, leaves
		for k := len(r.levels) - 1; k >= 0; k-- {
			radix := r.levels[k].radix
			block /= radix
			first += rest / block * step
			step *= radix
			rest %= block
		}
		r.order[i] = uint16(first)
	}
	r.split = make([]pair, m/2+1)
	for k := range r.split {
		r.split[k] = root(k, n)
	}
	return r, nil
}

func newLevel(radix, points int) level {
	s := level{radix: radix, points: points, tw: make([]pair, 0, (radix-1)*points)}
	for k := 1; k < radix; k++ {
		for j := range points {
			s.tw = append(s.tw, root(j*k, radix*points))
		}
	}
	return s
}

// root returns exp(-2 pi i k / n) in Q30, k < n.
func root(k, n int) pair {
	phase, _ := bits.Div64(uint64(k), uint64(n)/2, uint64(n))
	sin, cos := exact.SinCos(phase)
	return pair{int32(exact.Round(cos, twiddleBits)), int32(exact.Round(-sin, twiddleBits))}
}

// Len returns the number of samples of a frame.
func (r *Real) Len() int { return r.n }

// Power writes the power spectrum of src to dst: |X_k|^2 for k = 0 to n/2. src
// has n values; the magnitudes of those with even index, and of those with odd
// index, sum to at most MaxL1 each. dst has n/2+1 values. Power panics when a
// length is wrong; when a sum is larger, the result is undefined.
func (r *Real) Power(dst []uint64, src []int32) {
	if len(src) != r.n || len(dst) != r.n/2+1 {
		panic("fft: wrong length of source or destination")
	}
	r.transform(src)
	z := r.z
	m := len(z)
	dst[0] = square(z[0].re+z[0].im, 0)
	dst[m] = square(z[0].re-z[0].im, 0)
	if m%2 == 0 {
		dst[m/2] = square(z[m/2].re, z[m/2].im)
	}
	split(dst, z, r.split)
}

// transformGeneric computes the complex spectrum in z.
func (r *Real) transformGeneric(src []int32) {
	switch r.leaf {
	case 1:
		for i, o := range r.order {
			r.z[i] = at(src, 2*int(o))
		}
	case 2:
		leaves2(r.z, src, r.order)
	case 4:
		leaves4(r.z, src, r.order)
	default:
		leaves8(r.z, src, r.order)
	}
	for i := range r.levels {
		s := &r.levels[i]
		switch s.radix {
		case 3:
			stage3(r.z, s.tw)
		case 4:
			stage4(r.z, s.tw)
		default:
			stage5(r.z, s.tw)
		}
	}
}
