package report

import (
	"fmt"
	"html/template"
	"strings"
)

// figure is a drawing and what is said of it.
type figure struct {
	Drawing drawing
	Caption string
	Alt     string // for who cannot see it; the caption where it is empty
	Sound   *sound // what is shown, to listen to

	SVG template.HTML // Drawing, drawn
}

// draw draws a section's figures, and leaves those out that have nothing to show.
func (s *section) draw() error {
	for i := range s.Blocks {
		b := &s.Blocks[i]
		kept := b.Figures[:0]
		for _, f := range b.Figures {
			if c, isChart := f.Drawing.(*chart); f.Drawing == nil || isChart && c == nil {
				continue
			}
			if f.Alt == "" {
				f.Alt = f.Caption
			}
			var err error
			if f.SVG, err = f.Drawing.svg(f.Alt); err != nil {
				return err
			}
			kept = append(kept, f)
		}
		b.Figures = kept
	}
	return nil
}

type (
	table struct {
		Class string
		Head  []cell
		Rows  [][]cell
	}

	cell struct {
		Text   string
		Class  string
		Number bool
		Head   bool
	}
)

// head makes a table's first row; names that end in # are of numbers.
func head(names ...string) []cell {
	out := make([]cell, len(names))
	for i, name := range names {
		out[i].Text, out[i].Number = strings.CutSuffix(name, "#")
	}
	return out
}

// add makes a row under head: numbers are aligned as the head says.
func (t *table) add(texts ...string) {
	row := make([]cell, len(texts))
	for i, text := range texts {
		row[i] = cell{Text: text, Number: i < len(t.Head) && t.Head[i].Number}
	}
	t.Rows = append(t.Rows, row)
}

// sound is a clip's stretch to listen to.
type sound struct {
	URL    template.URL // of a WAV file
	GainDB float64      // by which it was amplified
}

// Gain says by how much, in words.
func (s *sound) Gain() string {
	if s.GainDB < 1 {
		return ""
	}
	return fmt.Sprintf("played %.0f dB louder than recorded", s.GainDB)
}
