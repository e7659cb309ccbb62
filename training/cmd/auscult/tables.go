package main

import (
	"fmt"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/recording/table"
)

// tableFlags say what tables of accelerations do not. Commands that have a model take what
// it was learned with where they say nothing.
type tableFlags struct {
	Column    string  `placeholder:"NAME" help:"Of tables (CSV, TSV, NPY, NPZ, MAT, Parquet): the column of acceleration, by its name or its number from 1. (all that are, as channels)"`
	Time      string  `placeholder:"NAME" help:"Of tables: the column of time, perhaps with its unit as in t:ms; none does without. (found by looking)"`
	Unit      string  `placeholder:"UNIT" help:"Of tables: g, mg, m/s2 or counts:SCALE, as counts:16384 (counts a g) or counts:0.0039 (g a count). (by the heading, or by gravity)"`
	TableRate float64 `placeholder:"HZ" help:"Of tables: the sample rate. (that of the column of time, or as the table says)"`
}

// options returns what the flags say.
func (f *tableFlags) options() (table.Options, error) {
	if f.Unit != "" {
		if _, err := table.ParseUnit(f.Unit); err != nil {
			return table.Options{}, usageError{fmt.Errorf("--unit: %w", err)}
		}
	}
	if f.TableRate < 0 || f.TableRate > table.MaxRateHz {
		return table.Options{}, usageError{fmt.Errorf("--table-rate %g: must be above 0, at most %d", f.TableRate, table.MaxRateHz)}
	}
	return table.Options{Column: f.Column, Time: f.Time, Unit: f.Unit, RateHz: f.TableRate}, nil
}

// as returns what the flags say, and what a model was learned with where they say nothing.
func (f *tableFlags) as(m *model.Model) (table.Options, error) {
	o, err := f.options()
	if err != nil || m.Settings.Provenance.Table == nil {
		return o, err
	}
	t := m.Settings.Provenance.Table
	return o.Or(table.Options{Column: t.Column, TimeHint: t.Time, UnitHint: t.Unit, DefaultRateHz: t.RateHz}), nil
}

// rateOf returns the rate of tables that do not say theirs, where --rate was given: what is
// recorded is then said to have it.
func rateOf(rateHz int) float64 {
	if rateHz == dsp.DefaultProfile().SampleRateHz {
		return 0
	}
	return float64(rateHz)
}
