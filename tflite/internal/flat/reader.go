package flat

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Reader reads one buffer. It keeps the first error.
type Reader struct {
	data   []byte
	budget int // bytes that may still be copied out
	err    error
}

// NewReader reads data, which must not change while it is used.
func NewReader(data []byte) *Reader {
	budget := math.MaxInt32
	if len(data) < (math.MaxInt32-64<<10)/2 {
		budget = 2*len(data) + 64<<10
	}
	r := &Reader{data: data, budget: budget}
	if len(data) > math.MaxInt32 {
		r.fail("buffer of %d bytes exceeds the format's 2 GiB", len(data))
	}
	return r
}

// Err gives the first violation, or nil.
func (r *Reader) Err() error { return r.err }

func (r *Reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

// spend accounts for n bytes that are copied out of the buffer.
func (r *Reader) spend(n int) bool {
	if r.err != nil {
		return false
	}
	if n > r.budget {
		r.fail("shared strings and lists expand to more than twice the file's size")
		return false
	}
	r.budget -= n
	return true
}

// inside reports whether size bytes at pos lie in the buffer, aligned to align.
func (r *Reader) inside(what string, pos, size, align int) bool {
	if r.err != nil {
		return false
	}
	if pos < 0 || size < 0 || pos > len(r.data) || size > len(r.data)-pos {
		r.fail("%s at byte %d needs %d bytes, the file ends at %d: is it cut short?", what, pos, size, len(r.data))
		return false
	}
	if pos%align != 0 {
		r.fail("%s at byte %d is not aligned to %d", what, pos, align)
		return false
	}
	return true
}

// follow gives the position that the uint32 offset at pos leads to.
func (r *Reader) follow(what string, pos int) (int, bool) {
	if !r.inside(what, pos, 4, 1) {
		return 0, false
	}
	offset := binary.LittleEndian.Uint32(r.data[pos:])
	if offset == 0 || uint64(offset) > uint64(len(r.data)-pos) {
		r.fail("%s at byte %d has the offset %d, the file ends at %d: is it cut short?", what, pos, offset, len(r.data))
		return 0, false
	}
	return pos + int(offset), true
}

// Root gives the root table of a buffer that carries the 4-byte identifier.
func (r *Reader) Root(identifier string) Table {
	if r.err == nil && (len(r.data) < 8 || string(r.data[4:8]) != identifier) {
		r.fail("no %q at byte 4", identifier)
	}
	if pos, ok := r.follow("root", 0); ok {
		return r.table("root", pos)
	}
	return Table{}
}

func (r *Reader) table(what string, pos int) Table {
	if !r.inside(what, pos, 4, 4) {
		return Table{}
	}
	vpos64 := int64(pos) - int64(int32(binary.LittleEndian.Uint32(r.data[pos:])))
	if vpos64 < 0 || vpos64 > int64(len(r.data)) {
		r.fail("%s at byte %d has its vtable at byte %d, the file ends at %d", what, pos, vpos64, len(r.data))
		return Table{}
	}
	vpos := int(vpos64)
	if !r.inside(what+" vtable", vpos, 4, 2) {
		return Table{}
	}
	vsize := int(binary.LittleEndian.Uint16(r.data[vpos:]))
	size := int(binary.LittleEndian.Uint16(r.data[vpos+2:]))
	if vsize < 4 || vsize%2 != 0 || size < 4 {
		r.fail("%s at byte %d has a vtable of %d bytes for a table of %d", what, pos, vsize, size)
		return Table{}
	}
	if !r.inside(what+" vtable", vpos, vsize, 2) || !r.inside(what, pos, size, 4) {
		return Table{}
	}
	return Table{r: r, pos: pos, size: size, vpos: vpos, fields: (vsize - 4) / 2}
}

// Bytes gives size bytes at an absolute offset, as files too large for one FlatBuffer keep data behind it; nil when
// there are none.
func (r *Reader) Bytes(what string, offset, size uint64) []byte {
	if r.err != nil {
		return nil
	}
	if offset > uint64(len(r.data)) || size > uint64(len(r.data))-offset {
		r.fail("%s at byte %d has %d bytes, the file ends at %d: is it cut short?", what, offset, size, len(r.data))
		return nil
	}
	if size == 0 {
		return nil
	}
	return r.data[offset : offset+size : offset+size]
}
