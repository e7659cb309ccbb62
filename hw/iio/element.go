package iio

import (
	"fmt"
	"strconv"
	"strings"
)

// Element is how the kernel stores one value of a scan.
type Element struct {
	BigEndian bool
	Signed    bool
	Bits      int // significant
	Storage   int // bits stored: 8, 16, 32 or 64
	Shift     int // to the right, before the significant bits are at the bottom
}

// ParseElement reads a type as the kernel writes it, "le:s16/16>>0".
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
	bits, rest, ok := strings.Cut(rest[1:], "/")
	if !ok {
		return bad("has no stored bits")
	}
	storage, shift, ok := strings.Cut(rest, ">>")
	if !ok {
		return bad("has no shift")
	}
	if strings.ContainsRune(storage, 'X') {
		return bad("repeated values are not read")
	}
	for _, field := range []struct {
		text string
		to   *int
	}{{bits, &e.Bits}, {storage, &e.Storage}, {shift, &e.Shift}} {
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
	}
	return e, nil
}

// Bytes returns how many bytes a value takes.
func (e Element) Bytes() int { return e.Storage / 8 }

// Value reads a value from the first Bytes of b.
func (e Element) Value(b []byte) int64 {
	var raw uint64
	n := e.Bytes()
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

// Q31 reads a signed value into the upper bits; bits beyond 32 are cut off.
func (e Element) Q31(b []byte) int32 {
	v := e.Value(b)
	if e.Bits > 32 {
		return int32(v >> (e.Bits - 32))
	}
	return int32(v << (32 - e.Bits))
}
