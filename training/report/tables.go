package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
)

// Table is one table of the page, to be written on its own.
type Table struct {
	Name string // of a file, without its ending
	rows [][]string
}

// Tables returns the page's tables in order: the verdict's first.
func (p *Page) Tables() (all []Table) {
	verdict := [][]string{{"value", "what"}}
	for _, c := range p.Verdict.Cards {
		verdict = append(verdict, []string{c.Value, c.Label})
	}
	all = append(all, Table{"verdict", verdict})
	names := map[string]int{}
	for _, part := range p.Parts {
		for i := range part.Sections {
			s := &part.Sections[i]
			for k := range s.Blocks {
				t := s.Blocks[k].Table
				if t == nil || len(t.Rows) == 0 {
					continue
				}
				name := s.ID
				if names[s.ID]++; names[s.ID] > 1 {
					name = fmt.Sprintf("%s-%d", s.ID, names[s.ID])
				}
				all = append(all, Table{name, t.texts()})
			}
		}
	}
	return all
}

// CSV writes the table as RFC 4180 has it. A text that a spreadsheet would take for a formula gets a quote
// before it: names of recordings come from others.
func (t *Table) CSV(w io.Writer) error {
	c := csv.NewWriter(w)
	c.UseCRLF = true
	for _, row := range t.rows {
		safe := make([]string, len(row))
		for i, text := range row {
			safe[i] = plain(text)
		}
		if err := c.Write(safe); err != nil {
			return fmt.Errorf("report: table %s: %w", t.Name, err)
		}
	}
	c.Flush()
	return c.Error()
}

// plain keeps a text from being a formula; numbers with a sign stay what they are.
func plain(text string) string {
	if text == "" || !strings.ContainsRune("=@\t\r+-", rune(text[0])) {
		return text
	}
	rest := text[1:]
	if strings.ContainsRune("+-", rune(text[0])) && rest != "" && strings.Trim(rest, "0123456789. dB%") == "" {
		return text
	}
	return "'" + text
}
