package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"text/tabwriter"
	"time"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/sensor"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/alsa"
	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/bench"
)

type benchCommand struct {
	Files         []string      `arg:"" type:"path" name:"file" help:"The .tflite model; it needs no auscult settings. With --compare: two reports."`
	Duration      time.Duration `default:"3s" placeholder:"D" help:"How long to measure, after a warm-up. (${default})"`
	Signature     string        `placeholder:"NAME" help:"Measure the subgraph that this signature names, as 'auscult inspect' lists them, and nothing else. (the first subgraph)"`
	Threads       int           `default:"1" placeholder:"N" help:"Threads that compute one inference; small operators use one. (${default})"`
	Publish       bool          `help:"Measure as for publication: five windows of 10 s or more, the median of each figure."`
	Compare       bool          `help:"Compare two reports that --json wrote; exit code 1 when the second is worse."`
	Limit         float64       `default:"10" placeholder:"PERCENT" help:"How much a median may rise before --compare calls it worse. (${default})"`
	Backend       []string      `placeholder:"NAME" help:"Measure helpers beside the Go kernels, and nothing else: tflite, litert, edgetpu, exec:/PATH or auto for all; may be given several times."`
	Delegate      string        `placeholder:"FILE[,KEY=VALUE…]" help:"A vendor's plugin for TensorFlow Lite, with its options; implies --backend tflite."`
	Library       string        `type:"path" placeholder:"FILE" help:"The runtime's library. (the first that is found)"`
	Accelerators  string        `placeholder:"LIST" help:"What LiteRT may compute on: of cpu, gpu and npu. (cpu)"`
	DelegateModel string        `type:"path" placeholder:"FILE" help:"The same network as the backend needs it, as compiled for the Edge TPU."`
	Device        string        `placeholder:"NAME" help:"Microphone to measure capture from, as 'auscult devices' names it, or sim. (the first that works)"`
	Root          string        `default:"/" hidden:"" help:"Where /sys and /proc are."`
	JSON          bool          `name:"json" help:"Print JSON."`
}

// Help shows a use.
func (benchCommand) Help() string {
	return `Prints the latency of single inferences (minimum, percentiles, maximum), of each step from samples
to decision, capture where there is a microphone, int8 beside float32 with every family of kernels,
the time to load, memory, what the machine tells of its clock and temperature, and a table of the
operators. Pin it to a core with taskset for steadier figures.

--backend measures runtimes and accelerators of this machine instead, in helper processes as the
node runs them: latency, the overhead of the way to the helper and back, whether the outputs are
those of the Go kernels, memory, start.

Example:
  auscult bench model.tflite
  auscult bench --signature encode model.tflite
  auscult bench --backend auto model.tflite
  auscult bench --delegate libedgetpu.so.1 --delegate-model model_edgetpu.tflite model.tflite
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
	if len(c.Backend) > 0 || c.Delegate != "" {
		if c.Signature != "" {
			return usageError{errors.New("bench: --signature measures the Go kernels only: leave out --backend and --delegate")}
		}
		if err := c.delegates(ctx, data, std); err != nil {
			return fmt.Errorf("%s: %w", c.Files[0], err)
		}
		return nil
	}
	report, err := c.measure(ctx, data, std.err)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(std.out, report.Report)
	}
	return report.print(std.out)
}

// measure runs the model alone, then from samples to decision.
func (c *benchCommand) measure(ctx context.Context, data []byte, w io.Writer) (*benchReport, error) {
	sum := sha256.Sum256(data)
	before := bench.ReadMachine(c.Root)
	report := &bench.Report{
		Model: c.Files[0], SHA256: hex.EncodeToString(sum[:]), Tool: "auscult " + buildVersion(), BinarySHA256: binaryHash(),
		GoArch: runtime.GOARCH, CPUs: runtime.NumCPU(), Threads: c.Threads, Requested: c.Threads, Published: c.Publish,
		Before: &before,
	}
	o := bench.Options{Duration: c.Duration, Threads: c.Threads, Signature: c.Signature}
	if c.Publish {
		o.Duration, o.Windows = max(c.Duration, bench.PublishSeconds*time.Second), bench.PublishWindows
	}
	bar := newBar(w, "measuring", 400)
	defer bar.done()
	o.Progress = func(done float64) { bar.set(int(100 * done)) }
	var err error
	if report.Result, err = bench.Run(ctx, data, o); err != nil {
		return nil, fmt.Errorf("%s: %w", c.Files[0], err)
	}
	m, err := model.Parse(data)
	switch {
	case c.Signature != "":
		report.Signature = c.Signature
		report.NoStages = "a signature is measured by itself"
	case err != nil:
		report.NoStages = err.Error()
	default:
		o.Progress = func(done float64) { bar.set(100 + int(100*done)) }
		if report.Stages, err = bench.RunStages(ctx, m, o); err != nil {
			return nil, err
		}
	}
	o.Windows, o.Progress = 0, func(done float64) { bar.set(200 + int(100*done)) }
	if report.Backends, err = bench.Backends(ctx, data, o); err != nil {
		return nil, err
	}
	o.Progress = func(done float64) { bar.set(300 + int(100*done)) }
	if err := c.capture(ctx, report, o); err != nil {
		return nil, err
	}
	after := bench.ReadMachine(c.Root)
	report.After = &after
	return &benchReport{report}, nil
}

// capture listens to a microphone, or says why not.
func (c *benchCommand) capture(ctx context.Context, report *bench.Report, o bench.Options) error {
	src, err := c.listen(ctx)
	if err != nil {
		if c.Device != "" {
			return err
		}
		report.NoCapture = err.Error()
		return nil
	}
	report.Capture, err = bench.RunCapture(ctx, src, o.Duration, o.Progress)
	return errors.Join(err, src.Halt())
}

// listen opens the microphone as the node would, at the node's usual rate.
func (c *benchCommand) listen(ctx context.Context) (hw.Source, error) {
	rate := dsp.DefaultProfile().SampleRateHz
	if c.Device == "sim" {
		return (&sensor.Sim{SampleRateHz: rate, Paced: true}).Open(ctx, sensor.Site{})
	}
	name := c.Device
	if name == "" {
		list, err := alsa.Devices(c.Root)
		if err != nil {
			return nil, err
		}
		if problem := alsa.Nothing(c.Root); problem != nil {
			return nil, errors.New(problem.Text)
		}
		for _, d := range list {
			if _, problem := alsa.Check(d, alsa.Options{FS: c.Root}); problem == nil {
				name = d.String()
				break
			}
		}
		if name == "" {
			return nil, errors.New("no microphone works: see auscult devices")
		}
	}
	return (&sensor.ALSA{Device: name, SampleRateHz: rate}).Open(ctx, sensor.Site{Root: c.Root})
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
		if err := printJSON(std.out, rows); err != nil {
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
