package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// Series is a column to write.
type Series struct {
	Name    string
	Numbers []float64 // NaN: none
	Texts   []string  // instead of Numbers, where these are nil
}

func (s *Series) len() int {
	if s.Numbers != nil {
		return len(s.Numbers)
	}
	return len(s.Texts)
}

// Numbers of parquet.thrift that only writing needs; those of encodings and pages stand with the reader.
const (
	writtenDouble, writtenBytes = 5, 6 // physical types
	writtenRLE                  = 3    // encoding of levels
	writtenUTF8                 = 0    // converted type
	leastInt32                  = 1    // version of the format
)

// Write writes columns of equal length as a file of one row group, uncompressed, with a page for each column. Numbers
// are DOUBLE and optional, texts are UTF-8 and required. It is for tables that fit into memory.
func Write(w io.Writer, createdBy string, columns []Series) error {
	if len(columns) == 0 {
		return errors.New("parquet: no columns to write")
	}
	rows := columns[0].len()
	file := []byte("PAR1")
	chunks := make([]written, len(columns))
	for i := range columns {
		c := &columns[i]
		if c.len() != rows {
			return fmt.Errorf("parquet: column %.40q has %d rows, the first %d", c.Name, c.len(), rows)
		}
		body := c.page()
		if len(body) > math.MaxInt32 {
			return fmt.Errorf("parquet: column %.40q takes more than 2 GiB", c.Name)
		}
		at := len(file)
		file = append(file, headerOf(rows, len(body))...)
		file = append(file, body...)
		chunks[i] = written{at: at, bytes: len(file) - at}
	}
	footer := footerOf(columns, chunks, rows, createdBy)
	file = append(file, footer...)
	file = binary.LittleEndian.AppendUint32(file, uint32(len(footer)))
	file = append(file, "PAR1"...)
	_, err := w.Write(file)
	return err
}

// written is where a column's chunk lies.
type written struct{ at, bytes int }

// page returns the levels and values of a column.
func (s *Series) page() (b []byte) {
	if s.Numbers == nil {
		for _, text := range s.Texts {
			b = binary.LittleEndian.AppendUint32(b, uint32(len(text)))
			b = append(b, text...)
		}
		return b
	}
	levels := levelsOf(s.Numbers)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(levels)))
	b = append(b, levels...)
	for _, v := range s.Numbers {
		if !math.IsNaN(v) {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
	}
	return b
}

// levelsOf returns which numbers there are, as runs.
func levelsOf(numbers []float64) (b []byte) {
	for i := 0; i < len(numbers); {
		is, n := !math.IsNaN(numbers[i]), 1
		for i+n < len(numbers) && !math.IsNaN(numbers[i+n]) == is {
			n++
		}
		b = binary.AppendUvarint(b, uint64(n)<<1)
		if is {
			b = append(b, 1)
		} else {
			b = append(b, 0)
		}
		i += n
	}
	return b
}

func headerOf(rows, size int) []byte {
	var p packer
	p.field(1).i32(pageData)
	p.field(2).i32(size)
	p.field(3).i32(size)
	p.field(5).begin()
	p.field(1).i32(rows)
	p.field(2).i32(encodingPlain)
	p.field(3).i32(writtenRLE)
	p.field(4).i32(writtenRLE)
	p.end()
	p.end()
	return p.b
}

func footerOf(columns []Series, chunks []written, rows int, createdBy string) []byte {
	var p packer
	p.field(1).i32(leastInt32)
	p.field(2).list(thriftStruct, len(columns)+1)
	p.begin()
	p.field(4).text("table")
	p.field(5).i32(len(columns))
	p.end()
	total := 0
	for i := range columns {
		columns[i].schema(&p)
		total += chunks[i].bytes
	}
	p.field(3).i64(rows)
	p.field(4).list(thriftStruct, 1)
	p.begin()
	p.field(1).list(thriftStruct, len(columns))
	for i := range columns {
		p.begin()
		p.field(2).i64(chunks[i].at)
		p.field(3).begin()
		columns[i].meta(&p, chunks[i], rows)
		p.end()
		p.end()
	}
	p.field(2).i64(total)
	p.field(3).i64(rows)
	p.end()
	p.field(6).text(createdBy)
	p.end()
	return p.b
}

func (s *Series) physical() int {
	if s.Numbers != nil {
		return writtenDouble
	}
	return writtenBytes
}

// schema says what the column is.
func (s *Series) schema(p *packer) {
	p.begin()
	p.field(1).i32(s.physical())
	if s.Numbers != nil {
		p.field(3).i32(1) // optional
		p.field(4).text(s.Name)
	} else {
		p.field(3).i32(0) // required
		p.field(4).text(s.Name)
		p.field(6).i32(writtenUTF8)
	}
	p.end()
}

// meta says where the column's values lie.
func (s *Series) meta(p *packer, at written, rows int) {
	p.field(1).i32(s.physical())
	p.field(2).list(thriftI32, 2)
	p.i32(encodingPlain)
	p.i32(writtenRLE)
	p.field(3).list(thriftBinary, 1)
	p.text(s.Name)
	p.field(4).i32(0) // uncompressed
	p.field(5).i64(rows)
	p.field(6).i64(at.bytes)
	p.field(7).i64(at.bytes)
	p.field(9).i64(at.at)
}
