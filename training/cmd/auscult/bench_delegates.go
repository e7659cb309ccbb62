package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/auscult/auscult/agent/delegate"
	"github.com/auscult/auscult/training/bench"
)

// delegates measures helpers beside the Go kernels.
func (c *benchCommand) delegates(ctx context.Context, data []byte, std streams) error {
	names := c.Backend
	if len(names) == 0 {
		names = []string{delegate.TFLite}
	}
	setup := delegate.Setup{
		Threads: c.Threads, Plugin: c.Delegate, TFLite: c.Library, LiteRT: c.Library, Root: c.Root,
		MemoryBytes: delegate.DefaultMemoryBytes, Models: map[string]string{},
	}
	if c.Accelerators != "" {
		setup.Accelerators = strings.Split(c.Accelerators, ",")
	}
	for _, err := range []error{delegate.CheckPlugin(c.Delegate), delegate.CheckAccelerators(setup.Accelerators)} {
		if err != nil {
			return usageError{fmt.Errorf("bench: %w", err)}
		}
	}
	if c.DelegateModel != "" {
		for _, kind := range []string{delegate.TFLite, delegate.LiteRT, delegate.EdgeTPU, delegate.Exec} {
			setup.Models[kind] = c.DelegateModel
		}
	}
	var candidates []delegate.Candidate
	for _, name := range names {
		if err := delegate.CheckName(name); err != nil {
			return usageError{fmt.Errorf("bench: --backend %w", err)}
		}
		if name == delegate.Go {
			continue // it is measured anyway
		}
		setup.Backend = name
		more, _ := setup.Candidates()
		candidates = append(candidates, more...)
	}
	all, err := bench.Delegates(ctx, data, candidates, bench.Options{Duration: c.Duration, Threads: c.Threads})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(std.out, all)
	}
	return printDelegates(std.out, all)
}

// printDelegates prints a table, and below it what each is and why others are missing.
func printDelegates(out io.Writer, all []bench.Delegate) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "backend\tp50 µs\tp99 µs\tway p50\tway p99\tstart ms\tMiB\tdiffer\tby\tgolden\t")
	for i := range all {
		d := &all[i]
		if d.Missing != "" {
			continue
		}
		fmt.Fprintf(w, "%s\t%.1f\t%.1f\t", d.Backend, d.Latency.P50US, d.Latency.P99US)
		if d.Overhead.Count == 0 {
			fmt.Fprintf(w, "\t\t%.1f\t\t\t\t\t\n", d.StartMS)
			continue
		}
		golden := "none"
		if g := d.Golden; g != nil {
			golden = "exact"
			if g.Differ > 0 {
				golden = fmt.Sprintf("%d of %d, by %d", g.Differ, g.Values, g.Most)
			}
		}
		fmt.Fprintf(w, "%.1f\t%.1f\t%.1f\t%.0f\t%d of %d\t%d\t%s\t\n", d.Overhead.P50US, d.Overhead.P99US, d.StartMS,
			float64(d.ResidentBytes)/(1<<20), d.Differ, d.Values, d.Most, golden)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for i := range all {
		d := &all[i]
		text := d.Text
		if d.Missing != "" {
			text = "not here: " + d.Missing
		}
		if _, err := fmt.Fprintf(out, "%s: %s\n", d.Backend, printable(text)); err != nil {
			return err
		}
	}
	return nil
}
