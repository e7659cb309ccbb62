package recording

import (
	"bufio"
	"bytes"
	"sync"
)

// Who reads a hundred thousand short recordings would make as many buffers, which are much larger than
// what is read into them: they go from one recording to the next.
var (
	readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, sourceBytes) }}
	rooms   = sync.Pool{New: func() any { return new(room) }}
)

// sourceBytes is how far a source can look ahead.
const sourceBytes = 64 << 10

// room is for what lies between a file and a block.
type room struct {
	bytes  []byte
	pcm    []int32
	floats []float64
}

// sized returns n values in b, or in a new one where b is smaller.
func sized[T any](b []T, n int) []T {
	if cap(b) < n {
		return make([]T, n)
	}
	return b[:n]
}

// leave gives the source's buffer to whoever reads next. What is read from it afterwards is at its end.
func (s *source) leave() {
	r := s.Reader
	s.Reader = bufio.NewReaderSize(bytes.NewReader(nil), 0)
	r.Reset(nil)
	readers.Put(r)
}

// leaver is a decoder with a room of its own.
type leaver interface{ leave() }

// leave gives all buffers to whoever reads next.
func (s *sound) leave() {
	if d, ok := s.decoder.(leaver); ok {
		d.leave()
	}
	s.src.leave()
}
