package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/auscult/auscult/training/bench"
)

func (r *benchReport) print(w io.Writer) error {
	l := r.Latency
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tw, "model\t%s (sha256 %.12s…)\n", r.Model, r.SHA256)
	if r.Signature != "" {
		fmt.Fprintf(tw, "signature\t%s\n", printable(r.Signature))
	}
	fmt.Fprintf(tw, "on\t%s, %d CPUs, threads: %d, %s kernels, %s\n", r.GoArch, r.CPUs, r.Threads, r.Kernels, r.Tool)
	fmt.Fprintf(tw, "load\t%.0f µs to verify and prepare, first inference %.1f µs\n", r.InitUS, r.FirstUS)
	fmt.Fprintf(tw, "memory\t%.1f KiB file, %.1f KiB arena, %.1f KiB packed weights and tables, %.1f MiB process peak\n",
		float64(r.Memory.FileBytes)/1024, float64(r.Memory.ArenaBytes)/1024, float64(r.Memory.PreparedBytes)/1024,
		float64(r.Memory.PeakRSSBytes)/(1<<20))
	fmt.Fprintf(tw, "latency µs\tmin %.1f  p50 %.1f  p90 %.1f  p99 %.1f  p99.9 %.1f  max %.1f\n",
		l.MinUS, l.P50US, l.P90US, l.P99US, l.P999US, l.MaxUS)
	fmt.Fprintf(tw, "\tof %d inferences after %d to warm up; %.2f allocations each\n", l.Count, r.WarmUp,
		r.AllocsPerInference)
	if l.P50US > 0 {
		fmt.Fprintf(tw, "work\t%.3f million MACs, %.2f GMAC/s at the median\n", float64(r.MACs)/1e6,
			float64(r.MACs)/l.P50US/1e3)
	}
	r.printMachine(tw)
	if err := tw.Flush(); err != nil {
		return err
	}
	if err := r.printStages(w); err != nil {
		return err
	}
	if err := r.printCapture(w); err != nil {
		return err
	}
	if err := r.printBackends(w); err != nil {
		return err
	}
	fmt.Fprintln(w)
	tw = tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "#\toperator\toutput\tMMAC\tmedian µs\tshare\t")
	for _, op := range r.Ops {
		fmt.Fprintf(tw, "%d\t%s\t%v\t%.3f\t%.1f\t%.1f %%\t\n", op.Index, op.Op, op.Shape, float64(op.MACs)/1e6, op.MedianUS,
			100*op.Share)
	}
	return tw.Flush()
}

// printMachine prints what the machine tells of itself.
func (r *benchReport) printMachine(w io.Writer) {
	m := r.After
	fmt.Fprintf(w, "machine\t%s\n", strings.Join(slices.DeleteFunc([]string{m.Board, m.Processor, m.Kernel},
		func(s string) bool { return s == "" }), ", "))
	if len(m.Governors) > 0 {
		fmt.Fprintf(w, "\tgovernor %s, %.0f MHz of %.0f at the end\n", strings.Join(m.Governors, ", "),
			slices.Max(append(m.MHz, 0)), m.MaxMHz)
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
		fmt.Fprintf(w, "windows\tmedians %s µs; every figure above is the median of its %d\n", strings.Join(medians, " "),
			len(medians))
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
	}{
		{"front end", s.FrontEnd}, {"inference", s.Inference}, {"score", s.Score}, {"decision", s.Decision},
		{"whole hop", s.Hop},
	} {
		fmt.Fprintf(tw, "%s\t%d\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t\n", stage.name, stage.l.Count, stage.l.P50US, stage.l.P90US,
			stage.l.P99US, stage.l.P999US, stage.l.MaxUS)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "a hop is %.0f ms of sound: %.0f times real time on one core, about %d sources on all at half load; %.2f allocations a hop, %d page faults (%d from disk)\n",
		s.HopMS, s.RealTime, s.Sources, s.AllocsPerHop, s.MinorFaults, s.MajorFaults)
	return err
}

// printCapture prints what listening costs.
func (r *benchReport) printCapture(w io.Writer) error {
	c := r.Capture
	if c == nil {
		_, err := fmt.Fprintf(w, "\nno capture: %s\n", printable(r.NoCapture))
		return err
	}
	_, err := fmt.Fprintf(w, "\ncapture from %s, %d Hz, %d channels: %.1f blocks/s of %d samples, %.2f %% of one core, %.2f allocations a block, %d samples lost\n"+
		"  handed on after its last sample, µs: p50 %.0f  p90 %.0f  p99 %.0f  p99.9 %.0f  max %.0f\n",
		printable(c.Source), c.RateHz, c.Channels, c.BlocksPerS, c.BlockFrame, c.CPUPercent, c.AllocsPerBlock, c.Lost,
		c.Late.P50US, c.Late.P90US, c.Late.P99US, c.Late.P999US, c.Late.MaxUS)
	return err
}

// printBackends prints int8 beside float32, and each family of kernels beside the
// best.
func (r *benchReport) printBackends(w io.Writer) error {
	if len(r.Backends) == 0 {
		return nil
	}
	best := 0.0
	for _, b := range r.Backends {
		if m := b.Latency.P50US; b.Missing == "" && (best == 0 || m < best) {
			best = m
		}
	}
	fmt.Fprintln(w)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "kernels\tnumbers\tp50 µs\tp90\tp99\tp99.9\tmax\tof the best\tKiB\t")
	for _, b := range r.Backends {
		if b.Missing != "" {
			fmt.Fprintf(tw, "%s\t%s\t-\t-\t-\t-\t-\t-\t-\t%s\n", b.Kernels, b.Number, printable(b.Missing))
			continue
		}
		l := b.Latency
		fmt.Fprintf(tw, "%s\t%s\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.2f\t%.1f\t\n", b.Kernels, b.Number, l.P50US, l.P90US,
			l.P99US, l.P999US, l.MaxUS,
			l.P50US/best, float64(b.Bytes)/1024)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, "  float32 is the same graph without rounding, by loops without vector instructions: a vectorised float32 runtime is several times faster")
	return err
}
