package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// Limits of files.
const (
	maxFooter  = 64 << 20
	maxColumns = 4096
	maxGroups  = 1 << 20
)

// Physical types.
const (
	typeBoolean = 0
	typeInt32   = 1
	typeInt64   = 2
	typeInt96   = 3
	typeFloat   = 4
	typeDouble  = 5
)

// Column is a column at the top level.
type Column struct {
	Name string
	// IsNumber says whether it has numbers, IsTime whether these are seconds since 1970, IsWhole whether they
	// are whole.
	IsNumber, IsTime, IsWhole bool

	leaf     int // in the row groups
	physical int64
	optional bool
	unsigned bool
	scale    float64 // that 1 stands for
}

// File is a Parquet file.
type File struct {
	Columns []Column
	Rows    int64

	at     io.ReaderAt
	size   int64
	groups []group
	held   int64 // bytes that cursors hold
}

// group is a row group: where the chunk of each leaf is.
type group []chunk

// chunk is a column's part of a row group.
type chunk struct {
	codec, values, bytes int64
	data, dictionary     int64 // where its pages begin; dictionary 0: none
	elsewhere            bool  // in another file
}

// Is says whether a file begins as a Parquet file does.
func Is(begin []byte) bool {
	return bytes.HasPrefix(begin, []byte("PAR1")) || bytes.HasPrefix(begin, []byte("PARE"))
}

// Open reads the footer of a file of size bytes.
func Open(at io.ReaderAt, size int64) (*File, error) {
	tail := make([]byte, 8)
	if size < 12 {
		return nil, errors.New("parquet: the file is cut off")
	}
	if _, err := at.ReadAt(tail, size-8); err != nil {
		return nil, fmt.Errorf("parquet: %w", err)
	}
	if string(tail[4:]) == "PARE" {
		return nil, errors.New("parquet: it is encrypted: write it without")
	}
	if string(tail[4:]) != "PAR1" {
		return nil, errors.New("parquet: the file is cut off: what is in it stands at its end, which is not there")
	}
	n := int64(binary.LittleEndian.Uint32(tail))
	if n > maxFooter || n > size-12 {
		return nil, fmt.Errorf("parquet: a footer of %d bytes in a file of %d", n, size)
	}
	footer := make([]byte, n)
	if _, err := at.ReadAt(footer, size-8-n); err != nil {
		return nil, fmt.Errorf("parquet: %w", err)
	}
	f := &File{at: at, size: size}
	t := &thrift{b: footer}
	var schema []element
	t.fields(func(id int, kind byte) {
		switch {
		case id == 2 && kind == thriftList:
			t.list(maxColumns, func(byte) { schema = append(schema, readElement(t)) })
		case id == 3 && kind == thriftI64:
			f.Rows = t.int()
		case id == 4 && kind == thriftList:
			t.list(maxGroups, func(byte) { f.groups = append(f.groups, readGroup(t)) })
		default:
			t.skip(kind)
		}
	})
	if t.err != nil {
		return nil, t.err
	}
	return f, f.columns(schema)
}

// element is a node of the schema.
type element struct {
	name                           string
	physical, repetition, children int64
	converted, decimals, timeUnit  int64
	isTime, isDecimal, isOther     bool
	isSigned                       bool
}

func readElement(t *thrift) element {
	e := element{physical: -1, converted: -1, isSigned: true}
	t.fields(func(id int, kind byte) {
		switch {
		case id == 4 && kind == thriftBinary:
			e.name = string(t.bytes())
		case id == 10 && kind == thriftStruct:
			e.logical(t)
		case kind == thriftI32:
			v := t.int()
			switch id {
			case 1:
				e.physical = v
			case 3:
				e.repetition = v
			case 5:
				e.children = v
			case 6:
				e.converted = v
			case 7:
				e.decimals = v
			}
		default:
			t.skip(kind)
		}
	})
	return e
}

// logical reads what a column's values stand for.
func (e *element) logical(t *thrift) {
	const decimal, timestamp, integer = 5, 8, 10
	t.fields(func(id int, kind byte) {
		if kind != thriftStruct {
			t.skip(kind)
			return
		}
		switch id {
		case timestamp:
			e.isTime = true
			t.fields(func(id int, kind byte) {
				if id != 2 || kind != thriftStruct {
					t.skip(kind)
					return
				}
				t.fields(func(id int, kind byte) { e.timeUnit = int64(id); t.skip(kind) })
			})
		case decimal:
			e.isDecimal = true
			t.skip(kind)
		case integer:
			t.fields(func(id int, kind byte) {
				if id == 2 && kind == thriftFalse {
					e.isSigned = false
				}
				t.skip(kind)
			})
		default:
			e.isOther = true
			t.skip(kind)
		}
	})
}

// column says what the leaf with a number is.
func (e *element) column(leaf int) Column {
	const (
		optional = 1
		repeated = 2

		convertedDecimal = 5
		convertedDate    = 6
		convertedMillis  = 9
		convertedMicros  = 10
		convertedUint8   = 11
		convertedUint64  = 14

		unitMillis = 1
		unitMicros = 2
		unitNanos  = 3
	)
	c := Column{Name: e.name, leaf: leaf, physical: e.physical, optional: e.repetition == optional, scale: 1}
	c.IsNumber = e.physical >= typeBoolean && e.physical <= typeDouble && e.repetition != repeated
	c.IsWhole = e.physical <= typeInt64
	c.unsigned = !e.isSigned || e.converted >= convertedUint8 && e.converted <= convertedUint64
	switch {
	case e.physical == typeInt96:
		c.IsTime = true
	case e.isTime && e.timeUnit == unitNanos:
		c.IsTime, c.scale = true, 1e-9
	case e.isTime && e.timeUnit == unitMicros, e.converted == convertedMicros:
		c.IsTime, c.scale = true, 1e-6
	case e.isTime && e.timeUnit == unitMillis, e.converted == convertedMillis:
		c.IsTime, c.scale = true, 1e-3
	case e.isDecimal, e.converted == convertedDecimal:
		c.scale, c.IsWhole = math.Pow10(-int(max(0, min(e.decimals, 300)))), false
	case e.isOther && e.physical <= typeInt64, e.converted == convertedDate:
		c.IsNumber = false // a date, or a time of day
	}
	return c
}

// columns finds the columns at the top level in the schema, which is a tree in depth-first order.
func (f *File) columns(schema []element) error {
	if len(schema) == 0 {
		return errThrift
	}
	leaves, at := 0, 1
	for range max(schema[0].children, 0) {
		if at >= len(schema) {
			return errThrift
		}
		if schema[at].children <= 0 {
			f.Columns = append(f.Columns, schema[at].column(leaves))
			leaves, at = leaves+1, at+1
			continue
		}
		f.Columns = append(f.Columns, Column{Name: schema[at].name})
		for left := int64(1); left > 0; at++ {
			if at >= len(schema) || left > maxColumns {
				return errThrift
			}
			if left += schema[at].children - 1; schema[at].children <= 0 {
				left -= schema[at].children
				leaves++
			}
		}
	}
	for i := range f.groups {
		if len(f.groups[i]) != leaves {
			return errThrift
		}
	}
	return nil
}

func readGroup(t *thrift) group {
	var g group
	t.fields(func(id int, kind byte) {
		if id != 1 || kind != thriftList {
			t.skip(kind)
			return
		}
		t.list(maxColumns, func(byte) { g = append(g, readChunk(t)) })
	})
	return g
}

func readChunk(t *thrift) chunk {
	var c chunk
	t.fields(func(id int, kind byte) {
		switch {
		case id == 1 && kind == thriftBinary:
			c.elsewhere = len(t.bytes()) > 0
		case id == 3 && kind == thriftStruct:
			t.fields(func(id int, kind byte) {
				if kind != thriftI32 && kind != thriftI64 {
					t.skip(kind)
					return
				}
				v := t.int()
				switch id {
				case 4:
					c.codec = v
				case 5:
					c.values = v
				case 7:
					c.bytes = v
				case 9:
					c.data = v
				case 11:
					c.dictionary = v
				}
			})
		default:
			t.skip(kind)
		}
	})
	return c
}
