package delimited

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
)

// feed gives one line to whoever reads it.
type feed struct{ rest []byte }

// Read implements io.Reader.
func (f *feed) Read(p []byte) (int, error) {
	if len(f.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

// splitter cuts lines to cells. It hands package encoding/csv one line at a time, so that
// a quote that nobody closes spoils one line and not all that follow it.
type splitter struct {
	feed   feed
	csv    *csv.Reader
	spaces bool // runs of spaces and tabs separate
	line   []byte
}

func newSplitter(comma rune) *splitter {
	s := &splitter{spaces: comma == ' '}
	s.csv = csv.NewReader(&s.feed)
	s.csv.Comma = comma
	if s.spaces {
		s.csv.Comma = '\t'
	}
	s.csv.LazyQuotes, s.csv.ReuseRecord, s.csv.FieldsPerRecord = true, true, -1
	return s
}

// split returns the cells of a line that is not blank, without space and quotes round
// them. They hold until the next call.
func (s *splitter) split(line []byte) ([]string, error) {
	s.line = s.line[:0]
	if s.spaces {
		s.line = joinSpaces(s.line, line)
	} else {
		s.line = append(s.line, line...)
	}
	if bytes.Count(s.line, []byte{'"'})%2 != 0 {
		for i, b := range s.line {
			if b == '"' {
				s.line[i] = ' '
			}
		}
	}
	s.line = append(s.line, '\n')
	s.feed.rest = s.line
	cells, err := s.csv.Read()
	if err != nil {
		return nil, err
	}
	if len(cells) > maxCells {
		return nil, fmt.Errorf("%d cells: at most %d; values that stand in a row must be transposed", len(cells), maxCells)
	}
	for i, cell := range cells {
		cells[i] = bare(cell)
	}
	return cells, nil
}

// joinSpaces appends a line with each run of spaces and tabs, outside quotes, as one tab.
func joinSpaces(dst, line []byte) []byte {
	quoted := false
	for _, b := range bytes.TrimSpace(line) {
		if b == '"' {
			quoted = !quoted
		}
		if !quoted && (b == ' ' || b == '\t') {
			if len(dst) > 0 && dst[len(dst)-1] == '\t' {
				continue
			}
			b = '\t'
		}
		dst = append(dst, b)
	}
	return dst
}

// bare returns a cell without what programs put round it: spaces, quotes that came after
// a space, apostrophes, and the ="…" by which Excel is told to leave text alone.
func bare(cell string) string {
	if n := len(cell); n == 0 || cell[0] > ' ' && cell[n-1] > ' ' && cell[n-1] < 0x80 && !quoteLike(cell[n-1]) {
		return cell
	}
	cell = strings.TrimSpace(cell)
	for len(cell) >= 2 && quoteLike(cell[len(cell)-1]) {
		quote := cell[len(cell)-1:]
		inner, ok := strings.CutPrefix(strings.TrimPrefix(cell[:len(cell)-1], "="), quote)
		if !ok {
			break
		}
		cell = strings.TrimSpace(inner)
	}
	return cell
}

func quoteLike(b byte) bool { return b == '"' || b == '\'' }
