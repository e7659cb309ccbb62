package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/auscult/auscult/agent/atomicfile"
	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/external"
	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/learn"
	"github.com/auscult/auscult/training/outlook"
	"github.com/auscult/auscult/training/quantise"
	"github.com/auscult/auscult/training/report"
	"github.com/auscult/auscult/training/selection"
)

// learnFlags are what train and import share.
type learnFlags struct {
	dataFlags `embed:""`

	Out string `required:"" type:"path" placeholder:"FILE" help:"The model to write."`

	Name       string  `placeholder:"TEXT" help:"What the node calls the model in its messages. (name of the data folder)"`
	MaxHz      float64 `name:"max-hz" placeholder:"HZ" help:"Upper edge of the highest band. (train: 7/16 of the rate, to where all that converts rates is flat; import: half of it, as librosa and auscult features have it)"`
	Rate       int     `default:"0" placeholder:"HZ" help:"Sample rate that the model hears at; higher ones are converted, below ${sound_from} they are taken for vibration. (${rate}, or the recordings' where that is lower)"`
	Channel    int     `default:"0" placeholder:"N" help:"Channel of multichannel clips, from 0. (${default})"`
	Detector   string  `default:"ensemble" enum:"${detectors}" help:"How sound becomes a score: ensemble (several calibrated detectors around the autoencoder), whitened (each band against its own normal error) or mse. (${default})"`
	Fusion     string  `default:"${fusion}" enum:"${fusions}" help:"How the ensemble's detectors are joined: max (one of them is enough) or mean (what several find odd). (${default})"`
	FineTune   int     `default:"0" placeholder:"N" help:"Epochs to go on training with the rounding of int8 (quantisation-aware). (none)"`
	Folds      int     `default:"0" placeholder:"N" help:"Parts of the recordings, of which each is scored by a model that was made without it, to choose the threshold. (${folds})"`
	Seed       int64   `default:"1" placeholder:"N" help:"Same seed, data and machine type: same model. (${default})"`
	Threads    int     `default:"0" placeholder:"N" help:"Threads to use; the result is the same for any number. (all)"`
	Float      string  `type:"path" placeholder:"FILE" help:"Write the model before it was quantised too, in float32, to compare with: evaluate, bench and report take it."`
	TensorFlow string  `name:"tensorflow" type:"path" placeholder:"FILE" help:"Where auscult-tf is. (beside auscult, on the PATH, or in build/out/tensorflow)"`
	Cache      string  `type:"path" placeholder:"DIR" help:"Keep the recordings' features there, so that the next training on them starts at once."`
	TestShare  float64 `default:"0.2" placeholder:"X" help:"Share of the normal files that is not learned, to judge by, where abnormal/ lies beside normal/ and the set makes no split of its own. (${default})"`
	Threshold  string  `default:"budget" enum:"${threshold_rules}" placeholder:"RULE" help:"How the threshold is chosen: budget (about one false event a week, as far as the recordings can tell), or p99 or p95 of normal sound that was held back. (${default})"`
	JSON       bool    `name:"json" help:"Print the summary as JSON."`
}

type trainCommand struct {
	Model      string   `required:"" enum:"auto,${families}" placeholder:"KIND" help:"Kind of network: ${families_help}, or auto to try them, conditioned where there are conditions."`
	Conditions []string `placeholder:"NAME" help:"Operating conditions that conditioned takes: columns of conditions.csv in the data folder, or keys in DCASE names. (all that differ between clips)"`

	learnFlags `embed:""`

	Epochs       int           `default:"0" placeholder:"N" help:"Passes over the recordings, exactly so many unless --patience is given too. (${families_epochs})"`
	Compression  int           `default:"0" placeholder:"N" help:"Cells to one value of the bottleneck of conv, small and vae. (${compression})"`
	LearningRate float64       `name:"learning-rate" aliases:"lr" default:"${learning_rate}" placeholder:"X" help:"Learning rate at the start; also --lr. Lower it when training diverges. (${default})"`
	Schedule     string        `default:"cosine" enum:"cosine,constant" placeholder:"NAME" help:"How the learning rate goes on: it falls to 0 by a cosine, or is constant. (${default})"`
	Batch        int           `default:"0" placeholder:"N" help:"Windows in one step. (${families_batch})"`
	Validation   float64       `name:"validation-share" default:"0" placeholder:"X" help:"Share of the clips that is held back from every training, to see when it is enough; the best epoch is kept. (0.2 where there is patience, else none)"`
	Recipe       string        `default:"" enum:",seed" placeholder:"NAME" help:"seed: the plain recipe that auscult began with, to compare with: batch 32, rate 0.001 by a cosine, 150 epochs, a fifth held back, mean squared error, threshold p99. Other --batch, --epochs and --validation-share count."`
	Patience     int           `default:"0" placeholder:"N" help:"End after N epochs that do not help clips held back from training; the best epoch is kept. (${families_patience}, unless --epochs is given; the others train all epochs on all clips)"`
	Engine       string        `default:"go" enum:"go,tensorflow" placeholder:"NAME" help:"What computes the training: go, or tensorflow, which auscult-tf brings along (make tensorflow). (${default})"`
	Checkpoints  string        `type:"path" placeholder:"DIR" help:"Keep what training has reached there, after each epoch and when it is interrupted. (beside --out until it is written, when interrupted)"`
	Resume       bool          `help:"Go on with a training that was interrupted; the result is that of one that never was."`
	TryFor       time.Duration `default:"10m" placeholder:"TIME" help:"With --model auto: time to try all families but dense; the chosen one is trained afterwards. (${default})"`
}

// Help shows a use.
func (trainCommand) Help() string {
	return `Learns only what lies under normal/: anomalies can reach neither weights nor quantisation
nor threshold. The threshold is cross-fitted: each clip is scored by a model that has not
learned it. conv learns until a fifth of the clips, held back, is restored no better, and says first how long
that may take; --epochs N takes exactly N. auto holds some clips back (pieces, of one long recording) and lets each
family tell these from the same clips with a hum, impacts, hiss or a beat added: no fault is needed. It takes dense,
which serves most machines, unless another is ahead by more than chance. Last stands what the model promises: how
many events normal sound raises, and how small a change is noticed how soon. The file is a .tflite with everything
that a node needs.

Example:
  auscult train --model dense --data pump-7 --out pump-7.tflite
  auscult train --model auto --try-for 30m --data pump-7 --out pump-7.tflite
  auscult train --model conv --data pump-7 --out pump-7.tflite --checkpoints pump-7.train
  auscult train --model conv --batch 32 --lr 1e-3 --schedule cosine --epochs 150 --validation-share 0.2 \
      --threshold p99 --data pump-7 --out pump-7.tflite
  auscult train --model dense --recipe seed --data pump-7 --out seed.tflite
  auscult train --model conv --engine tensorflow --data pump-7 --out pump-7.tflite
  auscult train --model conditioned --conditions speed_rpm --data pump-7 --out pump-7.tflite
  auscult train --model dense --data 6_dB_pump.zip --machine id_02 --out id_02.tflite`
}

// options returns what the flags say, for the library. kind is part of the name that the
// model gets unless told otherwise.
func (c *learnFlags) options(command, kind string) (learn.Options, error) {
	var p dsp.Profile // the zero value: as the recordings have it
	if c.MaxHz != 0 && c.Rate == 0 {
		c.Rate = dsp.DefaultProfile().SampleRateHz
	}
	if c.Rate != 0 {
		p = learn.ProfileAt(c.Rate)
		if c.MaxHz != 0 {
			p.MaxHz = c.MaxHz
		}
		if err := p.Validate(); err != nil {
			return learn.Options{}, usageError{fmt.Errorf("%s: --rate, --max-hz: %w", command, err)}
		}
	}
	if c.Seed < 0 || c.Threads < 0 {
		return learn.Options{}, usageError{fmt.Errorf("%s: --seed and --threads cannot be below 0", command)}
	}
	name := c.Name
	if name == "" {
		abs, err := filepath.Abs(c.Data)
		if err != nil {
			return learn.Options{}, err
		}
		name = filepath.Base(abs) + " " + kind
	}
	threads := c.Threads
	if threads == 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	if !(c.TestShare >= 0 && c.TestShare < 1) {
		return learn.Options{}, usageError{fmt.Errorf("%s: --test-share must be 0 or more, below 1", command)}
	}
	if err := writable(command, []input{{"--data", c.Data}}, c.outputs()...); err != nil {
		return learn.Options{}, err
	}
	alone, _ := model.AloneOf(c.Detector) // one of the flag's choices
	tables, err := c.tableFlags.options()
	if err != nil {
		return learn.Options{}, err
	}
	tables.DefaultRateHz = rateOf(c.Rate)
	part := c.part(tables)
	part.TestShare = c.TestShare
	return learn.Options{
		Data: c.Data, Part: part, Cache: c.Cache, Strict: c.Strict,
		Name: name, Profile: p, Channel: c.Channel, Alone: alone, Fusion: detect.Fusion(c.Fusion),
		Threshold: learn.ThresholdRule(c.Threshold), FineTune: c.FineTune, Folds: c.Folds,
		Seed: uint64(c.Seed), Threads: threads, Tool: "auscult " + buildVersion(),
	}, nil
}

// outputs are what train and import write.
func (c *learnFlags) outputs() []output {
	return []output{
		{flag: "--out", path: c.Out, ending: ".tflite"}, {flag: "--float", path: c.Float, ending: ".tflite"},
		{flag: "--cache", path: c.Cache, folder: true},
	}
}

// options returns what the flags say, for the library.
func (c *trainCommand) options() (learn.Options, error) {
	// --time was once what --try-for is. No column of time is called 30m.
	if d, err := time.ParseDuration(c.Time); err == nil && c.Model == autoName {
		c.TryFor, c.Time = d, ""
	}
	c.follow()
	o, err := c.learnFlags.options("train", c.Model)
	if err != nil {
		return o, err
	}
	if err := writable("train", nil, output{flag: "--checkpoints", path: c.Checkpoints, folder: true}); err != nil {
		return o, err
	}
	if c.Epochs < 0 || c.Patience < 0 || c.Batch < 0 {
		return o, usageError{errors.New("train: --epochs, --patience and --batch cannot be below 0")}
	}
	if !(c.Validation >= 0 && c.Validation <= 0.5) {
		return o, usageError{errors.New("train: --validation-share must be 0 to 0.5")}
	}
	if !(c.LearningRate > 0 && c.LearningRate <= 1) {
		return o, usageError{errors.New("train: --learning-rate must be above 0, at most 1")}
	}
	o.Family, o.Conditions, o.Compression = c.Model, c.Conditions, c.Compression
	o.Rate, o.Batch, o.Constant, o.ValidationShare = c.LearningRate, c.Batch, c.Schedule == "constant", c.Validation
	o.Epochs, o.Patience, o.Checkpoints, o.Resume = c.Epochs, c.Patience, c.Checkpoints, c.Resume
	if o.Engine, err = c.engine(); err != nil {
		return o, err
	}
	if c.Checkpoints == "" && o.Engine == nil && c.Model != autoName {
		o.Checkpoints, o.WhenStopped = c.Out+".checkpoints", true
	}
	if c.Resume {
		if o.Checkpoints == "" {
			return o, usageError{errors.New("train: --resume goes on with one family that --engine go trains: name it")}
		}
		if _, err := os.Stat(o.Checkpoints); err != nil {
			return o, fmt.Errorf("train: --resume: there is no training to go on with: %w", err)
		}
	}
	return o, nil
}

// Detectors by the names that --detector has.
const (
	ensembleName = "ensemble"
	aloneName    = "mse"
)

// follow fills in what a recipe says and the command line does not.
func (c *trainCommand) follow() {
	if c.Recipe != "seed" {
		return
	}
	c.Batch, c.Epochs, c.Validation = cmp.Or(c.Batch, 32), cmp.Or(c.Epochs, 150), cmp.Or(c.Validation, 0.2)
	if c.Detector == ensembleName {
		c.Detector = aloneName
	}
	if c.Threshold == string(learn.ByBudget) {
		c.Threshold = string(learn.P99)
	}
}

// engine returns what computes the training; nil is the tool's own.
func (c *trainCommand) engine() (families.Engine, error) {
	if c.Engine != "tensorflow" {
		if c.TensorFlow != "" {
			return nil, usageError{errors.New("train: --tensorflow names a program for --engine tensorflow")}
		}
		return nil, nil
	}
	if c.Patience > 0 || c.Validation > 0 || c.Schedule == "constant" || c.Checkpoints != "" {
		return nil, usageError{errors.New(
			"train: --patience, --validation-share, --schedule constant and --checkpoints belong to --engine go")}
	}
	program, err := external.Find(c.TensorFlow)
	if err != nil {
		return nil, err
	}
	return program, nil
}

// trainSummary is what the command prints as JSON.
type trainSummary struct {
	File      string            `json:"file"`
	Bytes     int               `json:"bytes"`
	SHA256    string            `json:"sha256"`
	Params    int               `json:"params"`
	MACs      int64             `json:"macs"`
	Data      string            `json:"data"`
	Found     string            `json:"found"`
	LeftOut   int               `json:"left_out_clips"` // that cannot be used
	Kept      int               `json:"kept_clips"`     // normal clips that were not learned, to judge by
	Threshold float64           `json:"threshold"`
	Method    string            `json:"threshold_method"`
	Scales    []decide.Scale    `json:"scales,omitempty"`
	Slower    string            `json:"-"` // Scales in words
	Outlook   *outlook.Outlook  `json:"outlook"`
	Loss      []float64         `json:"loss"`
	LossUnit  string            `json:"loss_unit"`
	Validated []float64         `json:"validation,omitempty"`
	BestEpoch int               `json:"best_epoch,omitempty"`
	Rates     []float64         `json:"learning_rates,omitempty"`
	Normal    model.NormalStats `json:"normal"`
	Clips     []string          `json:"clips"`
	Review    dataset.Review    `json:"review"`
	Int8      quantise.Report   `json:"quantisation"`
	Choice    *selection.Choice `json:"choice,omitempty"` // of --model auto
	Import    *external.Import  `json:"import,omitempty"` // of auscult import
	Warnings  []string          `json:"warnings,omitempty"`
	Seconds   float64           `json:"seconds"`

	said int // warnings, before training
	data dataFlags
}

// Run learns and writes the model.
func (c *trainCommand) Run(ctx context.Context, std streams) error {
	o, err := c.options()
	if err != nil {
		return err
	}
	start := time.Now()
	var chosen *selection.Choice
	if o.Family == autoName {
		if chosen, err = chooseFamily(ctx, &o, c.TryFor, std.err); err != nil {
			return err
		}
		o.Family = chosen.Family
		if c.Name == "" {
			o.Name = strings.TrimSuffix(o.Name, autoName) + chosen.Family
		}
	}
	learned, said, err := train(ctx, o, std.err)
	if err != nil {
		if _, kept := os.Stat(o.Checkpoints); kept == nil && ctx.Err() != nil {
			fmt.Fprintf(std.err, "what the training has reached is kept in %s: the same command with --resume goes on\n",
				o.Checkpoints)
		}
		return err
	}
	if err := c.write("train", learned); err != nil {
		return err
	}
	if o.WhenStopped {
		if err := learn.RemoveCheckpoints(o.Checkpoints); err != nil {
			return err
		}
	}
	sum, err := c.summary(learned, start)
	if err != nil {
		return err
	}
	sum.Choice, sum.said = chosen, said
	return sum.tell(std.out, c.JSON)
}

// write writes what was learned.
func (c *learnFlags) write(command string, learned *learn.Outcome) error {
	if err := atomicfile.WriteBytes(c.Out, 0o644, learned.File); err != nil {
		return fmt.Errorf("%s: write %s: %w", command, c.Out, err)
	}
	if c.Float != "" {
		if err := atomicfile.WriteBytes(c.Float, 0o644, learned.Float); err != nil {
			return fmt.Errorf("%s: write %s: %w", command, c.Float, err)
		}
	}
	return nil
}

// summary says what was learned.
func (c *learnFlags) summary(learned *learn.Outcome, start time.Time) (*trainSummary, error) {
	s := &learned.Model.Settings
	promise, err := outlook.Of(s)
	return &trainSummary{
		File: c.Out, Bytes: len(learned.File), SHA256: learned.Model.Hash(), Params: learned.Params, MACs: learned.MACs,
		Data: c.Data, data: c.dataFlags, Found: learned.Found, Kept: learned.Kept, LeftOut: learned.LeftOut,
		Threshold: s.Decision.Threshold, Method: s.Decision.Method,
		Outlook: promise,
		Scales:  s.Decision.Scales, Slower: report.ScalesText(s.Decision.Scales, s.ObservationPeriod()),
		Loss: learned.Loss, LossUnit: learned.LossUnit,
		Validated: learned.Validation, BestEpoch: learned.BestEpoch, Rates: learned.Rates,
		Normal: s.Normal, Clips: learned.Clips, Review: learned.Review, Int8: learned.Quantisation,
		Warnings: learned.Warnings, Seconds: time.Since(start).Seconds(),
	}, err
}

// tell prints the summary.
func (s *trainSummary) tell(w io.Writer, asJSON bool) error {
	if asJSON {
		return printJSON(w, s)
	}
	return s.print(w)
}

// train runs the library with a progress bar on w, and says there first what is going to be
// learned. It returns how many of the warnings it has said.
func train(ctx context.Context, o learn.Options, w io.Writer) (*learn.Outcome, int, error) {
	bar := newBar(w, "learning", 1000)
	defer bar.done()
	o.Progress = func(p learn.Progress) {
		note := " " + p.Step
		if p.Loss > 0 {
			note += fmt.Sprintf(", %s %.2f %s", lossName(p.Unit), p.Loss, p.Unit)
		}
		bar.setNote(int(1000*p.Done), note)
	}
	said := 0
	o.Reviewed = func(found *learn.Outcome) {
		bar.say(w, reviewText(found))
		said = len(found.Warnings)
	}
	learned, err := learn.Run(ctx, o)
	if err != nil {
		return nil, 0, err
	}
	return learned, said, nil
}

// lossName says what a loss in that unit is.
func lossName(unit string) string {
	if unit == "nats" {
		return "loss"
	}
	return "error"
}

// reviewText says what the recordings are like, before the long part begins.
func reviewText(found *learn.Outcome) string {
	text := fmt.Sprintf("%s\nlearning from %s\n", clean(found.Found), &found.Review)
	text += cleanLines(found.Review.TablesText())
	if found.FreeBytes > 0 {
		text += fmt.Sprintf("needs about %.0f MB of memory, %.0f MB are free\n",
			float64(found.NeedBytes)/1e6, float64(found.FreeBytes)/1e6)
	}
	text += enoughText(found.Enough)
	if found.TempBytes > 0 {
		text += fmt.Sprintf("%.0f MB of features lie in temporary files in %s\n", float64(found.TempBytes)/1e6, found.TempDir)
	}
	if left := dataset.LeftOut(found.LeftOut, found.LeftOut+len(found.Clips)); left != "" {
		text += fmt.Sprintf("warning: %s\n", left)
	}
	for _, warning := range found.Warnings {
		text += fmt.Sprintf("warning: %s\n", clean(warning))
	}
	return text
}

// enoughText says when trainings end, and how long they may take.
func enoughText(e *learn.Enough) string {
	if e == nil {
		return ""
	}
	text := fmt.Sprintf("trains %d networks, each until sound that is held back is restored no better for %d epochs, %d at most",
		e.Trainings, e.Patience, e.Most)
	if e.AtMost > 0 {
		text += fmt.Sprintf(": %s at most on this machine, often half of it (--epochs N takes exactly N)", timeText(e.AtMost))
	}
	return text + "\n"
}

// timeText writes a time as people say it.
func timeText(d time.Duration) string {
	if d < 90*time.Second {
		return fmt.Sprintf("about %.0f s", d.Seconds())
	}
	if d < 90*time.Minute {
		return fmt.Sprintf("about %.0f min", d.Minutes())
	}
	return fmt.Sprintf("about %.1f h", d.Hours())
}

// printQuantisation prints what int8 costs, layer by layer.
func (s *trainSummary) printQuantisation(w io.Writer) error {
	fmt.Fprintf(w, "int8 against float32 on %d windows: ", s.Int8.Windows)
	if s.Int8.Correlation != nil {
		fmt.Fprintf(w, "errors correlate by %.5f, ", *s.Int8.Correlation)
	}
	fmt.Fprintf(w, "mean error %.4f of float's; signal to quantisation noise by layer, dB:\n", s.Int8.ScoreRatio)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i, l := range s.Int8.Layers {
		fmt.Fprintf(tw, "  %d\t%s\t%.1f\n", i+1, l.Kind, l.SQNRDB)
	}
	return tw.Flush()
}

func (s *trainSummary) print(w io.Writer) error {
	if s.Choice != nil {
		if err := printChoice(w, s.Choice); err != nil {
			return err
		}
	}
	fmt.Fprintf(w, "%s: %d bytes, %d parameters, %.2f million MACs a window, learned from %d clips (%.0f s) in %.0f s\n",
		s.File, s.Bytes, s.Params, float64(s.MACs)/1e6, s.Normal.Clips, s.Normal.DurationS, s.Seconds)
	if s.Import != nil {
		fmt.Fprint(w, importText(s.Import))
	}
	first, last, unit := s.Loss[0], s.Loss[len(s.Loss)-1], s.LossUnit
	if unit == "dB²" {
		first, last, unit = math.Sqrt(first), math.Sqrt(last), "dB"
	}
	if len(s.Loss) > 1 {
		fmt.Fprintf(w, "%s %.2f %s after the first epoch, %.2[4]f %[3]s after the last\n", lossName(unit), first, unit, last)
	} else {
		fmt.Fprintf(w, "%s %.2f %s\n", lossName(unit), last, unit)
	}
	if s.BestEpoch > 0 {
		fmt.Fprintf(w, "of %d epochs, the weights of %d are kept, which restore sound that was held back best\n",
			len(s.Loss), s.BestEpoch)
	}
	fmt.Fprintf(w, "threshold %.3f: %s\n", s.Threshold, s.Method)
	if s.Slower != "" {
		fmt.Fprintf(w, "what is smaller and lasts is told too: %s\n", s.Slower)
	}
	printOutlook(w, s.Outlook)
	if err := s.printQuantisation(w); err != nil {
		return err
	}
	for _, text := range s.Warnings[s.said:] {
		fmt.Fprintf(w, "warning: %s\n", clean(text))
	}
	next := "DIR with normal/ and abnormal/ that it has not learned"
	if s.Kept > 0 {
		next = fmt.Sprintf("%s    # by the %d normal clips that were kept and all abnormal ones", s.data.command(), s.Kept)
	}
	_, err := fmt.Fprintf(w, "next: auscult evaluate --model %s --data %s\n      on its node: sudo auscult install %[1]s\n", s.File, next)
	return err
}
