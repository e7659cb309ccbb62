package iio

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// Element is how the kernel stores one element of a scan.
type Element struct {
	BigEndian bool
	Signed    bool
	Bits      int // significant
	Storage   int // bits stored: 8, 16, 32 or 64
	Shift     int // to the right, before the significant bits are at the bottom
	Repeat    int // values, one behind the other
}

// maxRepeat bounds how many values an element may have.
const maxRepeat = 64

// ParseElement reads a type as the kernel writes it, "le:s16/16>>0" or "be:s12/16X4>>4".
func ParseElement(s string) (e Element, err error) {
	bad := func(why string) (Element, error) {
		return Element{}, fmt.Errorf("iio: type %q: %s", s, why)
	}
	if len(s) > 64 {
		return bad("too long")
	}
	rest := strings.TrimSpace(s)
	order, rest, ok := strings.Cut(rest, ":")
	if !ok || order != "le" && order != "be" {
		return bad(`must begin with "le:" or "be:"`)
	}
	e.BigEndian = order == "be"
	if rest == "" || rest[0] != 's' && rest[0] != 'u' {
		return bad("must say s or u")
	}
	e.Signed = rest[0] == 's'
	significant, rest, ok := strings.Cut(rest[1:], "/")
	if !ok {
		return bad("has no stored bits")
	}
	storage, shift, ok := strings.Cut(rest, ">>")
	if !ok {
		return bad("has no shift")
	}
	storage, repeat, repeats := strings.Cut(storage, "X")
	if !repeats {
		repeat = "1"
	}
	for _, field := range []struct {
		text string
		to   *int
	}{{significant, &e.Bits}, {storage, &e.Storage}, {shift, &e.Shift}, {repeat, &e.Repeat}} {
		n, err := strconv.ParseUint(field.text, 10, 8)
		if err != nil {
			return bad(fmt.Sprintf("%q is no number", field.text))
		}
		*field.to = int(n)
	}
	switch {
	case e.Storage != 8 && e.Storage != 16 && e.Storage != 32 && e.Storage != 64:
		return bad("must be stored in 8, 16, 32 or 64 bits")
	case e.Bits < 1 || e.Bits+e.Shift > e.Storage:
		return bad("the significant bits do not fit into the stored ones")
	case e.Repeat < 1 || e.Repeat > maxRepeat:
		return bad(fmt.Sprintf("must have 1 to %d values", maxRepeat))
	case e.Repeat&(e.Repeat-1) != 0:
		// The kernel aligns by the whole element, which it can for powers of 2 only.
		return bad("its number of values must be a power of 2")
	}
	return e, nil
}

// Bytes returns how many bytes an element takes.
func (e Element) Bytes() int { return e.Storage / 8 * e.Repeat }

// Value reads the value of an element from the first Bytes of b: of one that repeats the mean,
// rounded down, since all its values are of one moment.
func (e Element) Value(b []byte) int64 {
	if e.Repeat == 1 {
		return e.one(b)
	}
	// As quotients and remainders: a sum of 64 bits could overflow.
	var whole, rest int64
	for i := range e.Repeat {
		v := e.one(b[i*e.Storage/8:])
		whole += v >> bits.TrailingZeros(uint(e.Repeat))
		rest += v & int64(e.Repeat-1)
	}
	return whole + rest>>bits.TrailingZeros(uint(e.Repeat))
}

// one reads the first value of b.
func (e Element) one(b []byte) int64 {
	var raw uint64
	n := e.Storage / 8
	for i := range n {
		if e.BigEndian {
			raw = raw<<8 | uint64(b[i])
		} else {
			raw |= uint64(b[i]) << (8 * i)
		}
	}
	raw = raw >> e.Shift << (64 - e.Bits)
	if e.Signed {
		return int64(raw) >> (64 - e.Bits)
	}
	return int64(raw >> (64 - e.Bits))
}

// Q31 reads a value with an offset in Q31 added, into the upper bits; bits beyond 32 are cut off,
// and what is beyond full scale is clipped.
func (e Element) Q31(b []byte, offset int64) int32 {
	v := e.Value(b)
	if e.Bits > 32 {
		v >>= e.Bits - 32
	} else {
		v <<= 32 - e.Bits
	}
	return int32(min(max(v+offset, math.MinInt32), math.MaxInt32))
}
