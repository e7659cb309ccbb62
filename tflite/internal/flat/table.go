package flat

import (
	"encoding/binary"
	"math"
	"strings"
)

// Table is a verified table. The zero Table is absent and has no fields.
type Table struct {
	r         *Reader
	pos, size int
	vpos      int
	fields    int
}

// field gives the position of a field of size bytes, or false when it is
// absent or violates the format.
func (t Table) field(what string, id, size int) (int, bool) {
	if t.r == nil || t.r.err != nil || id >= t.fields {
		return 0, false
	}
	at := int(binary.LittleEndian.Uint16(t.r.data[t.vpos+4+2*id:]))
	if at == 0 {
		return 0, false
	}
	if at < 4 || at+size > t.size {
		t.r.fail("%s lies at %d to %d in a table of %d bytes", what, at, at+size, t.size)
		return 0, false
	}
	return t.pos + at, t.r.inside(what, t.pos+at, size, size)
}

// Has reports whether the field is present.
func (t Table) Has(what string, id int) bool {
	_, ok := t.field(what, id, 1)
	return ok
}

// Uint8 reads a uint8, int8, bool or union type.
func (t Table) Uint8(what string, id int, absent uint8) uint8 {
	if pos, ok := t.field(what, id, 1); ok {
		return t.r.data[pos]
	}
	return absent
}

// Bool reads a bool, which must be 0 or 1.
func (t Table) Bool(what string, id int) bool {
	v := t.Uint8(what, id, 0)
	if v > 1 {
		t.r.fail("%s is %d, not 0 or 1", what, v)
	}
	return v == 1
}

// Uint32 reads a uint32.
func (t Table) Uint32(what string, id int, absent uint32) uint32 {
	if pos, ok := t.field(what, id, 4); ok {
		return binary.LittleEndian.Uint32(t.r.data[pos:])
	}
	return absent
}

// Int32 reads an int32.
func (t Table) Int32(what string, id int, absent int32) int32 {
	return int32(t.Uint32(what, id, uint32(absent)))
}

// Uint64 reads a uint64.
func (t Table) Uint64(what string, id int) uint64 {
	if pos, ok := t.field(what, id, 8); ok {
		return binary.LittleEndian.Uint64(t.r.data[pos:])
	}
	return 0
}

// Float32 reads a float32 of any value, NaN included.
func (t Table) Float32(what string, id int) float32 {
	return math.Float32frombits(t.Uint32(what, id, 0))
}

// Table reads a table that a field refers to; absent where the field is.
func (t Table) Table(what string, id int) Table {
	pos, ok := t.field(what, id, 4)
	if !ok {
		return Table{}
	}
	if pos, ok = t.r.follow(what, pos); !ok {
		return Table{}
	}
	return t.r.table(what, pos)
}

// Vector reads a vector of elements of size bytes; empty where the field is
// absent. It may lie anywhere: there are writers that do not align vectors.
func (t Table) Vector(what string, id, size int) Vector {
	pos, ok := t.field(what, id, 4)
	if !ok {
		return Vector{}
	}
	if pos, ok = t.r.follow(what, pos); !ok {
		return Vector{}
	}
	if !t.r.inside(what, pos, 4, 1) {
		return Vector{}
	}
	n := binary.LittleEndian.Uint32(t.r.data[pos:])
	if uint64(n)*uint64(size) > uint64(len(t.r.data)-pos-4) {
		t.r.fail("%s at byte %d has %d elements of %d bytes, the file ends at %d", what, pos, n, size, len(t.r.data))
		return Vector{}
	}
	return Vector{r: t.r, what: what, pos: pos + 4, size: size, n: int(n)}
}

// String reads a string that ends with a zero byte; empty where the field is absent. What in it is not UTF-8 becomes
// U+FFFD, since names and descriptions do not change what a model computes.
func (t Table) String(what string, id int) string {
	v := t.Vector(what, id, 1)
	if v.r == nil || !v.r.inside(what, v.pos, v.n+1, 1) {
		return ""
	}
	b := v.r.data[v.pos : v.pos+v.n]
	if v.r.data[v.pos+v.n] != 0 {
		v.r.fail("%s at byte %d does not end with a zero byte", what, v.pos)
		return ""
	}
	if !v.r.spend(3 * v.n) { // as long as replacing every byte makes it
		return ""
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}
