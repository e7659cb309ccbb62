package dataset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/auscult/auscult/training/recording/table"
)

// TablesRead is one way in which tables were understood.
type TablesRead struct {
	table.Reading
	Clips int `json:"clips"`
}

// maxTablesRead bounds how many ways are told apart; the last stands for all others.
const maxTablesRead = 8

// addTable counts a clip, or a piece of one, that was a table; nil is none.
func (r *Review) addTable(read *table.Reading) {
	if read == nil {
		return
	}
	at := slices.IndexFunc(r.Tables, func(t TablesRead) bool { return t.Text == read.Text })
	if at < 0 && len(r.Tables) == maxTablesRead {
		at = maxTablesRead - 1
	}
	if at < 0 {
		at = len(r.Tables)
		r.Tables = append(r.Tables, TablesRead{Reading: *read})
	}
	r.Tables[at].Clips++
}

// TablesText says in lines how tables were understood; nothing where there were none.
func (r *Review) TablesText() string {
	var text strings.Builder
	for _, t := range r.Tables {
		fmt.Fprintf(&text, "%d as tables: %s\n", t.Clips, t.Text)
	}
	return text.String()
}

// Unit returns the unit that all tables were read in, "" where there are several or none.
func (r *Review) Unit() string {
	for _, t := range r.Tables {
		if t.Unit != r.Tables[0].Unit {
			return ""
		}
	}
	if len(r.Tables) == 0 {
		return ""
	}
	return r.Tables[0].Unit
}

// unitsWarning says that tables were read in different units.
func (r *Review) unitsWarning() []string {
	if len(r.Tables) < 2 || r.Unit() != "" {
		return nil
	}
	var units []string
	for _, t := range r.Tables {
		if u := fmt.Sprintf("%s (%d clips)", t.Unit, t.Clips); !slices.Contains(units, u) {
			units = append(units, u)
		}
	}
	return []string{fmt.Sprintf("the tables are read in different units, %s: if all have one, give it by --unit",
		strings.Join(units, " and "))}
}
