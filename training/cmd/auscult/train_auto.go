package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/learn"
	"github.com/auscult/auscult/training/selection"
)

// autoName stands for a family that is chosen.
const autoName = "auto"

// chooseFamily tries the families with a progress bar on w. It opens the set for them and for the
// training that follows.
func chooseFamily(ctx context.Context, o *learn.Options, budget time.Duration, w io.Writer) (*selection.Choice, error) {
	if budget <= 0 {
		return nil, usageError{fmt.Errorf("train: --try-for %v: must be above 0, as in 10m", budget)}
	}
	if o.Checkpoints != "" {
		return nil, usageError{fmt.Errorf("train: --checkpoints keeps one training: name a family instead of %s", autoName)}
	}
	if err := o.Open(); err != nil {
		return nil, err
	}
	bar := newBar(w, "choosing", 1000)
	defer bar.done()
	return selection.Run(ctx, selection.Options{
		Learn: *o, Families: families.InTurn(), Budget: budget,
		Progress: func(name string, p learn.Progress) {
			bar.setNote(int(1000*p.Done), fmt.Sprintf(" %s: %s", name, p.Step))
		},
	})
}

// printChoice prints what each family showed.
func printChoice(w io.Writer, c *selection.Choice) error {
	what := fmt.Sprintf("%d of the normal clips", c.Held)
	if c.Note != "" {
		fmt.Fprintln(w, clean(c.Note))
		what = fmt.Sprintf("%d pieces", c.Held)
	}
	fmt.Fprintf(w, "%s were held back and spoiled with made-up outliers:\n", what)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	names := slices.Sorted(maps.Keys(c.Tried[0].ByKind))
	fmt.Fprintf(tw, "  family\tAUC\t%s\tMMAC/s\ts\n", strings.Join(names, "\t"))
	for _, t := range c.Tried {
		if t.Note != "" {
			fmt.Fprintf(tw, "  %s\t%s\n", t.Family, t.Note)
			continue
		}
		fmt.Fprintf(tw, "  %s\t%.3f", t.Family, t.AUC)
		for _, name := range names {
			fmt.Fprintf(tw, "\t%.3f", t.ByKind[name])
		}
		fmt.Fprintf(tw, "\t%.1f\t%.0f\n", t.PerS/1e6, t.Seconds)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "taken: %s\n", c.Reason)
	return err
}
