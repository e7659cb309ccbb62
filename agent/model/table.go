package model

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// Table says how tables of accelerations were read that a model has learned from, so that
// others are read likewise when it judges them. What is empty was found in each table itself.
type Table struct {
	Column string  `json:"column,omitempty"`         // of acceleration, by name or number
	Time   string  `json:"time,omitempty"`           // column of time
	Unit   string  `json:"unit,omitempty"`           // of acceleration
	RateHz float64 `json:"sample_rate_hz,omitempty"` // of tables that do not say theirs
}

// String says it in a line.
func (t *Table) String() string {
	var parts []string
	for _, p := range []struct{ what, value string }{{"column", t.Column}, {"time", t.Time}, {"unit", t.Unit}} {
		if p.value != "" {
			parts = append(parts, p.what+" "+p.value)
		}
	}
	if t.RateHz > 0 {
		parts = append(parts, fmt.Sprintf("%g Hz unless a table says its own", t.RateHz))
	}
	return strings.Join(parts, ", ")
}

// maxTableName bounds the names of columns and units.
const maxTableName = 256

func (t *Table) validate() error {
	switch {
	case t == nil:
		return nil
	case len(t.Column) > maxTableName || len(t.Time) > maxTableName || len(t.Unit) > maxTableName:
		return fmt.Errorf("a name of a column or unit of more than %d bytes", maxTableName)
	case !(t.RateHz >= 0) || math.IsInf(t.RateHz, 0):
		return errors.New("a sample rate that is none")
	}
	return nil
}
