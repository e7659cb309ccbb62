package dsp

import "github.com/auscult/auscult/dsp/mel"

// Decibels takes logarithms of integers, with the same bits on every
// architecture. It is read-only and may be shared.
type Decibels struct {
	table *logTable
}

// NewDecibels returns the table that the front end uses too.
func NewDecibels() Decibels { return Decibels{newLogTable()} }

// Of returns 10*log10(power), and FloorDB for 0. The error is below 9e-6 dB.
func (d Decibels) Of(power uint64) DB { return d.table.level(mel.Sum{Lo: power}, 0) }
