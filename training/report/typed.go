package report

import (
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/auscult/auscult/training/recording/parquet"
)

// Parquet writes the table with typed columns: those that hold nothing but numbers, of one unit if they have any, are
// numbers, with the unit behind the name, and no value where the page has none.
func (t *Table) Parquet(w io.Writer) error {
	width := len(t.rows[0])
	columns := make([]parquet.Series, width)
	names := map[string]int{}
	for i := range columns {
		texts := make([]string, 0, len(t.rows)-1)
		for _, row := range t.rows[1:] {
			text := ""
			if i < len(row) {
				text = strings.ToValidUTF8(row[i], "\uFFFD")
			}
			texts = append(texts, text)
		}
		name := t.rows[0][i]
		if name == "" {
			name = fmt.Sprintf("column %d", i+1)
		}
		numbers, unit, ok := numbersOf(texts)
		if ok {
			columns[i].Numbers = numbers
		} else {
			columns[i].Texts = texts
		}
		if ok && unit != "" {
			name += ", " + unit
		}
		if names[name]++; names[name] > 1 {
			name = fmt.Sprintf("%s (%d)", name, names[name])
		}
		columns[i].Name = name
	}
	if err := parquet.Write(w, "auscult", columns); err != nil {
		return fmt.Errorf("report: table %s: %w", t.Name, err)
	}
	return nil
}

// numberText is a number as the page writes it, with its unit: a word without digits.
var numberText = regexp.MustCompile(`^([-+]?[0-9]+(?:\.[0-9]+)?(?:e[-+]?[0-9]+)?)(?: ?([^0-9 ]+))?$`)

// numbersOf returns the numbers of a column and their unit, where it holds nothing else and one at the least.
func numbersOf(texts []string) (numbers []float64, unit string, ok bool) {
	for _, text := range texts {
		text = strings.Replace(strings.TrimSpace(text), "−", "-", 1)
		if text == "" || text == "-" || text == "–" || text == "—" {
			numbers = append(numbers, math.NaN())
			continue
		}
		m := numberText.FindStringSubmatch(text)
		if m == nil || ok && m[2] != unit {
			return nil, "", false
		}
		v, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			return nil, "", false
		}
		unit, ok = m[2], true
		numbers = append(numbers, v)
	}
	return numbers, unit, ok
}
