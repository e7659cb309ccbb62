package matlab

import (
	"bufio"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Array is an array of real numbers.
type Array struct {
	Name      string
	Shape     []int64 // its first axis changes fastest
	Type      string  // of a value, as NumPy has it: f8, i2
	BigEndian bool
	// Open opens the stream of bytes in which the values begin at Offset.
	// It is an io.Seeker too where that needs no reading.
	Open   func() (io.ReadCloser, error)
	Offset int64
}

// Limits of files.
const (
	headerBytes = 128
	maxArrays   = 256
	maxDepth    = 16
	maxParts    = 4096 // fields and elements, of all structures and cells
	maxName     = 256
	maxRank     = 8
	maxUnpacked = 256 << 20
	maxRatio    = 200
	maxElements = 100_000 // of a file
)

// Types of elements.
const (
	typeMatrix     = 14
	typeCompressed = 15
)

// numbers are the types of values, as NumPy has them, with their bytes.
var numbers = map[uint32]struct {
	name  string
	bytes int64
}{
	1: {"i1", 1}, 2: {"u1", 1}, 3: {"i2", 2}, 4: {"u2", 2}, 5: {"i4", 4}, 6: {"u4", 4}, 7: {"f4", 4}, 9: {"f8", 8},
	12: {"i8", 8}, 13: {"u8", 8},
}

// Is says whether a file begins as one of version 5.
func Is(begin []byte) bool { return len(begin) >= 10 && string(begin[:10]) == "MATLAB 5.0" }

// Scan lists the arrays of a file of size bytes. Notes says what was passed over.
func Scan(at io.ReaderAt, size int64) (arrays []Array, notes []string, err error) {
	head := make([]byte, headerBytes)
	if _, err := at.ReadAt(head, 0); err != nil {
		return nil, nil, errors.New("matlab: the file is cut short: it ends in its header")
	}
	f := &file{at: at, size: size, order: binary.LittleEndian}
	switch string(head[126:]) {
	case "IM":
	case "MI":
		f.order = binary.BigEndian
	default:
		return nil, nil, errors.New("matlab: the header does not say the byte order: the file is damaged")
	}
	err = f.elements()
	if err != nil && len(f.arrays) > 0 {
		f.notes = append(f.notes, fmt.Sprintf("the file is cut short or damaged (%v): what comes before is used", err))
		err = nil
	}
	return f.arrays, f.notes, err
}

// file is a file that is being scanned.
type file struct {
	at     io.ReaderAt
	size   int64
	order  binary.ByteOrder
	arrays []Array
	notes  []string
	parts  int
	full   bool // there are more arrays
}

// elements goes through the variables.
func (f *file) elements() error {
	for from, n := int64(headerBytes), 0; from+8 <= f.size && n < maxElements; n++ {
		tag := make([]byte, 8)
		if _, err := f.at.ReadAt(tag, from); err != nil {
			return err
		}
		kind, bytes := f.order.Uint32(tag), int64(f.order.Uint32(tag[4:]))
		if kind>>16 != 0 { // a small element: nothing that we want
			from += 8
			continue
		}
		if from+8+bytes > f.size {
			bytes = f.size - from - 8 // cut: what there is
		}
		if err := f.variable(kind, from, bytes); err != nil {
			return err
		}
		from += 8 + bytes
		if kind != typeCompressed {
			from += -bytes & 7
		}
	}
	return nil
}

// variable scans an element whose tag is at from.
func (f *file) variable(kind uint32, from, bytes int64) error {
	var open func() (io.ReadCloser, error)
	switch kind {
	case typeMatrix:
		open = func() (io.ReadCloser, error) {
			return struct { // it can be jumped in
				*io.SectionReader
				io.Closer
			}{io.NewSectionReader(f.at, from, 8+bytes), io.NopCloser(nil)}, nil
		}
	case typeCompressed:
		open = func() (io.ReadCloser, error) {
			return zlib.NewReader(bufio.NewReader(io.NewSectionReader(f.at, from+8, bytes)))
		}
	default:
		return nil
	}
	r, err := open()
	if err != nil {
		return err
	}
	defer r.Close() //nolint:errcheck // nothing was written
	s := &stream{r: bufio.NewReaderSize(r, 1<<12), order: f.order}
	s.jump, _ = r.(io.ReadSeeker)
	t, err := s.tag()
	if err != nil {
		return err
	}
	if kind == typeCompressed && t.bytes > maxUnpacked && t.bytes/maxRatio > bytes {
		f.notes = append(f.notes, fmt.Sprintf("a variable of %d bytes that unpacks to %d is passed over: no recording packs so well",
			bytes, t.bytes))
		return nil
	}
	if t.kind != typeMatrix {
		return nil
	}
	m := &matrices{file: f, stream: s, open: open}
	_, err = m.matrix(t, "", 0)
	return err
}
