package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/auscult/auscult/build/torture/ledger"
)

// row is what became of a case.
type row struct {
	Lane string `json:"lane"`
	Case string `json:"case"`
	ledger.Result
	Seconds float64  `json:"seconds"`
	Notes   []string `json:"notes,omitempty"`
	Error   string   `json:"error,omitempty"`
}

func (r *row) passed() bool { return r.Error == "" && r.OK() }

func (r *row) verdict() string {
	if r.passed() {
		return "ok"
	}
	return "FAILED"
}

// line says it in one line, and the details of a failure in more.
func (r *row) line() string {
	text := fmt.Sprintf("%-6s %s/%s: %d offered, %d received, %d lost, %d duplicates, %.1f s", r.verdict(), r.Lane, r.Case,
		r.Offered, r.Received, r.Lost, r.Duplicates, r.Seconds)
	if len(r.Notes) > 0 {
		text += "; " + strings.Join(r.Notes, "; ")
	}
	if !r.passed() {
		for _, d := range append([]string{r.Error}, r.Details...) {
			if d != "" {
				text += "\n       " + strings.ReplaceAll(d, "\n", "\n       ")
			}
		}
	}
	return text
}

// report writes what was found. An error means that something failed.
func report(o *options, rows []row, took time.Duration, out io.Writer) error {
	failed := 0
	for i := range rows {
		if !rows[i].passed() {
			failed++
		}
	}
	var err error
	if o.json {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		err = e.Encode(map[string]any{"cases": rows, "failed": failed, "seconds": took.Seconds(), "seed": o.seed})
	} else {
		err = table(rows, took, o.seed, out)
	}
	if failed > 0 {
		err = errors.Join(err, fmt.Errorf("%d of %d cases failed", failed, len(rows)))
	}
	return err
}

func table(rows []row, took time.Duration, seed uint64, out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "broker\tcase\toffered\treceived\tlost\tduplicates\topen\trepeats\ts\t\tremarks") // Flush tells
	var sum ledger.Result
	for i := range rows {
		r := &rows[i]
		_, _ = fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%.1f\t%s\t%s\n", r.Lane, r.Case, r.Offered, r.Received,
			r.Lost+r.Gaps, r.Duplicates, r.Open, r.Repeats, r.Seconds, r.verdict(), strings.Join(r.Notes, "; "))
		sum.Offered += r.Offered
		sum.Received += r.Received
		sum.Lost += r.Lost + r.Gaps
		sum.Duplicates += r.Duplicates
		sum.Open += r.Open
		sum.Repeats += r.Repeats
	}
	_, _ = fmt.Fprintf(w, "all\t\t%d\t%d\t%d\t%d\t%d\t%d\t%.1f\t\tseed %d\n", sum.Offered, sum.Received, sum.Lost, sum.Duplicates,
		sum.Open, sum.Repeats, took.Seconds(), seed)
	return w.Flush()
}
