package flat

import (
	"encoding/binary"
	"math"
)

// Vector is a verified vector. The zero Vector is absent and empty.
type Vector struct {
	r    *Reader
	what string
	pos  int
	size int
	n    int
}

// Len gives the number of elements.
func (v Vector) Len() int { return v.n }

// Bytes gives the bytes of a vector of 1-byte elements without copying them;
// nil when it is empty. The result has no spare capacity.
func (v Vector) Bytes() []byte {
	if v.n == 0 {
		return nil
	}
	return v.r.data[v.pos : v.pos+v.n : v.pos+v.n]
}

// Table reads the table that element i of a vector of offsets refers to.
func (v Vector) Table(i int) Table {
	pos, ok := v.r.follow(v.what, v.pos+4*i)
	if !ok {
		return Table{}
	}
	return v.r.table(v.what, pos)
}

// Ints copies a vector of int32.
func (v Vector) Ints() []int {
	if v.n == 0 || !v.r.spend(8*v.n) {
		return nil
	}
	out := make([]int, v.n)
	for i := range out {
		out[i] = int(int32(binary.LittleEndian.Uint32(v.r.data[v.pos+4*i:])))
	}
	return out
}

// Int64s copies a vector of int64.
func (v Vector) Int64s() []int64 {
	if v.n == 0 || !v.r.spend(8*v.n) {
		return nil
	}
	out := make([]int64, v.n)
	for i := range out {
		out[i] = int64(binary.LittleEndian.Uint64(v.r.data[v.pos+8*i:]))
	}
	return out
}

// Float32s copies a vector of float32.
func (v Vector) Float32s() []float32 {
	if v.n == 0 || !v.r.spend(4*v.n) {
		return nil
	}
	out := make([]float32, v.n)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(v.r.data[v.pos+4*i:]))
	}
	return out
}
