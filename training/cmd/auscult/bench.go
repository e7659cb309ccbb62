package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"text/tabwriter"
	"time"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/bench"
)

type benchCommand struct {
	Model    string        `arg:"" type:"path" help:"The .tflite model; it needs no auscult settings."`
	Duration time.Duration `default:"3s" placeholder:"D" help:"How long to measure, after a warm-up. (${default})"`
	Threads  int           `default:"1" placeholder:"N" help:"Threads to use; the Go kernels use one at present. (${default})"`
	JSON     bool          `name:"json" help:"Print JSON."`
}

// Help shows a use.
func (benchCommand) Help() string {
	return `Prints the latency of single inferences (minimum, percentiles, maximum), the time to load,
memory, and a table of the operators. Pin it to a core with taskset for steadier figures.

Example:
  auscult bench model.tflite
  taskset -c 3 auscult bench --duration 10s --json model.tflite > pi4.json`
}

// benchReport is what the command prints as JSON.
type benchReport struct {
	Model     string `json:"model"`
	SHA256    string `json:"sha256"`
	Tool      string `json:"tool"`
	GoArch    string `json:"goarch"`
	CPUs      int    `json:"cpus"`
	Threads   int    `json:"threads"`
	Requested int    `json:"threads_requested"`
	*bench.Result
}

// Run measures and prints.
func (c *benchCommand) Run(ctx context.Context, std streams) error {
	if c.Threads < 1 || c.Threads > 256 {
		return usageError{fmt.Errorf("bench: --threads %d: must be 1 to 256", c.Threads)}
	}
	if c.Duration <= 0 || c.Duration > time.Hour {
		return usageError{fmt.Errorf("bench: --duration %v: must be above 0 and at most 1h", c.Duration)}
	}
	data, err := tflite.ReadFile(c.Model)
	if err != nil {
		return err
	}
	bar := newBar(std.err, "measuring", 100)
	res, err := bench.Run(ctx, data, bench.Options{
		Duration: c.Duration,
		Progress: func(done float64) { bar.set(int(100 * done)) },
	})
	bar.done()
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	report := benchReport{
		Model: c.Model, SHA256: hex.EncodeToString(sum[:]), Tool: "auscult " + buildVersion(),
		GoArch: runtime.GOARCH, CPUs: runtime.NumCPU(), Threads: 1, Requested: c.Threads, Result: res,
	}
	if c.JSON {
		enc := json.NewEncoder(std.out)
		enc.SetIndent("", "  ")
		return enc.Encode(report)
	}
	return report.print(std.out)
}

func (r *benchReport) print(w io.Writer) error {
	l := r.Latency
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tw, "model\t%s (sha256 %.12s…)\n", r.Model, r.SHA256)
	fmt.Fprintf(tw, "on\t%s, %d CPUs, 1 thread, %s kernels, %s\n", r.GoArch, r.CPUs, r.Kernels, r.Tool)
	if r.Requested > 1 {
		fmt.Fprintf(tw, "\t%d threads were asked for: the Go kernels use one at present\n", r.Requested)
	}
	fmt.Fprintf(tw, "load\t%.0f µs to verify and prepare, first inference %.1f µs\n", r.InitUS, r.FirstUS)
	fmt.Fprintf(tw, "memory\t%.1f KiB file, %.1f KiB arena, %.1f KiB packed weights and tables, %.1f MiB process peak\n",
		float64(r.Memory.FileBytes)/1024, float64(r.Memory.ArenaBytes)/1024, float64(r.Memory.PreparedBytes)/1024, float64(r.Memory.PeakRSSBytes)/(1<<20))
	fmt.Fprintf(tw, "latency µs\tmin %.1f  p50 %.1f  p90 %.1f  p99 %.1f  p99.9 %.1f  max %.1f\n",
		l.MinUS, l.P50US, l.P90US, l.P99US, l.P999US, l.MaxUS)
	fmt.Fprintf(tw, "\tof %d inferences after %d to warm up; %.2f allocations each\n", l.Count, r.WarmUp, r.AllocsPerInference)
	if l.P50US > 0 {
		fmt.Fprintf(tw, "work\t%.3f million MACs, %.2f GMAC/s at the median\n", float64(r.MACs)/1e6, float64(r.MACs)/l.P50US/1e3)
	}
	if err := tw.Flush(); err != nil {
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
