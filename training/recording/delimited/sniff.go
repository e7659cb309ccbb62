package delimited

import (
	"bytes"
	"slices"
	"strings"
)

// Kind is what a cell holds.
type Kind uint8

// Kinds of cells.
const (
	Empty  Kind = iota // nothing, or a word for nothing
	Number             // a number
	Moment             // a date, a time of day or both
	Text               // something else
)

// Layout is what the first lines of a file show.
type Layout struct {
	Dialect
	Encoding string
	DataLine int    // the first line of data, from 1; 0 where there are no numbers
	Kinds    []Kind // of the columns of data
	HasMark  bool   // Excel's sep= stands above
}

// KindOf says what a cell holds.
func (d Dialect) KindOf(cell string) Kind {
	if Missing(cell) {
		return Empty
	}
	if _, ok := d.Number(cell); ok {
		return Number
	}
	if _, ok := ParseStamp(cell); ok {
		return Moment
	}
	return Text
}

// candidates are the dialects that are tried; of those that make as much sense, the first
// is taken: 1,023 is rather a fraction than a thousand. A decimal comma between commas is
// possible where cells are quoted.
func candidates() []Dialect {
	return []Dialect{
		{'\t', true}, {'\t', false}, {';', true}, {';', false}, {'|', true}, {'|', false},
		{',', false}, {',', true}, {' ', true}, {' ', false},
	}
}

// sniffedLines is how many lines are looked at, of data and above it.
const sniffedLines = 200

// sniff finds the layout of a file by its first lines. whole says that head holds all of
// the file, and not only a beginning that ends somewhere within a line.
func sniff(head []byte, whole bool) Layout {
	all := firstLines(head, whole)
	if mark := separatorMark(all); mark != 0 {
		found, weight := measure(all, Dialect{mark, true}, 1)
		if point, w := measure(all, Dialect{mark, false}, 1); w > weight || mark == ',' && w == weight {
			found = point
		}
		if found.DataLine > 0 {
			found.HasMark = true
			return found
		}
	}
	best, most := Layout{Dialect: Dialect{Comma: ','}}, 0.0
	for _, d := range candidates() {
		if d.Comma != ' ' && d.Comma != ',' && !bytes.ContainsRune(head, d.Comma) {
			continue // it separates nothing; commas and spaces stand for one column too
		}
		if d.DecimalComma && bytes.IndexByte(head, ',') < 0 {
			continue
		}
		if found, weight := measure(all, d, 0); weight > most+1e-9 {
			best, most = found, weight
		}
	}
	return best
}

// firstLines cuts text to lines.
func firstLines(head []byte, whole bool) [][]byte {
	in := newLines(bytes.NewReader(head))
	var all [][]byte
	for len(all) < 2*sniffedLines && in.next() == nil {
		all = append(all, bytes.Clone(in.line))
	}
	if len(all) > 1 && !whole && !in.ended {
		all = all[:len(all)-1] // cut
	}
	return all
}

// separatorMark returns the separator that Excel's first line sep= names; 0 where there is none.
func separatorMark(all [][]byte) rune {
	if len(all) == 0 {
		return 0
	}
	text := strings.ToLower(strings.Trim(string(all[0]), "\" "))
	after, ok := strings.CutPrefix(text, "sep=")
	if !ok {
		return 0
	}
	switch after {
	case "", "\t", `\t`:
		return '\t'
	case ";", ",", "|":
		return rune(after[0])
	}
	return 0
}

// sniffedRow is a line's cells and what they hold.
type sniffedRow struct {
	line  int
	kinds []Kind
	odd   bool // numbers as nobody writes them, which a wrong separator leaves
}

// measure returns the layout that a dialect gives the lines behind line after, and how
// many lines speak for it.
func measure(all [][]byte, d Dialect, after int) (Layout, float64) {
	found := Layout{Dialect: d}
	rows, commas := rowsOf(all, d, after)
	width := commonWidth(rows)
	if width == 0 || d.DecimalComma && commas == 0 {
		return found, 0
	}
	found.Kinds = columnKinds(rows, width)
	if !slices.Contains(found.Kinds, Number) {
		return found, 0
	}
	weight := 0.0
	for _, r := range rows {
		if !fits(r.kinds, found.Kinds) {
			continue
		}
		if found.DataLine == 0 && slices.Contains(r.kinds, Number) {
			found.DataLine = r.line
		}
		w := 1.0
		for _, k := range r.kinds {
			if k == Text {
				w -= 0.5 / float64(width)
			}
		}
		if r.odd {
			w /= 2
		}
		weight += w
	}
	if found.DataLine == 0 {
		return found, 0
	}
	if width > 1 {
		weight *= 1.1
	}
	return found, weight
}

// rowsOf cuts the lines to cells, and counts the cells that have a comma for a decimal
// point.
func rowsOf(all [][]byte, d Dialect, after int) (rows []sniffedRow, commas int) {
	split := newSplitter(d.Comma)
	halves := d.Comma == ',' && !d.DecimalComma
	var pairs [][]string
	for i, line := range all {
		if i < after || blank(line, d.Comma) {
			continue
		}
		if _, isRemark := remark(line, d.Comma); isRemark {
			continue
		}
		cells, err := split.split(line)
		if err != nil {
			continue
		}
		r := sniffedRow{line: i + 1}
		for _, cell := range cells {
			k := d.KindOf(cell)
			r.kinds = append(r.kinds, k)
			r.odd = r.odd || k == Number && oddNumber(cell)
			if k == Number && strings.IndexByte(cell, ',') >= 0 {
				commas++
			}
		}
		rows = append(rows, r)
		if halves && len(cells) == 2 {
			pairs = append(pairs, slices.Clone(cells))
		}
	}
	if halves && len(pairs)*2 > len(rows) && halfNumbers(pairs) {
		for i := range rows {
			rows[i].odd = true
		}
	}
	return rows, commas
}

// oddNumber says whether a number is written as nobody writes one: -0, or 053.
func oddNumber(cell string) bool {
	digits := strings.TrimLeft(cell, "+-")
	if digits != cell && digits == "0" {
		return true
	}
	return len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9'
}

// halfNumbers says whether two columns look like one of numbers with a decimal comma: the
// second holds digits without a sign, and either the first holds 0 or 1 with any sign, or the
// second always has as many digits, some of which begin with 0.
func halfNumbers(pairs [][]string) bool {
	return halfSmall(pairs) || fractions(pairs)
}

func fractions(pairs [][]string) bool {
	width, zero, numbers := 0, false, 0
	for _, p := range pairs {
		if _, ok := (Dialect{}).Number(p[0]); !ok {
			continue
		}
		if strings.Trim(p[1], "0123456789") != "" || len(p[1]) < 2 || width != 0 && len(p[1]) != width {
			return false
		}
		width, zero = len(p[1]), zero || p[1][0] == '0'
		numbers++
	}
	return numbers > 0 && zero
}

func halfSmall(pairs [][]string) bool {
	numbers, zeros := 0, 0
	for _, p := range pairs {
		if strings.Trim(p[0], "+-") != "0" && strings.Trim(p[0], "+-") != "1" {
			if _, ok := (Dialect{}).Number(p[0]); ok {
				return false
			}
			continue
		}
		if strings.Trim(p[1], "0123456789") != "" || p[1] == "" {
			return false
		}
		numbers++
		if strings.HasSuffix(p[0], "0") {
			zeros++
		}
	}
	return numbers > 1 && zeros > 0
}

// commonWidth returns how many cells most lines with numbers have.
func commonWidth(rows []sniffedRow) int {
	count := map[int]int{}
	best := 0
	for _, r := range rows {
		if !slices.Contains(r.kinds, Number) {
			continue
		}
		n := len(r.kinds)
		count[n]++
		if count[n] > count[best] || count[n] == count[best] && n > best {
			best = n
		}
	}
	return best
}

// columnKinds returns what most lines of that many cells have in each column.
func columnKinds(rows []sniffedRow, width int) []Kind {
	kinds := make([]Kind, width)
	for i := range kinds {
		var count [Text + 1]int
		for _, r := range rows {
			if len(r.kinds) == width {
				count[r.kinds[i]]++
			}
		}
		kinds[i] = Empty
		for _, k := range []Kind{Number, Moment, Text} {
			if count[k] > 0 && (kinds[i] == Empty || count[k] > count[kinds[i]]) {
				kinds[i] = k
			}
		}
	}
	return kinds
}

// fits says whether a line's cells are of their columns' kinds, or missing.
func fits(kinds, columns []Kind) bool {
	if len(kinds) != len(columns) {
		return false
	}
	some := false
	for i, k := range kinds {
		if k != Empty && columns[i] != Text && k != columns[i] {
			return false
		}
		some = some || k != Empty
	}
	return some
}

// blank says whether a line has no cells.
func blank(line []byte, comma rune) bool {
	line = bytes.TrimSpace(line)
	return len(line) == 0 && comma != '\t'
}

// remark returns the text of a line that is a remark. A semicolon begins one where it
// separates nothing.
func remark(line []byte, comma rune) (text []byte, ok bool) {
	line = bytes.TrimLeft(line, " \t\"")
	for _, mark := range []string{"#", "%", "//", "!", ";"} {
		if mark == ";" && comma == ';' {
			continue
		}
		rest, found := bytes.CutPrefix(line, []byte(mark))
		if !found {
			continue
		}
		if mark == "#" && missingWords[strings.ToLower(string(firstCell(line, comma)))] {
			return nil, false // #N/A is a cell
		}
		return bytes.TrimSpace(bytes.TrimLeft(rest, "#%/!;")), true
	}
	return nil, false
}

func firstCell(line []byte, comma rune) []byte {
	if i := bytes.IndexRune(line, comma); i >= 0 {
		line = line[:i]
	}
	return bytes.TrimSpace(line[:min(len(line), 16)])
}
