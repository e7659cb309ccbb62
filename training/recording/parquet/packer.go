package parquet

import "encoding/binary"

// packer writes structures of Thrift's compact protocol.
type packer struct {
	b       []byte
	last    int   // field of the structure at hand that was written last
	outer   []int // the same of those around it
	pending int   // field whose value comes next; 0: an element of a list does
}

// field says that a field's value comes next. Fields come in the order of their numbers.
func (p *packer) field(id int) *packer {
	p.pending = id
	return p
}

// head writes what stands before a value.
func (p *packer) head(kind byte) {
	if p.pending == 0 {
		return
	}
	p.b = append(p.b, byte(p.pending-p.last)<<4|kind)
	p.last, p.pending = p.pending, 0
}

func (p *packer) i32(v int) { p.int(thriftI32, v) }

func (p *packer) i64(v int) { p.int(thriftI64, v) }

func (p *packer) int(kind byte, v int) {
	p.head(kind)
	p.b = binary.AppendVarint(p.b, int64(v))
}

func (p *packer) text(s string) {
	p.head(thriftBinary)
	p.b = binary.AppendUvarint(p.b, uint64(len(s)))
	p.b = append(p.b, s...)
}

// list begins a list of n elements, which come next.
func (p *packer) list(kind byte, n int) {
	p.head(thriftList)
	if n < 15 {
		p.b = append(p.b, byte(n)<<4|kind)
		return
	}
	p.b = append(p.b, 0xf0|kind)
	p.b = binary.AppendUvarint(p.b, uint64(n))
}

// begin begins a structure, as a field's value or an element.
func (p *packer) begin() {
	p.head(thriftStruct)
	p.outer = append(p.outer, p.last)
	p.last = 0
}

// end ends the structure that was begun last, or, with none, the whole.
func (p *packer) end() {
	p.b = append(p.b, 0)
	if n := len(p.outer); n > 0 {
		p.last, p.outer = p.outer[n-1], p.outer[:n-1]
	}
}
