package delimited

import (
	"errors"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// Dialect is how a file writes its cells.
type Dialect struct {
	Comma        rune // what separates cells; ' ' is any run of spaces and tabs
	DecimalComma bool
}

// missingWords are what programs write where there is no value, in small letters.
var missingWords = setOf("nan -nan +nan nan(ind) -nan(ind) nan(snan) 1.#qnan -1.#ind 1.#ind 1.#snan na n/a #n/a #na <na> " +
	"null none nil nul - -- --- ? . * missing nat #value! #div/0! #num!")

// setOf returns the words of a text.
func setOf(text string) map[string]bool {
	set := map[string]bool{"": true}
	for word := range strings.FieldsSeq(text) {
		set[word] = true
	}
	return set
}

// Missing says whether a cell says that there is no value.
func Missing(cell string) bool {
	if len(cell) > len("nan(snan)") {
		return false
	}
	return missingWords[cell] || missingWords[strings.ToLower(cell)]
}

// groups are numbers with groups of thousands, without what marks the fraction.
var (
	groupedPoint = regexp.MustCompile(`^[+-]?[0-9]{1,3}(?:[,'’ \x{a0}\x{2009}\x{202f}][0-9]{3})+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?$`)
	groupedComma = regexp.MustCompile(`^[+-]?[0-9]{1,3}(?:[.'’ \x{a0}\x{2009}\x{202f}][0-9]{3})+(?:,[0-9]*)?(?:[eE][+-]?[0-9]+)?$`)
	groupMarks   = strings.NewReplacer("'", "", "’", "", " ", "", "\u00a0", "", "\u2009", "", "\u202f", "")
	exponentD    = regexp.MustCompile(`^([+-]?[0-9.]+)[dD]([+-]?[0-9]+)$`)
	hexadecimal  = regexp.MustCompile(`^[+-]?0[xX][0-9a-fA-F]+(?:\.?[0-9a-fA-F]*[pP][+-]?[0-9]+)?$`)
)

// infinities are what programs write for what no number holds.
var infinities = map[string]float64{
	"inf": math.Inf(1), "+inf": math.Inf(1), "-inf": math.Inf(-1), "infinity": math.Inf(1), "+infinity": math.Inf(1),
	"-infinity": math.Inf(-1), "1.#inf": math.Inf(1), "-1.#inf": math.Inf(-1), "∞": math.Inf(1), "-∞": math.Inf(-1),
}

// Number returns the number that a cell is; infinite where it is written so or too large.
func (d Dialect) Number(cell string) (v float64, ok bool) {
	if cell == "" {
		return 0, false
	}
	if !d.DecimalComma && plain(cell) {
		return parse(cell)
	}
	return d.unusual(cell)
}

// plain says whether a cell consists of what usual numbers consist of.
func plain(cell string) bool {
	for i := range len(cell) {
		switch b := cell[i]; {
		case b >= '0' && b <= '9', b == '.', b == '-', b == '+', b == 'e', b == 'E':
		default:
			return false
		}
	}
	return true
}

// parse returns the number of plain text.
func parse(text string) (float64, bool) {
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil || errors.Is(err, strconv.ErrRange)
}

// unusual returns the number of a cell that is not written as most are.
func (d Dialect) unusual(cell string) (float64, bool) {
	cell = strings.ReplaceAll(cell, "−", "-")
	if v, ok := infinities[strings.ToLower(cell)]; ok {
		return v, true
	}
	if hexadecimal.MatchString(cell) {
		if !strings.ContainsAny(cell, "pP") {
			cell += "p0"
		}
		return parse(cell)
	}
	switch {
	case d.DecimalComma && groupedComma.MatchString(cell):
		cell = groupMarks.Replace(strings.ReplaceAll(cell, ".", ""))
	case !d.DecimalComma && groupedPoint.MatchString(cell):
		cell = groupMarks.Replace(strings.ReplaceAll(cell, ",", ""))
	}
	if d.DecimalComma {
		if strings.Contains(cell, ".") && strings.Contains(cell, ",") {
			return 0, false
		}
		cell = strings.Replace(cell, ",", ".", 1)
	}
	if m := exponentD.FindStringSubmatch(cell); m != nil {
		cell = m[1] + "e" + m[2]
	}
	if !plain(cell) {
		return 0, false
	}
	return parse(cell)
}
