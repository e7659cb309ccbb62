package main

import (
	"fmt"
	"io"
	"math"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/outlook"
)

// printOutlook says what a decision promises, a line each.
func printOutlook(w io.Writer, o *outlook.Outlook) {
	for _, line := range o.Lines() {
		fmt.Fprintln(w, line)
	}
}

// printPromise shows it as a part of settings.
func printPromise(w io.Writer, s *model.Settings) error {
	o, err := outlook.Of(s)
	if err != nil {
		return err
	}
	if e := o.Expected; e != nil {
		fmt.Fprintf(w, "  normal sound\traises %s\n", outlook.RateText(e))
	}
	for i := range o.Changes {
		c := &o.Changes[i]
		where := "in all"
		if !c.All() {
			where = fmt.Sprintf("at %.0f Hz, a third of an octave that lies at %.0f dB", math.Sqrt(c.FromHz*c.ToHz), c.LevelDB)
		}
		fmt.Fprintf(w, "  %+.3g dB\t%s: noticed %s\n", c.GainDB, where, c.When())
	}
	return nil
}
