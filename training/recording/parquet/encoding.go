package parquet

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Encodings.
const (
	encodingPlain      = 0
	encodingDictionary = 2
	encodingRLE        = 3
	encodingDelta      = 5
	encodingIndices    = 8
	encodingSplit      = 9
)

// encoded returns what gives the values of a page, one after the other.
func (c *Cursor) encoded(b []byte, encoding int64) (func() (float64, error), error) {
	switch encoding {
	case encodingPlain:
		return c.plain(b)
	case encodingDictionary, encodingIndices:
		return c.indices(b)
	case encodingDelta:
		if c.column.physical == typeInt32 || c.column.physical == typeInt64 {
			return newDeltas(b, c.number)
		}
	case encodingSplit:
		return c.split(b)
	case encodingRLE:
		if c.column.physical == typeBoolean {
			data, _, err := sized(b)
			bits := levels1(data)
			return func() (float64, error) {
				v, err := bits.next()
				return float64(v), err
			}, err
		}
	}
	return nil, fmt.Errorf("parquet: column %.40q is in encoding %d, which is not read", c.column.Name, encoding)
}

// number returns what a whole number of 64 bits stands for.
func (c *Cursor) number(v int64) float64 {
	switch {
	case c.column.unsigned && c.column.physical == typeInt32:
		return float64(uint32(v))
	case c.column.unsigned:
		return float64(uint64(v))
	case c.column.physical == typeInt32:
		return float64(int32(v))
	}
	return float64(v)
}

// width returns the bytes of a value.
func (c *Cursor) width() int {
	switch c.column.physical {
	case typeInt32, typeFloat:
		return 4
	case typeInt96:
		return 12
	}
	return 8
}

// value returns what the bytes of a value stand for.
func (c *Cursor) value(b []byte) float64 {
	le := binary.LittleEndian
	switch c.column.physical {
	case typeInt32:
		return c.number(int64(int32(le.Uint32(b))))
	case typeFloat:
		return float64(math.Float32frombits(le.Uint32(b)))
	case typeDouble:
		return math.Float64frombits(le.Uint64(b))
	case typeInt96: // nanoseconds of a day, and the day since 4713 BC
		const day1970 = 2440588
		return (float64(le.Uint32(b[8:]))-day1970)*86400 + float64(le.Uint64(b))*1e-9
	}
	return c.number(int64(le.Uint64(b)))
}

// plain gives values that stand one after the other.
func (c *Cursor) plain(b []byte) (func() (float64, error), error) {
	if c.column.physical == typeBoolean {
		at := 0
		return func() (float64, error) {
			if at/8 >= len(b) {
				return 0, errThrift
			}
			v := b[at/8] >> (at % 8) & 1
			at++
			return float64(v), nil
		}, nil
	}
	width := c.width()
	return func() (float64, error) {
		if len(b) < width {
			return 0, errThrift
		}
		v := c.value(b)
		b = b[width:]
		return v, nil
	}, nil
}

// split gives values whose first bytes stand together, then the second ones, and so on.
func (c *Cursor) split(b []byte) (func() (float64, error), error) {
	width := c.width()
	n, at, value := len(b)/width, 0, make([]byte, width)
	return func() (float64, error) {
		if at >= n {
			return 0, errThrift
		}
		for i := range value {
			value[i] = b[i*n+at]
		}
		at++
		return c.value(value), nil
	}, nil
}

// indices gives values of the dictionary.
func (c *Cursor) indices(b []byte) (func() (float64, error), error) {
	if len(b) == 0 { // none of the page's rows has a value
		return func() (float64, error) { return 0, errThrift }, nil
	}
	if b[0] > 32 {
		return nil, errThrift
	}
	at := levels{b: b[1:], width: int(b[0])}
	return func() (float64, error) {
		i, err := at.next()
		if err != nil || uint64(i) >= uint64(len(c.lookup)) {
			return 0, errThrift
		}
		return c.lookup[i], nil
	}, nil
}

// levels gives small numbers, as runs of one number and as numbers of a width in bits.
type levels struct {
	b     []byte
	width int
	run   uint64 // that are left of a run
	value uint32
	bits  uint64 // that are left of packed ones
	at    uint64 // bit of the next packed one
}

func levels1(b []byte) levels { return levels{b: b, width: 1} }

func (l *levels) next() (uint32, error) {
	for l.run == 0 && l.bits == 0 {
		if err := l.head(); err != nil {
			return 0, err
		}
	}
	if l.run > 0 {
		l.run--
		return l.value, nil
	}
	v := unpackBits(l.b, l.at, l.width)
	l.at += uint64(l.width)
	if l.bits--; l.bits == 0 {
		l.b = l.b[min(uint64(len(l.b)), (l.at+7)/8):]
	}
	return uint32(v), nil
}

// head reads the head of a run.
func (l *levels) head() error {
	n, size := binary.Uvarint(l.b)
	if size <= 0 {
		return errThrift
	}
	l.b = l.b[size:]
	if n&1 == 1 {
		// Groups of 8; the last may be cut off, as some write it.
		if n>>1 > 1<<40 {
			return errThrift
		}
		l.bits, l.at = n>>1*8, 0
		if l.width > 0 {
			l.bits = min(l.bits, uint64(len(l.b))*8/uint64(l.width))
		}
		if l.bits == 0 {
			return errThrift
		}
		return nil
	}
	bytes := (l.width + 7) / 8
	if l.run = n >> 1; l.run == 0 || len(l.b) < bytes {
		return errThrift
	}
	l.value = 0
	for i := range bytes {
		l.value |= uint32(l.b[i]) << (8 * i)
	}
	l.b = l.b[bytes:]
	return nil
}

// unpackBits returns a number of a width up to 64 that begins at a bit.
func unpackBits(b []byte, at uint64, width int) (v uint64) {
	for got := 0; got < width; {
		i := at / 8
		if i >= uint64(len(b)) {
			return v
		}
		shift := int(at % 8)
		n := min(8-shift, width-got)
		v |= uint64(b[i]>>shift) & (1<<n - 1) << got
		got += n
		at += uint64(n)
	}
	return v
}
