package table

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/auscult/auscult/training/recording/delimited"
)

// column is one column of a table.
type column struct {
	name  string // without its unit; "" where the table has none
	unit  string // as the table has it
	kind  delimited.Kind
	dated bool // moments have a date
}

// heading is what stands above the data.
type heading struct {
	lines   int // of names, units and remarks
	columns []column
	rateHz  float64 // as it says, 0: nothing
	unit    string  // as it says
}

// parseHeading reads the lines above the data: names, units, and lines of a key and a
// value, of which those that say the rate or the unit are used.
func parseHeading(above []delimited.Row, kinds []delimited.Kind) heading {
	h := heading{lines: len(above), columns: make([]column, len(kinds))}
	var names, units []string
	for i := len(above) - 1; i >= 0; i-- {
		cells := above[i].Cells
		if h.learn(above[i]) {
			continue
		}
		switch {
		case units == nil && names == nil && isUnitRow(cells, len(kinds)):
			units = aligned(cells, len(kinds))
		case names == nil:
			names = namesIn(cells, len(kinds))
		case hasTwice(names):
			if groups := namesIn(cells, len(kinds)); groups != nil {
				names = grouped(groups, names)
			}
		}
	}
	for i := range h.columns {
		c := &h.columns[i]
		c.kind = kinds[i]
		if names != nil {
			c.name, c.unit = splitUnit(names[i])
		}
		if units != nil && units[i] != "" {
			c.unit = units[i]
		}
	}
	return h
}

// isUnitRow says whether a line holds units of most columns and nothing else.
func isUnitRow(cells []string, width int) bool {
	n := 0
	for _, cell := range cells {
		switch {
		case isUnit(strings.Trim(cell, "[](){}")):
			n++
		case !delimited.Missing(strings.Trim(cell, "[](){}")):
			return false
		}
	}
	return n > 0 && len(cells) >= width-1 && len(cells) <= width+1
}

// aligned returns a line's cells for width columns. Programs that name no column of row
// names leave one out at the beginning.
func aligned(cells []string, width int) []string {
	out := make([]string, width)
	from := 0
	if len(cells) == width-1 {
		from = 1
	}
	copy(out[from:], cells)
	for i, cell := range out {
		out[i] = strings.TrimSpace(cell)
	}
	return out
}

// namesIn returns the names of columns, nil where the cells are none.
func namesIn(cells []string, width int) []string {
	if width > 1 && len(cells) == 1 {
		// A line of names may be separated otherwise than the data.
		cells = strings.FieldsFunc(cells[0], func(r rune) bool { return strings.ContainsRune(",;\t|", r) })
		if len(cells) == 1 {
			cells = strings.Fields(cells[0])
		}
	}
	cells = delimited.Trim(cells, width)
	if len(cells) > width {
		cells = joinUnits(cells, width)
	}
	if len(cells) > width || len(cells) < max(width-1, 1) {
		return nil
	}
	some := false
	for _, cell := range cells {
		if _, ok := (delimited.Dialect{}).Number(cell); ok || strings.HasSuffix(cell, ":") {
			return nil
		}
		some = some || !delimited.Missing(cell)
	}
	if !some || strings.Contains(cells[0], ": ") {
		return nil
	}
	return aligned(cells, width)
}

// joinUnits joins units in brackets to the names before them, where spaces separated both.
func joinUnits(cells []string, width int) []string {
	if width == 1 {
		return []string{strings.Join(cells, " ")}
	}
	var out []string
	for _, cell := range cells {
		if len(out) > 0 && cell != "" && strings.ContainsRune("[({", rune(cell[0])) {
			out[len(out)-1] += " " + cell
			continue
		}
		out = append(out, cell)
	}
	return out
}

func hasTwice(names []string) bool {
	sorted := slices.Sorted(slices.Values(names))
	return len(slices.Compact(sorted)) < len(names)
}

// grouped puts the group that a name stands under before it: a group's name stands above
// the first of its columns.
func grouped(groups, names []string) []string {
	out := slices.Clone(names)
	group := ""
	for i := range out {
		if groups[i] != "" {
			group = groups[i]
		}
		if group != "" && out[i] != "" && group != out[i] {
			out[i] = group + " " + out[i]
		}
	}
	return out
}

// rateKeys and intervalKeys are what the rate and the time between two samples are
// called, in small letters and without what is neither letter nor digit.
var (
	rateKeys = []string{
		"fs", "fsample", "fsamp", "fsampling", "sr", "odr", "sps", "rate", "samplerate", "samplingrate", "samplefrequency",
		"samplingfrequency", "samplefreq", "samplingfreq", "datarate", "outputdatarate", "scanrate", "acquisitionrate",
		"samplespersecond", "samplerateinhz", "abtastrate", "abtastfrequenz", "recordingrate", "loggingrate",
	}
	intervalKeys = []string{
		"dt", "deltat", "deltax", "sampleinterval", "samplinginterval", "sampleperiod", "samplingperiod", "timestep",
		"timeincrement", "xincrement", "sampletime", "samplingtime", "scaninterval", "interval", "period", "xdelta",
		"abtastintervall",
	}
	unitKeys = []string{
		"unit", "units", "accelerationunit", "accelunit", "accunit", "yunit", "yunitlabel", "einheit", "unitofacceleration",
	}
	keyValue = regexp.MustCompile(`^\s*([^:=]{1,60}?)\s*[:=]\s*(.{1,60}?)\s*$`)
	quantity = regexp.MustCompile(`^\s*([+-]?[0-9][0-9.,eE+-]*)\s*([^\s\d]*)\s*$`)
	spoken   = regexp.MustCompile(`(?i)(?:^\s*|sampl|rate|\bodr\b|\bfs\b)\D{0,40}?\b([0-9]+(?:[.,][0-9]+)?)\s*(hz|khz|sps|ks/s|s/s)\b`)
)

// learn takes what a line above the data says of rate and unit, and says whether it said
// any.
func (h *heading) learn(row delimited.Row) bool {
	cells := slices.DeleteFunc(slices.Clone(row.Cells), func(c string) bool { return c == "" })
	if len(cells) == 0 {
		return false
	}
	text := strings.Join(cells, " ")
	key, value, found := "", "", false
	if m := keyValue.FindStringSubmatch(text); m != nil {
		key, value, found = m[1], m[2], true
	} else if len(cells) == 2 || len(cells) == 3 {
		key, value, found = cells[0], strings.Join(cells[1:], " "), true
	}
	if found {
		name, unit := splitUnit(key)
		if h.fact(letters(name), value, unit) || h.fact(letters(key), value, "") {
			return true
		}
	}
	if m := spoken.FindStringSubmatch(text); m != nil && (row.Remark || len(cells) == 1) {
		h.setRate(m[1], m[2])
		return true
	}
	return false
}

// letters returns text in small letters, without all that is neither letter nor digit.
func letters(text string) string {
	text, _, _ = strings.Cut(strings.ToLower(text), "[")
	text, _, _ = strings.Cut(text, "(")
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text)
}

// fact takes a value under a key; unit is one that the key has.
func (h *heading) fact(key, value, unit string) bool {
	key = strings.TrimSuffix(key, "hz")
	switch {
	case slices.Contains(unitKeys, key) && isUnit(value):
		if _, ok := accelerations[plainUnit(value)]; ok {
			h.unit = value
		}
		return true
	case slices.Contains(rateKeys, key):
		m := quantity.FindStringSubmatch(value)
		return m != nil && h.setRate(m[1], unit+m[2])
	case slices.Contains(intervalKeys, key):
		m := quantity.FindStringSubmatch(value)
		if m == nil {
			return false
		}
		scale := 1.0
		if s := durations[plainUnit(unit+m[2])]; s > 0 {
			scale = s
		}
		v, ok := above0(m[1])
		if ok {
			h.rateHz = 1 / (v * scale)
		}
		return ok
	}
	return false
}

// setRate takes a rate as text, in Hz or kHz.
func (h *heading) setRate(text, unit string) bool {
	v, ok := above0(text)
	if !ok {
		return false
	}
	if strings.HasPrefix(strings.ToLower(unit), "k") {
		v *= 1000
	}
	h.rateHz = v
	return true
}

// above0 reads a number with a point or a comma.
func above0(text string) (v float64, ok bool) {
	v, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64)
	return v, err == nil && v > 0
}
