package delimited

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Limits of lines.
const (
	maxLine  = 1 << 20
	maxCells = 4096
	// sniffedText is how much of a file's text its dialect is found in.
	sniffedText = 64 << 10
)

// ErrLongLine is wrapped where a line is too long to be one of a table.
var ErrLongLine = errors.New("a line is longer than 1 MiB: this is no table with a line for each sample time; " +
	"values that stand in a row must be transposed")

// lines gives one line of a text after the other.
type lines struct {
	in     *bufio.Reader
	line   []byte
	number int  // of the line, from 1
	ended  bool // whether the line ended in a line end, not in the file's end
}

func newLines(r io.Reader) *lines { return &lines{in: bufio.NewReaderSize(r, sniffedText)} }

// next reads a line into l.line, without its end. At the text's end it returns io.EOF.
func (l *lines) next() error {
	l.line, l.ended = l.line[:0], false
	for {
		if _, err := l.in.Peek(1); err != nil {
			if errors.Is(err, io.EOF) && len(l.line) > 0 {
				l.number++
				return nil
			}
			return err
		}
		chunk, _ := l.in.Peek(l.in.Buffered()) // they are there
		n := bytes.IndexAny(chunk, "\r\n")
		take := n
		if n < 0 {
			take = len(chunk)
		}
		if len(l.line)+take > maxLine {
			return fmt.Errorf("line %d: %w", l.number+1, ErrLongLine)
		}
		l.line = append(l.line, chunk[:take]...)
		if n < 0 {
			_, _ = l.in.Discard(take)
			continue
		}
		l.endLine(chunk[n], n)
		return nil
	}
}

// endLine passes over a line's end at n, which begins with first.
func (l *lines) endLine(first byte, n int) {
	_, _ = l.in.Discard(n + 1)
	if first == '\r' {
		if after, _ := l.in.Peek(1); len(after) == 1 && after[0] == '\n' {
			_, _ = l.in.Discard(1)
		}
	}
	l.number++
	l.ended = true
}
