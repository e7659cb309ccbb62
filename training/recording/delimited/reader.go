package delimited

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Row is one line as cells.
type Row struct {
	Line   int      // in the file, from 1
	Cells  []string // without space and quotes round them; they hold until the next Read
	Remark bool     // the line is a remark, whose text the cells are
	Ended  bool     // the line ended in a line end, not in the file's end
}

// Trim returns cells without the empty ones at the end that are beyond a table's width.
func Trim(cells []string, width int) []string {
	for len(cells) > width && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	return cells
}

// Reader gives the lines of a table.
type Reader struct {
	layout Layout
	lines  *lines
	split  *splitter
	zeros  int // bytes of 0 at the end of the file
}

// NewReader finds how r writes its cells.
func NewReader(r io.Reader) (*Reader, error) {
	text, encoding := decoded(r)
	in := newLines(text)
	head, err := in.in.Peek(sniffedText)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	t := &Reader{layout: sniff(head, err != nil), lines: in}
	t.layout.Encoding = encoding
	t.split = newSplitter(t.layout.Comma)
	return t, nil
}

// Layout returns what was found.
func (t *Reader) Layout() Layout { return t.layout }

// Zeros returns how many zero bytes have been passed over so far: a file system leaves
// them at the end of a file that was written when the power went.
func (t *Reader) Zeros() int { return t.zeros }

// Read returns the next line that is not blank; io.EOF at the end.
func (t *Reader) Read() (Row, error) {
	for {
		if err := t.lines.next(); err != nil {
			return Row{}, err
		}
		line := t.lines.line
		if kept := bytes.Trim(line, "\x00"); len(kept) != len(line) {
			t.zeros += len(line) - len(kept)
			line = kept
		}
		if blank(line, t.layout.Comma) || len(line) == 0 || t.layout.HasMark && t.lines.number == 1 {
			continue
		}
		row := Row{Line: t.lines.number, Ended: t.lines.ended}
		if text, is := remark(line, t.layout.Comma); is {
			line, row.Remark = text, true
			if len(line) == 0 {
				continue
			}
		}
		cells, err := t.split.split(line)
		if err != nil {
			return Row{}, fmt.Errorf("line %d: %w", row.Line, err)
		}
		row.Cells = cells
		return row, nil
	}
}
