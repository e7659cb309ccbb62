package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/bench"
	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/report/content"
)

type reportCommand struct {
	Model string `required:"" type:"path" placeholder:"FILE" help:"The model, from 'auscult train'."`

	dataFlags `embed:""`

	Out      string   `default:"report.html" type:"path" placeholder:"FILE" help:"The page to write. (${default})"`
	Format   []string `default:"html" placeholder:"NAME,…" help:"What to write, named as --out: html, md (text and tables, for a ticket), json (all figures), csv and parquet (a folder of tables). (${default})"`
	Learn    string   `type:"path" placeholder:"DIR" help:"Folder that the model has learned, or what it learned of, for the scores of what it knows; may be --data."`
	Training string   `type:"path" placeholder:"FILE" help:"What 'auscult train --json' printed, for the learning curve."`
	Against  []string `type:"path" sep:"none" placeholder:"FILE" help:"Another model, to compare with; may be given several times."`
	Bench    []string `type:"path" sep:"none" placeholder:"FILE" help:"What 'auscult bench --json' printed on a board; may be given several times."`
	Float    string   `type:"path" placeholder:"FILE" help:"The model in float32, from 'auscult train --float', for what int8 costs."`
	Mains    float64  `placeholder:"HZ" help:"The mains, 50 or 60 Hz, whose lines are marked in the spectra; -1: none. (looked for in normal sound)"`
	ShaftRPM float64  `name:"shaft-rpm" placeholder:"N" help:"The shaft's revolutions a minute, whose lines are marked."`
	Bearing  string   `placeholder:"N,BALL,PITCH[,DEG]" help:"A rolling bearing on that shaft: balls, their diameter, the pitch diameter in the same unit, the contact angle: its lines are marked."`
	Families []string `placeholder:"NAME,…" help:"Train these families on --learn and compare them: dense, conv, small, or all."`
	Sweep    []int    `placeholder:"N,…" help:"Train the conv family on --learn with these compressions, such as 8,16,32,64."`
	Retrain  bool     `help:"Learn a model of each month (or week, or day) of dated recordings, and show what learning anew would have done; with --learn."`
	Keep     string   `type:"path" placeholder:"DIR" help:"Keep the models that --families, --sweep and --retrain train there: the same command takes them from there, and goes on where it was interrupted. (beside --out)"`
	PerMonth float64  `default:"1" placeholder:"N" help:"False alarms per machine-month to find a threshold for; 0: none. (${default})"`
	Quick    bool     `help:"Leave out noise and timing."`
	Channel  int      `default:"-1" placeholder:"N" help:"Channel of multichannel clips, from 0. (the one that was learned)"`
	Seed     int64    `default:"1" placeholder:"N" help:"Seed of intervals and noise. (${default})"`
	JSON     bool     `name:"json" help:"Print what the page shows as JSON."`
}

// Help shows a use.
func (reportCommand) Help() string {
	return `Writes one self-contained page that says what the model hears, how well it tells normal from
abnormal, where it fails, in which noise, at what cost, and why it was built so.

Example:
  auscult report --model pump-7.tflite --data pump-7-test --out pump-7.html
  auscult report --model pump-7.tflite --float pump-7.float.tflite --data pump-7-test \
      --learn pump-7 --families all --sweep 8,16,32
  auscult report --model pump-7.tflite --data pump-7-test --format html,md,csv --shaft-rpm 1480 --bearing 9,7.94,39.04
  auscult report --model conv.tflite --against dense.tflite --data pump-7-test \
      --learn pump-7 --training train.json --bench pi4.json`
}

// pageBytes is about what a page with its pictures and sounds takes.
const pageBytes = 8 << 20

// Run gathers and writes.
func (c *reportCommand) Run(ctx context.Context, std streams) error {
	if c.Seed < 0 || !(c.PerMonth >= 0) || math.IsInf(c.PerMonth, 0) {
		return usageError{errors.New("report: --seed and --per-month cannot be below 0")}
	}
	inputs := []input{
		{"--model", c.Model}, {"--data", c.Data}, {"--learn", c.Learn}, {"--training", c.Training}, {"--float", c.Float},
	}
	for _, path := range c.Against {
		inputs = append(inputs, input{"--against", path})
	}
	for _, path := range c.Bench {
		inputs = append(inputs, input{"--bench", path})
	}
	files, err := c.files()
	if err != nil {
		return err
	}
	if c.Keep == "" && (c.Retrain || len(c.Families)+len(c.Sweep) > 0) {
		c.Keep = strings.TrimSuffix(c.Out, filepath.Ext(c.Out)) + ".models"
	}
	if err := writable("report", inputs, c.outputs(files)...); err != nil {
		return err
	}
	o, err := c.options()
	if err != nil {
		return err
	}
	s, err := gather(ctx, o, std.err)
	if err != nil {
		if ctx.Err() != nil && o.Keep != "" {
			fmt.Fprintf(std.err, "what was trained is kept in %s: the same command goes on\n", o.Keep)
		}
		return err
	}
	written, err := writeReport(files, s)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(std.out, s)
	}
	_, err = fmt.Fprintf(std.out, "%s: %d normal and %d abnormal clips, AUC %s %s, made in %.1f s\n",
		strings.Join(written, ", "), s.Result.Normal, s.Result.Abnormal, decimal(s.Result.AUC),
		interval(s.Result.AUCInterval), s.Seconds)
	return err
}

// openSets opens the recordings to judge by and, where they are at hand, those that were learned.
func (c *reportCommand) openSets(o *content.Options, m *model.Model) (err error) {
	if o.Set, err = c.open(c.Data, m); err != nil || c.Learn == "" {
		return err
	}
	o.Learned, err = c.open(c.Learn, m)
	return err
}

func (c *reportCommand) options() (o content.Options, err error) {
	o = content.Options{Channel: c.Channel, Seed: uint64(c.Seed), PerMonth: c.PerMonth, Quick: c.Quick, Strict: c.Strict,
		Retrain: c.Retrain,
		Keep:    c.Keep}
	var m *model.Model
	if o.File, m, err = readModel(c.Model); err != nil {
		return o, err
	}
	if o.Machine, err = c.machine(); err != nil {
		return o, err
	}
	if err := c.openSets(&o, m); err != nil {
		return o, err
	}
	if c.Training != "" {
		if o.Learning, err = readTraining(c.Training); err != nil {
			return o, err
		}
	}
	if c.Float != "" {
		if o.Float, _, err = readModel(c.Float); err != nil {
			return o, err
		}
	}
	if err := c.toTrain(&o); err != nil {
		return o, err
	}
	for _, path := range c.Against {
		file, _, err := readModel(path)
		if err != nil {
			return o, err
		}
		o.Rivals = append(o.Rivals, file)
	}
	for _, path := range c.Bench {
		data, err := os.ReadFile(path)
		if err != nil {
			return o, fmt.Errorf("report: %w", err)
		}
		board, err := bench.ParseReport(data)
		if err != nil {
			return o, fmt.Errorf("%w (%s)", err, path)
		}
		o.Boards = append(o.Boards, board)
	}
	return o, nil
}

// knownMachine returns what --mains and --shaft-rpm say.
func knownMachine(command string, mains, rpm float64) (m content.Machine, err error) {
	if !(rpm >= 0) || math.IsInf(rpm, 0) || !slices.Contains([]float64{0, -1, 50, 60}, mains) {
		return m, usageError{fmt.Errorf("%s: --shaft-rpm cannot be below 0, and --mains is 50, 60 or -1", command)}
	}
	return content.Machine{MainsHz: mains, ShaftRPM: rpm}, nil
}

// machine returns what is known of what was recorded.
func (c *reportCommand) machine() (content.Machine, error) {
	m, err := knownMachine("report", c.Mains, c.ShaftRPM)
	if err != nil || c.Bearing == "" {
		return m, err
	}
	wrong := usageError{fmt.Errorf("report: --bearing %q: give balls, their diameter and the pitch diameter, as 9,7.94,39.04, with the contact angle in degrees as a fourth; and --shaft-rpm", c.Bearing)}
	parts := strings.Split(c.Bearing, ",")
	if len(parts) < 3 || len(parts) > 4 || c.ShaftRPM == 0 {
		return m, wrong
	}
	values := make([]float64, 4)
	for i, text := range parts {
		v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil || !(v >= 0) || math.IsInf(v, 0) {
			return m, wrong
		}
		values[i] = v
	}
	b := &m.Bearing
	b.Balls, b.Ball, b.Pitch, b.ContactDeg = int(values[0]), values[1], values[2], values[3]
	if b.Balls < 3 || float64(b.Balls) != values[0] || b.Balls > 1000 || !(b.Ball > 0) || b.Ball >= b.Pitch ||
		b.ContactDeg >= 90 {
		return m, wrong
	}
	return m, nil
}

// toTrain checks what is to be trained for the page.
func (c *reportCommand) toTrain(o *content.Options) error {
	if (c.Retrain || len(c.Families)+len(c.Sweep) > 0) && c.Learn == "" {
		return usageError{errors.New("report: --families, --sweep and --retrain train on what the model has learned: give its folder as --learn")}
	}
	o.Families = c.Families
	if slices.Equal(c.Families, []string{"all"}) {
		o.Families = families.Names()
	}
	for _, name := range o.Families {
		if !slices.Contains(families.Names(), name) {
			return usageError{fmt.Errorf("report: --families %q: use some of %s, or all",
				name, strings.Join(families.Names(), ", "))}
		}
	}
	for _, n := range c.Sweep {
		if _, err := families.Conv(dsp.DefaultProfile().Bands, families.PictureFrames, n); err != nil {
			return usageError{fmt.Errorf("report: --sweep %d: %w", n, err)}
		}
	}
	o.Compressions = c.Sweep
	return nil
}

// readModel reads a model of ours, and its file.
func readModel(path string) (file []byte, m *model.Model, err error) {
	if file, err = tflite.ReadFile(path); err != nil {
		return nil, nil, err
	}
	if m, err = model.Parse(file); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return file, m, nil
}

// readTraining reads what 'auscult train --json' printed.
func readTraining(path string) (*content.Learning, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	var sum trainSummary
	if err := json.Unmarshal(data, &sum); err != nil || len(sum.Loss) == 0 {
		return nil, fmt.Errorf("report: %s is not what 'auscult train --json' prints", path)
	}
	return &content.Learning{
		Loss: sum.Loss, LossUnit: sum.LossUnit, Validation: sum.Validated, BestEpoch: sum.BestEpoch, Rates: sum.Rates,
		Warnings: sum.Warnings, Quantisation: &sum.Int8,
	}, nil
}

// gather runs the library with a progress bar on w.
func gather(ctx context.Context, o content.Options, w io.Writer) (*content.Study, error) {
	bar := newBar(w, "report", 1000)
	defer bar.done()
	o.Progress = func(step string, done float64) { bar.setNote(int(1000*done), " "+step) }
	return content.Gather(ctx, o)
}
