package table

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/auscult/auscult/training/recording/delimited"
)

// rows gives a table's lines as numbers.
type rows interface {
	// next fills values, one for each column: NaN where there is none, moments in
	// seconds from some origin. io.EOF ends it.
	next(values []float64) error
	// choose says which columns are looked at from now on.
	choose(wanted []bool)
	// notes says, after the end, what of the table could not be used.
	notes() []string
	// cut says, after the end, whether the table was cut short.
	cut() bool
}

// textRows gives the lines of a text table.
type textRows struct {
	in       *delimited.Reader
	layout   delimited.Layout
	columns  []column
	wanted   []bool
	first    delimited.Row // the first line of data, until it was given
	day      int64         // what moments count from
	decimals []int         // digits behind the point of the numbers given so far, at most
	places   int           // of the last cell of every line so far; -1 where they differ
	odd      oddities
}

// oddities counts what of a text could not be used.
type oddities struct {
	cells, torn, heads int
	firstCell          string // as the first of the cells was, with its line
	firstTorn          int
	infinite           int
	cutLine            int // the last line, where it was cut short and left out
}

// maxColumns is how many columns a table may have.
const maxColumns = 1024

// openText reads what stands above the data of a text table.
func openText(r io.Reader) (*textRows, heading, error) {
	in, err := delimited.NewReader(r)
	if err != nil {
		return nil, heading{}, err
	}
	layout := in.Layout()
	if layout.DataLine == 0 {
		return nil, heading{}, emptyReason(in)
	}
	if len(layout.Kinds) > maxColumns {
		return nil, heading{}, fmt.Errorf("%d columns: at most %d; values that stand in a row must be transposed",
			len(layout.Kinds), maxColumns)
	}
	t := &textRows{in: in, layout: layout, decimals: make([]int, len(layout.Kinds)), places: -2}
	var above []delimited.Row
	for {
		row, err := in.Read()
		if err != nil {
			return nil, heading{}, err
		}
		row.Cells = slices.Clone(row.Cells)
		if row.Line >= layout.DataLine && !row.Remark && !countsUp(row.Cells) {
			t.first = row
			break
		}
		above = append(above, row)
	}
	h := parseHeading(above, layout.Kinds)
	// A separator at the end of lines makes a column of nothing.
	for n := len(h.columns); n > 1 && h.columns[n-1].kind == delimited.Empty && h.columns[n-1].name == ""; n-- {
		h.columns = h.columns[:n-1]
	}
	if layout.HasMark {
		h.lines++
	}
	t.columns = h.columns
	return t, h, nil
}

// countsUp says whether a line holds just the numbers of its columns, as pandas names
// columns that have no name.
func countsUp(cells []string) bool {
	if len(cells) > 1 && cells[0] == "" {
		cells = cells[1:]
	}
	for i, cell := range cells {
		if cell != fmt.Sprint(i) {
			return false
		}
	}
	return len(cells) > 1
}

// emptyReason says why no data was found in a text.
func emptyReason(in *delimited.Reader) error {
	row, err := in.Read()
	switch {
	case errors.Is(err, io.EOF):
		return errors.New("holds no numbers: the file is empty")
	case err != nil:
		return err
	}
	text := strings.Join(row.Cells, " ")
	for _, r := range text {
		if r < ' ' && r != '\t' {
			return errors.New("is no text: it holds bytes that no table has")
		}
	}
	return fmt.Errorf("holds no numbers: line %d is %.40q", row.Line, text)
}

func (t *textRows) choose(wanted []bool) { t.wanted = wanted }

// next implements rows.
func (t *textRows) next(values []float64) error {
	for {
		row := t.first
		t.first = delimited.Row{}
		if row.Cells == nil {
			var err error
			if row, err = t.in.Read(); err != nil {
				return err
			}
		}
		if row.Remark || t.isHead(row) {
			continue
		}
		if !row.Ended && t.isCut(row) {
			t.odd.cutLine = row.Line
			return io.EOF
		}
		t.fill(values, row)
		return nil
	}
}

// isHead says whether a line repeats the names or units of the columns, as where files
// were joined.
func (t *textRows) isHead(row delimited.Row) bool {
	for i, cell := range row.Cells {
		if i < len(t.columns) && t.columns[i].name != "" && strings.HasPrefix(cell, t.columns[i].name) &&
			t.layout.KindOf(cell) == delimited.Text && t.columns[i].kind != delimited.Text {
			t.odd.heads++
			return true
		}
	}
	return false
}

// isCut says whether a line without a line end, the last, was cut: it has fewer cells, or
// its last number fewer digits than that of every other line.
func (t *textRows) isCut(row delimited.Row) bool {
	if len(row.Cells) < len(t.columns) {
		return true
	}
	last := row.Cells[len(t.columns)-1]
	if t.columns[len(t.columns)-1].kind != delimited.Number {
		return false
	}
	if _, ok := t.layout.Number(last); !ok && !delimited.Missing(last) {
		return true
	}
	return t.places > 1 && t.places != placesOf(last)
}

// fill takes a line's numbers. A line of another length holds none that can be relied on.
func (t *textRows) fill(values []float64, row delimited.Row) {
	cells := delimited.Trim(row.Cells, len(t.columns))
	if len(cells) != len(t.columns) {
		for i := range values {
			values[i] = math.NaN()
		}
		if t.odd.torn++; t.odd.torn == 1 {
			t.odd.firstTorn = row.Line
		}
		return
	}
	for i, cell := range cells {
		if t.wanted != nil && !t.wanted[i] {
			continue
		}
		values[i] = t.value(i, cell, row.Line)
	}
	if t.wanted == nil { // the first lines
		if n := placesOf(cells[len(cells)-1]); t.places == -2 {
			t.places = n
		} else if t.places != n {
			t.places = -1
		}
	}
}

// value returns the number that a cell holds.
func (t *textRows) value(i int, cell string, line int) float64 {
	switch t.columns[i].kind {
	case delimited.Number:
		v, ok := t.layout.Number(cell)
		switch {
		case ok && !math.IsInf(v, 0):
			if t.wanted == nil {
				t.decimals[i] = max(t.decimals[i], decimalsOf(cell))
			}
			return v
		case ok:
			t.odd.infinite++
			return math.NaN()
		}
	case delimited.Moment:
		if s, ok := delimited.ParseStamp(cell); ok {
			if t.day == 0 {
				t.day = s.Day
			}
			seconds := s.Clock.Seconds()
			if s.HasDate {
				t.columns[i].dated = true
				seconds += float64(s.Day-t.day) * 86400
			}
			if t.wanted == nil {
				t.decimals[i] = max(t.decimals[i], clockDecimals(cell))
			}
			return seconds
		}
	default:
		return math.NaN()
	}
	if !delimited.Missing(cell) {
		if t.odd.cells++; t.odd.cells == 1 {
			t.odd.firstCell = fmt.Sprintf("%.20q in line %d", cell, line)
		}
	}
	return math.NaN()
}

// placesOf returns how many digits stand behind a number's point or comma.
func placesOf(cell string) int {
	i := strings.LastIndexAny(cell, ".,")
	n := 0
	for i >= 0 && i+1+n < len(cell) && cell[i+1+n] >= '0' && cell[i+1+n] <= '9' {
		n++
	}
	return n
}

// decimalsOf returns the power of ten, negated, of a number's last digit.
func decimalsOf(cell string) int {
	n := placesOf(cell)
	if i := strings.IndexAny(cell, "eE"); i >= 0 {
		exponent := 0
		if _, err := fmt.Sscanf(cell[i+1:], "%d", &exponent); err == nil {
			n -= exponent
		}
	}
	return n
}

// clockDecimals returns the digits of a second's fraction in a time of day.
func clockDecimals(cell string) int {
	_, clock, _ := strings.Cut(cell, ":")
	if strings.Count(clock, ":") == 2 {
		return len(cell) - strings.LastIndexByte(cell, ':') - 1
	}
	return placesOf(clock)
}

// cut implements rows.
func (t *textRows) cut() bool { return t.odd.cutLine > 0 }

// notes implements rows.
func (t *textRows) notes() []string {
	var said []string
	o := &t.odd
	if o.cutLine > 0 {
		said = append(said, fmt.Sprintf("the last line, %d, is cut short and was left out", o.cutLine))
	}
	if o.torn > 0 {
		said = append(said, fmt.Sprintf("%s other cells than the %d columns, the first is line %d: taken for lost samples",
			plural(o.torn, "line has", "lines have"), len(t.columns), o.firstTorn))
	}
	if o.cells > 0 {
		said = append(said, fmt.Sprintf("%s no number, the first is %s: taken for lost samples",
			plural(o.cells, "cell is", "cells are"), o.firstCell))
	}
	if o.infinite > 0 {
		said = append(said, infinite(o.infinite))
	}
	if o.heads > 0 {
		said = append(said, plural(o.heads, "line of names stands", "lines of names stand")+
			" within the data and was passed over")
	}
	if zeros := t.in.Zeros(); zeros > 0 {
		said = append(said, plural(zeros, "zero byte was", "zero bytes were")+
			" passed over: the file may have been cut off by a power failure")
	}
	return said
}

// infinite says of n numbers that they are.
func infinite(n int) string {
	return plural(n, "number is", "numbers are") + " infinite: taken for lost samples"
}

// plural returns a number with the words that go with one or with many.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
