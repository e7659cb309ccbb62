package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/bench"
)

type benchCommand struct {
	Files    []string      `arg:"" type:"path" name:"file" help:"The .tflite model; it needs no auscult settings. With --compare: two reports."`
	Duration time.Duration `default:"3s" placeholder:"D" help:"How long to measure, after a warm-up. (${default})"`
	Threads  int           `default:"1" placeholder:"N" help:"Threads that compute one inference; small operators use one. (${default})"`
	Publish  bool          `help:"Measure as for publication: five windows of 10 s or more, the median of each figure."`
	Compare  bool          `help:"Compare two reports that --json wrote; exit code 1 when the second is worse."`
	Limit    float64       `default:"10" placeholder:"PERCENT" help:"How much a median may rise before --compare calls it worse. (${default})"`
	Root     string        `default:"/" hidden:"" help:"Where /sys and /proc are."`
	JSON     bool          `name:"json" help:"Print JSON."`
}

// Help shows a use.
func (benchCommand) Help() string {
	return `Prints the latency of single inferences (minimum, percentiles, maximum), of each step from samples
to decision, the time to load, memory, what the machine tells of its clock and temperature, and
a table of the operators. Pin it to a core with taskset for steadier figures.

Example:
  auscult bench model.tflite
  taskset -c 3 auscult bench --publish --json model.tflite > pi4.json
  auscult bench --compare before.json after.json --limit 5`
}

// benchReport is what the command prints as JSON.
type benchReport struct{ *bench.Report }

// Run measures and prints.
func (c *benchCommand) Run(ctx context.Context, std streams) error {
	if c.Compare {
		return c.compare(std)
	}
	if len(c.Files) != 1 {
		return usageError{errors.New("bench: give one model")}
	}
	if c.Threads < 1 || c.Threads > 64 {
		return usageError{fmt.Errorf("bench: --threads %d: must be 1 to 64", c.Threads)}
	}
	if c.Duration <= 0 || c.Duration > time.Hour {
		return usageError{fmt.Errorf("bench: --duration %v: must be above 0 and at most 1h", c.Duration)}
	}
	data, err := tflite.ReadFile(c.Files[0])
	if err != nil {
		return err
	}
	report, err := c.measure(ctx, data, std.err)
	if err != nil {
		return err
	}
	if c.JSON {
		enc := json.NewEncoder(std.out)
		enc.SetIndent("", "  ")
		return enc.Encode(report.Report)
	}
	return report.print(std.out)
}

// measure runs the model alone, then from samples to decision.
func (c *benchCommand) measure(ctx context.Context, data []byte, w io.Writer) (*benchReport, error) {
	sum := sha256.Sum256(data)
	before := bench.ReadMachine(c.Root)
	report := &bench.Report{
		Model: c.Files[0], SHA256: hex.EncodeToString(sum[:]), Tool: "auscult " + buildVersion(), BinarySHA256: binaryHash(),
		GoArch: runtime.GOARCH, CPUs: runtime.NumCPU(), Threads: c.Threads, Requested: c.Threads, Published: c.Publish, Before: &before,
	}
	o := bench.Options{Duration: c.Duration, Threads: c.Threads}
	if c.Publish {
		o.Duration, o.Windows = max(c.Duration, bench.PublishSeconds*time.Second), bench.PublishWindows
	}
	bar := newBar(w, "measuring", 200)
	defer bar.done()
	o.Progress = func(done float64) { bar.set(int(100 * done)) }
	var err error
	if report.Result, err = bench.Run(ctx, data, o); err != nil {
		return nil, err
	}
	m, err := model.Parse(data)
	if err != nil {
		report.NoStages = err.Error()
	} else {
		o.Progress = func(done float64) { bar.set(100 + int(100*done)) }
		if report.Stages, err = bench.RunStages(ctx, m, o); err != nil {
			return nil, err
		}
	}
	after := bench.ReadMachine(c.Root)
	report.After = &after
	return &benchReport{report}, nil
}

// binaryHash returns the SHA-256 of this program, or nothing where it cannot be
// read.
func binaryHash() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }() // nothing was written
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}

// compare puts two reports side by side.
func (c *benchCommand) compare(std streams) error {
	if len(c.Files) != 2 {
		return usageError{errors.New("bench: --compare needs two reports")}
	}
	var reports [2]*bench.Report
	for i, path := range c.Files {
		data, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("bench: %w", err)
		}
		if reports[i], err = bench.ParseReport(data); err != nil {
			return fmt.Errorf("%w (%s)", err, path)
		}
	}
	rows, worse, err := bench.Compare(reports[0], reports[1], c.Limit)
	if err != nil {
		return usageError{err}
	}
	if c.JSON {
		enc := json.NewEncoder(std.out)
		enc.SetIndent("", "  ")
		if err := enc.Encode(rows); err != nil {
			return err
		}
	} else if err := printRows(std.out, c.Files, reports, rows); err != nil {
		return err
	}
	if worse {
		return fmt.Errorf("bench: %s is worse than %s by more than %g %%", c.Files[1], c.Files[0], c.Limit)
	}
	return nil
}

func printRows(w io.Writer, files []string, reports [2]*bench.Report, rows []bench.Row) error {
	if reports[0].SHA256 != reports[1].SHA256 {
		fmt.Fprintln(w, "note: the reports are of different models")
	}
	if reports[0].BinarySHA256 == reports[1].BinarySHA256 && reports[0].BinarySHA256 != "" {
		fmt.Fprintln(w, "note: both were measured by the same program")
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(tw, "\t%s\t%s\tchange\t\t\n", printable(filepath.Base(files[0])), printable(filepath.Base(files[1])))
	for _, r := range rows {
		word := ""
		switch {
		case r.Worse:
			word = "WORSE"
		case !r.Gates:
			word = "(does not count)"
		}
		fmt.Fprintf(tw, "%s\t%.4g\t%.4g\t%+.1f %%\t%s\t\n", r.Name, r.A, r.B, r.Percent, word)
	}
	return tw.Flush()
}

func (r *benchReport) print(w io.Writer) error {
	l := r.Latency
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tw, "model\t%s (sha256 %.12s…)\n", r.Model, r.SHA256)
	fmt.Fprintf(tw, "on\t%s, %d CPUs, threads: %d, %s kernels, %s\n", r.GoArch, r.CPUs, r.Threads, r.Kernels, r.Tool)
	fmt.Fprintf(tw, "load\t%.0f µs to verify and prepare, first inference %.1f µs\n", r.InitUS, r.FirstUS)
	fmt.Fprintf(tw, "memory\t%.1f KiB file, %.1f KiB arena, %.1f KiB packed weights and tables, %.1f MiB process peak\n",
		float64(r.Memory.FileBytes)/1024, float64(r.Memory.ArenaBytes)/1024, float64(r.Memory.PreparedBytes)/1024, float64(r.Memory.PeakRSSBytes)/(1<<20))
	fmt.Fprintf(tw, "latency µs\tmin %.1f  p50 %.1f  p90 %.1f  p99 %.1f  p99.9 %.1f  max %.1f\n",
		l.MinUS, l.P50US, l.P90US, l.P99US, l.P999US, l.MaxUS)
	fmt.Fprintf(tw, "\tof %d inferences after %d to warm up; %.2f allocations each\n", l.Count, r.WarmUp, r.AllocsPerInference)
	if l.P50US > 0 {
		fmt.Fprintf(tw, "work\t%.3f million MACs, %.2f GMAC/s at the median\n", float64(r.MACs)/1e6, float64(r.MACs)/l.P50US/1e3)
	}
	r.printMachine(tw)
	if err := tw.Flush(); err != nil {
		return err
	}
	if err := r.printStages(w); err != nil {
		return err
	}
	fmt.Fprintln(w)
	tw = tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "#\toperator\toutput\tMMAC\tmedian µs\tshare\t")
	for _, op := range r.Ops {
		fmt.Fprintf(tw, "%d\t%s\t%v\t%.3f\t%.1f\t%.1f %%\t\n", op.Index, op.Op, op.Shape, float64(op.MACs)/1e6, op.MedianUS, 100*op.Share)
	}
	return tw.Flush()
}

// printMachine prints what the machine tells of itself.
func (r *benchReport) printMachine(w io.Writer) {
	m := r.After
	fmt.Fprintf(w, "machine\t%s\n", strings.Join(slices.DeleteFunc([]string{m.Board, m.Processor, m.Kernel}, func(s string) bool { return s == "" }), ", "))
	if len(m.Governors) > 0 {
		fmt.Fprintf(w, "\tgovernor %s, %.0f MHz of %.0f at the end\n", strings.Join(m.Governors, ", "), slices.Max(append(m.MHz, 0)), m.MaxMHz)
	}
	for _, zone := range slices.Sorted(maps.Keys(m.Celsius)) {
		fmt.Fprintf(w, "\t%s %.1f °C, %.1f before\n", printable(zone), m.Celsius[zone], r.Before.Celsius[zone])
	}
	for _, doubt := range m.Steady() {
		fmt.Fprintf(w, "note\t%s\n", printable(doubt))
	}
	if r.Published {
		medians := make([]string, len(r.Windows))
		for i, l := range r.Windows {
			medians[i] = fmt.Sprintf("%.1f", l.P50US)
		}
		fmt.Fprintf(w, "windows\tmedians %s µs; every figure above is the median of its %d\n", strings.Join(medians, " "), len(medians))
	}
}

// printStages prints the steps from samples to decision.
func (r *benchReport) printStages(w io.Writer) error {
	s := r.Stages
	if s == nil {
		_, err := fmt.Fprintf(w, "\nno stages: %s\n", printable(r.NoStages))
		return err
	}
	fmt.Fprintln(w)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "stage, µs\tcount\tp50\tp90\tp99\tp99.9\tmax\t")
	for _, stage := range []struct {
		name string
		l    bench.Latency
	}{{"front end", s.FrontEnd}, {"inference", s.Inference}, {"score", s.Score}, {"decision", s.Decision}, {"whole hop", s.Hop}} {
		fmt.Fprintf(tw, "%s\t%d\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t\n", stage.name, stage.l.Count, stage.l.P50US, stage.l.P90US, stage.l.P99US, stage.l.P999US, stage.l.MaxUS)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "a hop is %.0f ms of sound: %.0f times real time on one core, about %d sources on all at half load; %.2f allocations a hop, %d page faults (%d from disk)\n",
		s.HopMS, s.RealTime, s.Sources, s.AllocsPerHop, s.MinorFaults, s.MajorFaults)
	return err
}
