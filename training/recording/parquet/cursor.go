package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// Cursor goes through the numbers of one column.
type Cursor struct {
	f      *File
	column *Column

	group  int   // that comes next
	left   int64 // values of the chunk that are not in pages read so far
	from   int64 // where the next page begins
	end    int64 // where the chunk ends
	codec  int64
	lookup []float64 // of the chunk's dictionary

	values  int64  // of the page that were not given
	present levels // of them
	decode  func() (float64, error)
	held    int64
}

// Cursor returns a cursor before the first row of a column.
func (f *File) Cursor(column int) (*Cursor, error) {
	c := &f.Columns[column]
	if !c.IsNumber {
		return nil, fmt.Errorf("parquet: column %.40q holds no numbers", c.Name)
	}
	return &Cursor{f: f, column: c}, nil
}

// Next returns the next row's number, NaN where it has none; io.EOF behind the last.
func (c *Cursor) Next() (float64, error) {
	for c.values == 0 {
		if err := c.more(); err != nil {
			return 0, err
		}
	}
	c.values--
	if c.column.optional {
		is, err := c.present.next()
		if err != nil || is == 0 {
			return math.NaN(), err
		}
	}
	v, err := c.decode()
	return v * c.column.scale, err
}

// more reads the next page with values.
func (c *Cursor) more() error {
	for c.left == 0 {
		if err := c.nextChunk(); err != nil {
			return err
		}
	}
	if c.from >= c.end {
		return fmt.Errorf("parquet: column %.40q ends early: %d values are missing", c.column.Name, c.left)
	}
	h, err := c.f.readPageHeader(c.from)
	if err != nil {
		return err
	}
	at := c.from + h.bytes
	c.from = at + h.packed
	switch h.kind {
	case pageDictionary, pageData, pageData2:
	default: // an index, or of a later version
		return nil
	}
	if err := c.hold(h.packed + h.unpacked + int64(8*len(c.lookup))); err != nil {
		return err
	}
	b, err := c.f.readPage(&h, at, c.codec)
	if err != nil {
		return err
	}
	if h.kind == pageDictionary {
		return c.dictionary(b, &h)
	}
	if h.values > c.left {
		return errThrift
	}
	c.left -= h.values
	c.values = h.values
	return c.page(b, &h)
}

// hold counts the memory that pages take.
func (c *Cursor) hold(bytes int64) error {
	c.f.held += bytes - c.held
	c.held = bytes
	if c.f.held > maxHeld {
		return fmt.Errorf("parquet: its pages take more than %d MiB together: write it with smaller pages, or fewer columns",
			maxHeld>>20)
	}
	return nil
}

// Close gives the memory back.
func (c *Cursor) Close() {
	_ = c.hold(0) // less is never too much
	c.lookup, c.decode, c.values = nil, nil, 0
}

// nextChunk goes to the next row group.
func (c *Cursor) nextChunk() error {
	if c.group == len(c.f.groups) {
		return io.EOF
	}
	ch := &c.f.groups[c.group][c.column.leaf]
	c.group++
	if ch.elsewhere {
		return errors.New("parquet: its columns are in other files")
	}
	c.from, c.left, c.codec, c.lookup = ch.data, ch.values, ch.codec, nil
	if ch.dictionary > 0 && ch.dictionary < ch.data {
		c.from = ch.dictionary
	}
	if c.end = c.from + ch.bytes; ch.values < 0 || ch.bytes < 0 || c.from < 4 || c.end > c.f.size || c.end < c.from {
		return errors.New("parquet: a column lies outside the file: it is damaged or cut off")
	}
	return nil
}

// dictionary reads the values that the pages of a chunk refer to.
func (c *Cursor) dictionary(b []byte, h *pageHeader) error {
	next, err := c.plain(b)
	if err != nil {
		return err
	}
	if h.values > int64(len(b))*8 {
		return errThrift
	}
	if err := c.hold(c.held + 8*h.values); err != nil {
		return err
	}
	c.lookup = make([]float64, h.values)
	for i := range c.lookup {
		if c.lookup[i], err = next(); err != nil {
			return err
		}
	}
	return nil
}

// page sets out on a data page.
func (c *Cursor) page(b []byte, h *pageHeader) (err error) {
	if c.column.optional {
		var levels []byte
		if h.kind == pageData2 {
			levels = b[h.repeats : h.repeats+h.levels]
		} else if levels, b, err = sized(b); err != nil {
			return err
		}
		c.present = levels1(levels)
	}
	if h.kind == pageData2 {
		b = b[h.repeats+h.levels:]
	}
	c.decode, err = c.encoded(b, h.encoding)
	return err
}

// sized cuts off what has its size before it.
func sized(b []byte) (data, rest []byte, err error) {
	if len(b) < 4 || uint64(binary.LittleEndian.Uint32(b)) > uint64(len(b)-4) {
		return nil, nil, errThrift
	}
	n := binary.LittleEndian.Uint32(b) + 4
	return b[4:n], b[n:], nil
}
