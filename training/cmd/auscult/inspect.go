package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/tflite"
)

type inspectCommand struct {
	Model string `arg:"" type:"path" help:"The .tflite model."`
	JSON  bool   `name:"json" help:"Print JSON."`
}

// Help shows a use.
func (inspectCommand) Help() string {
	return `Shows what is in a model: tensors with types, shapes and quantisation, operators with their
work, memory, and the settings that 'auscult train' puts in. Says why the node would refuse it.

Example:
  auscult inspect model.tflite`
}

// inspection is what the command found.
type inspection struct {
	File          string            `json:"file"`
	Bytes         int               `json:"bytes"`
	Description   string            `json:"description"`
	Inputs        []inspectTensor   `json:"inputs"`
	Outputs       []inspectTensor   `json:"outputs"`
	Tensors       []inspectTensor   `json:"tensors"`
	Operators     []inspectOperator `json:"operators"`
	ArenaBytes    int               `json:"arena_bytes,omitempty"`
	PreparedBytes int               `json:"prepared_bytes,omitempty"`
	Kernels       string            `json:"kernels,omitempty"` // the family that computes here
	MACs          int64             `json:"macs,omitempty"`
	NotRun        string            `json:"not_run,omitempty"` // why the interpreter refuses the model
	Settings      *model.Settings   `json:"settings,omitempty"`
	NotServed     string            `json:"not_served,omitempty"` // why a node refuses the model
	Metadata      []string          `json:"metadata"`
}

type inspectTensor struct {
	Index         int    `json:"index"`
	Name          string `json:"name"`
	Type          string `json:"type"`
	Shape         []int  `json:"shape"`
	ConstantBytes int    `json:"constant_bytes,omitempty"`
	Quantisation  string `json:"quantisation,omitempty"`
}

type inspectOperator struct {
	Index   int    `json:"index"`
	Op      string `json:"op"`
	Version int    `json:"version"`
	Inputs  []int  `json:"inputs"`
	Outputs []int  `json:"outputs"`
	Options string `json:"options,omitempty"`
	MACs    int64  `json:"macs,omitempty"`
}

// Run reads the model and prints what it holds.
func (c *inspectCommand) Run(std streams) error {
	data, err := tflite.ReadFile(c.Model)
	if err != nil {
		return err
	}
	graph, err := tflite.Parse(data)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Model, err)
	}
	found := inspect(c.Model, data, graph)
	if c.JSON {
		return printJSON(std.out, found)
	}
	return found.print(std.out)
}

func inspect(path string, data []byte, graph *tflite.Model) *inspection {
	found := &inspection{File: path, Bytes: len(data), Description: graph.Description}
	for i := range graph.Tensors {
		found.Tensors = append(found.Tensors, describeTensor(i, &graph.Tensors[i]))
	}
	for _, i := range graph.Inputs {
		found.Inputs = append(found.Inputs, found.Tensors[i])
	}
	for _, i := range graph.Outputs {
		found.Outputs = append(found.Outputs, found.Tensors[i])
	}
	for i, op := range graph.Operators {
		described := inspectOperator{
			Index: i, Op: op.Op.String(), Version: op.Version, Inputs: op.Inputs, Outputs: op.Outputs,
		}
		if op.Custom != "" {
			described.Op += " " + op.Custom
		}
		if op.Options != nil {
			described.Options = strings.Trim(fmt.Sprintf("%+v", op.Options), "{}")
		}
		found.Operators = append(found.Operators, described)
	}
	for _, md := range graph.Metadata {
		found.Metadata = append(found.Metadata, fmt.Sprintf("%s (%d bytes)", md.Name, len(md.Data)))
	}
	if it, err := tflite.NewInterpreter(graph, tflite.Options{}); err != nil {
		found.NotRun = err.Error()
	} else {
		found.ArenaBytes, found.PreparedBytes, found.Kernels = it.ArenaBytes(), it.PreparedBytes(), it.CPU()
		for i, info := range it.Operators() {
			found.Operators[i].MACs = info.MACs
			found.MACs += info.MACs
		}
	}
	m, err := model.Parse(data)
	if err != nil {
		found.NotServed = err.Error()
	} else {
		found.Settings = &m.Settings
	}
	return found
}

func describeTensor(i int, t *tflite.Tensor) inspectTensor {
	d := inspectTensor{Index: i, Name: t.Name, Type: t.Type.String(), Shape: t.Shape, ConstantBytes: len(t.Data)}
	switch q := t.Quant; {
	case q == nil:
	case len(q.Scales) == 1:
		d.Quantisation = fmt.Sprintf("scale %.6g zero point %d", q.Scales[0], q.ZeroPoints[0])
	case len(q.Scales) > 1:
		lo, hi := q.Scales[0], q.Scales[0]
		for _, s := range q.Scales {
			lo, hi = min(lo, s), max(hi, s)
		}
		d.Quantisation = fmt.Sprintf("%d scales %.3g to %.3g on dimension %d", len(q.Scales), lo, hi, q.Axis)
	}
	return d
}

func (f *inspection) print(w io.Writer) error {
	fmt.Fprintf(w, "%s: %d bytes", f.File, f.Bytes)
	if f.Description != "" {
		fmt.Fprintf(w, ", %q", f.Description)
	}
	fmt.Fprintln(w)
	if f.NotRun != "" {
		fmt.Fprintf(w, "cannot run here: %s\n", f.NotRun)
	} else {
		fmt.Fprintf(w, "%.3f million MACs an inference, %.1f KiB arena, %.1f KiB packed weights and tables, %s kernels\n",
			float64(f.MACs)/1e6, float64(f.ArenaBytes)/1024, float64(f.PreparedBytes)/1024, f.Kernels)
	}
	if err := f.printGraph(w); err != nil {
		return err
	}
	if len(f.Metadata) > 0 {
		fmt.Fprintf(w, "\nmetadata: %s\n", strings.Join(f.Metadata, ", "))
	}
	if f.Settings == nil {
		_, err := fmt.Fprintf(w, "\na node refuses this model: %s\n", f.NotServed)
		return err
	}
	return printSettings(w, f.Settings)
}

func (f *inspection) printGraph(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "\noperator\tversion\tinputs\toutputs\tMMAC\toptions")
	for _, op := range f.Operators {
		fmt.Fprintf(tw, "%d %s\t%d\t%v\t%v\t%.3f\t%s\n", op.Index, op.Op, op.Version, op.Inputs, op.Outputs,
			float64(op.MACs)/1e6, op.Options)
	}
	fmt.Fprintln(tw, "\ntensor\ttype\tshape\tbytes\tquantisation\tname")
	for _, t := range f.Tensors {
		constant := ""
		if t.ConstantBytes > 0 {
			constant = fmt.Sprint(t.ConstantBytes)
		}
		fmt.Fprintf(tw, "%d\t%s\t%v\t%s\t%s\t%s\n", t.Index, t.Type, t.Shape, constant, t.Quantisation, printable(t.Name))
	}
	return tw.Flush()
}

// printable returns a name without what could drive a terminal, cut to fit a line.
func printable(name string) string {
	name = clean(name)
	if len(name) > 120 {
		name = name[:117] + "..."
	}
	return name
}

// clean returns text without what could drive a terminal.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) {
			return '?'
		}
		return r
	}, text)
}

// cleanLines returns lines of text without what could drive a terminal.
func cleanLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = clean(line)
	}
	return strings.Join(lines, "\n")
}

func printSettings(w io.Writer, s *model.Settings) error {
	p, n, d, pr := s.Profile, s.Normal, s.Decision, s.Provenance
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tw, "\nsettings\tversion %d, %q, family %s\n", s.Version, printable(s.Name), printable(s.Family))
	fmt.Fprintf(tw, "front end\t%d Hz, frames of %d every %d, %d %s bands %g to %g Hz, int8 spans %g to %g dB\n",
		p.SampleRateHz, p.FrameLength, p.HopLength, p.Bands, p.Scale, p.MinHz, p.MaxHz, p.MinDB, p.MaxDB)
	fmt.Fprintf(tw, "window\t%d frames every %d, %s\n", s.Window.Frames, s.Window.StrideFrames, s.Window.Layout)
	if len(s.Outputs) > 0 {
		fmt.Fprintf(tw, "outputs\t%s\n", fmt.Sprint(s.Outputs))
	}
	for _, c := range s.Conditions {
		fmt.Fprintf(tw, "condition\t%s, %g to %g %s\n", printable(c.Name), c.Min, c.Max, printable(c.Unit))
	}
	fmt.Fprintf(tw, "detector\t%s, %d windows pooled, top %d of %d bands\n",
		s.Detector.Kind(), s.Detector.PoolWindows, s.Detector.TopBands(), p.Bands)
	if e := s.Detector.Ensemble; e.Fusion != detect.Alone {
		for _, p := range e.Parts {
			last := len(p.Calibration.Score) - 1
			fmt.Fprintf(tw, "  %s\tsurprise 0 at a score of %.4g, %.2f at %.4g\n", p.Name, p.Calibration.Score[0],
				p.Calibration.Surprise[last], p.Calibration.Score[last])
		}
		fmt.Fprintf(tw, "  fusion\t%s\n", e.Fusion)
	}
	fmt.Fprintf(tw, "decision\tthreshold %.4g (%s); alarm at %d of %d, ends below %.4g\n",
		d.Threshold, printable(d.Method), d.K, d.N, d.ClearRatio*d.Threshold)
	fmt.Fprintf(tw, "normal sound\t%d clips, %.0f s, %.1f dBFS; observations %d, mean %.4g, standard deviation %.3g, max %.4g (%d folds)\n",
		n.Clips, n.DurationS, n.LevelDBFS, n.Observations, n.ScoreMean, n.ScoreStdDev, n.ScoreMax, n.CrossFitFolds)
	for i, r := range pr.Recorded {
		fmt.Fprintf(tw, "%s\t%v\n", []string{"learned clips", ""}[min(i, 1)], r)
	}
	if pr.Table != nil {
		fmt.Fprintf(tw, "tables\tread by %s\n", printable(pr.Table.String()))
	}
	fmt.Fprintf(tw, "made by\t%s, seed %d, %d epochs, loss %.4g, data %.12s…\n",
		printable(pr.Tool), pr.Seed, pr.Epochs, pr.FinalLoss, printable(pr.DataSHA256))
	return tw.Flush()
}
