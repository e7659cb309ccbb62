package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/auscult/auscult/agent/atomicfile"
	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/node"
	"github.com/auscult/auscult/agent/sensor"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/evaluate"
	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/learn"
	"github.com/auscult/auscult/training/report"
	"github.com/auscult/auscult/training/report/content"
)

type demoCommand struct {
	Data   string `type:"path" default:"training/testdata/recordings/mimii_fan_id00" placeholder:"DIR" help:"Folder with learn/normal, test/normal and test/abnormal. (${default})"`
	Out    string `type:"path" default:"build/out/demo" placeholder:"DIR" help:"Where model, report and log go. (${default})"`
	Epochs int    `default:"0" placeholder:"N" help:"Passes over the recordings. (30)"`
	Seed   int64  `default:"1" placeholder:"N" help:"Seed of the learning. (${default})"`
}

// Help says what happens.
func (demoCommand) Help() string {
	return `Runs from the source tree in under 90 s on two cores, and ends by itself:

  1. learns the fan's normal sound from learn/normal,
  2. starts an MQTT broker on the loopback interface and a subscriber,
  3. plays the clips of test/, which were not used for learning, through auscultd's own
     node, and shows what the subscriber receives,
  4. sums up, and writes a report.

Example:
  auscult demo
  auscult demo --data my-pump --out /tmp/my-pump   (with learn/normal, test/normal, test/abnormal)`
}

// Names of what the demo writes.
const (
	demoModel    = "fan.tflite"
	demoReport   = "report.html"
	demoLog      = "node.log"
	demoMessages = "messages.jsonl"
)

// demoNodeID names the node in topics.
const demoNodeID = "demo"

// Run learns, plays and sums up.
func (c *demoCommand) Run(ctx context.Context, std streams) error {
	if c.Seed < 0 || c.Epochs < 0 {
		return usageError{errors.New("demo: --seed and --epochs cannot be below 0")}
	}
	if err := writable("demo", nil, output{flag: "--out", path: c.Out, folder: true, bytes: pageBytes}); err != nil {
		return err
	}
	set, err := dataset.Open(filepath.Join(c.Data, "test"))
	if err != nil {
		return fmt.Errorf("demo: %w (run it from the source tree, or give --data)", err)
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	learned, err := c.learn(ctx, std)
	if err != nil {
		return err
	}
	played, err := c.play(ctx, set, std.out)
	if err != nil {
		return err
	}
	result, err := scoreClips(ctx, learned.Model, set, evaluate.Options{Channel: -1, Seed: uint64(c.Seed)}, std.err)
	if err != nil {
		return err
	}
	if err := c.report(ctx, set, learned, std.err); err != nil {
		return err
	}
	return c.sumUp(std.out, learned, result, played)
}

// report writes the page about what was learned.
func (c *demoCommand) report(ctx context.Context, set *dataset.Set, learned *learn.Outcome, w io.Writer) error {
	knows, err := dataset.Open(filepath.Join(c.Data, "learn"))
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	s, err := gather(ctx, content.Options{
		File: learned.File, Float: learned.Float, Set: set, Learned: knows, Channel: -1, Seed: uint64(c.Seed), PerMonth: 1,
		Learning: &content.Learning{
			Loss: learned.Loss, LossUnit: learned.LossUnit, Validation: learned.Validation, BestEpoch: learned.BestEpoch,
			Rates: learned.Rates, CrossFitted: learned.Observations, Warnings: learned.Warnings,
			Quantisation: &learned.Quantisation,
		},
	}, w)
	if err != nil {
		return err
	}
	_, err = writeReport(map[string]string{"html": filepath.Join(c.Out, demoReport)}, s)
	return err
}

// learn trains the model and writes it.
func (c *demoCommand) learn(ctx context.Context, std streams) (*learn.Outcome, error) {
	dir := filepath.Join(c.Data, "learn")
	fmt.Fprintf(std.out, "Learning what is normal from %s\n", relative(dir))
	start := time.Now()
	learned, _, err := train(ctx, learn.Options{
		Data: dir, Name: filepath.Base(c.Data), Family: families.DenseName, Profile: dsp.DefaultProfile(),
		Epochs: c.Epochs, Seed: uint64(c.Seed), Threads: runtime.GOMAXPROCS(0),
		Tool: "auscult " + buildVersion(),
	}, std.err)
	if err != nil {
		return nil, err
	}
	if err := atomicfile.WriteBytes(filepath.Join(c.Out, demoModel), 0o644, learned.File); err != nil {
		return nil, fmt.Errorf("demo: write the model: %w", err)
	}
	s := &learned.Model.Settings
	fmt.Fprintf(std.out, "  %d clips, %.0f s of sound, %s autoencoder of %d parameters, %.0f s; threshold %.2f (%s)\n\n",
		s.Normal.Clips, s.Normal.DurationS, s.Family, learned.Params, time.Since(start).Seconds(), s.Decision.Threshold,
		s.Decision.Method)
	return learned, nil
}

// playedClip is what a subscriber learned of one clip.
type playedClip struct {
	*dataset.Clip
	alerts  int // that an event began
	scores  int
	elapsed time.Duration // of the whole node, from start to stop
}

// play runs each clip through a node of its own, so that an alert belongs to
// one clip, and shows what arrives at the broker.
func (c *demoCommand) play(ctx context.Context, set *dataset.Set, w io.Writer) ([]playedClip, error) {
	logFile, err := os.Create(filepath.Join(c.Out, demoLog))
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	defer func() { _ = logFile.Close() }() // a log that cannot be closed spoils nothing
	log := slog.New(slog.NewTextHandler(logFile, nil))

	broker, err := startBroker()
	if err != nil {
		return nil, err
	}
	defer broker.stop()
	sub, err := subscribe(ctx, broker.address, filepath.Join(c.Out, demoMessages))
	if err != nil {
		return nil, err
	}
	defer sub.stop()
	fmt.Fprintf(w, "Playing %d clips that it has not learned through the node; a subscriber at %s receives:\n",
		len(set.Clips()), broker.address)

	var played []playedClip
	for _, clip := range set.Clips() {
		name := strings.TrimSuffix(filepath.Base(clip.Name), filepath.Ext(clip.Name))
		fmt.Fprintf(w, "\n  %s clip %s\n", clip.Label(), name)
		p := playedClip{Clip: clip}
		start := time.Now()
		if err := c.runNode(ctx, clip, broker.address, log.With("clip", clip.Name)); err != nil {
			return nil, err
		}
		p.elapsed = time.Since(start)
		if err := sub.untilStopped(ctx, func(m received) { p.count(m); show(w, m) }); err != nil {
			return nil, fmt.Errorf("demo: clip %s: %w (the node's log is in %s)", clip.Name, err, logFile.Name())
		}
		played = append(played, p)
	}
	return played, sub.close()
}

// runNode plays one clip through the node, as fast as it can.
func (c *demoCommand) runNode(ctx context.Context, clip *dataset.Clip, broker string, log *slog.Logger) error {
	cfg := config.Default()
	cfg.Model = filepath.Join(c.Out, demoModel)
	cfg.Node.ID = demoNodeID
	cfg.MQTT.Broker = "tcp://" + broker
	cfg.Spool.Path = filepath.Join(c.Out, "alerts.spool")
	cfg.Telemetry.Interval = 0
	cfg.Sources = []config.Source{{Name: string(clip.Label()), Sensor: &sensor.WAV{Path: clip.Path()}}}
	n, err := node.New(node.Options{Config: cfg, Version: buildVersion(), Log: log, ExitWhenDone: true})
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if err := n.Run(ctx); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	return ctx.Err()
}

// relative returns path as people would type it here.
func relative(path string) string {
	wd, err := os.Getwd()
	if err != nil {
		return path
	}
	rel, err := filepath.Rel(wd, path)
	if err != nil || strings.HasPrefix(rel, "..") {
		return path
	}
	return rel
}

// sumUp prints the end of the demo.
func (c *demoCommand) sumUp(w io.Writer, learned *learn.Outcome, r *evaluate.Result, played []playedClip) error {
	caught, missed, falseAlerts, clips := 0, 0, 0, map[dataset.Label]int{}
	for _, p := range played {
		clips[p.Label()]++
		switch abnormal := p.Label() == dataset.Abnormal; {
		case abnormal && p.alerts > 0:
			caught++
		case abnormal:
			missed++
		case p.alerts > 0:
			falseAlerts++
		}
	}
	fmt.Fprintf(w, "\nSummary: %s\n", learned.Model.Settings.Name)
	fmt.Fprintf(w, "  clips          %d normal, %d abnormal, none of them learned\n", clips[dataset.Normal],
		clips[dataset.Abnormal])
	fmt.Fprintf(w, "  alerts         %d of %d abnormal clips (%d missed), %d false alerts on %d normal clips\n",
		caught, clips[dataset.Abnormal], missed, falseAlerts, clips[dataset.Normal])
	for _, level := range evaluate.Levels() {
		m := r.Levels[level]
		fmt.Fprintf(w, "  AUC            %s %s, %s\n", decimal(m.AUC), interval(m.AUCInterval), report.LevelText(level))
	}
	fmt.Fprintf(w, "  per window     %.0f µs for inference and residual; a window comes every %.0f ms\n", r.WindowUS,
		1e3*learned.Model.Settings.WindowPeriod().Seconds())
	for _, text := range append(append([]string(nil), learned.Warnings...), r.Notes...) {
		fmt.Fprintf(w, "  note           %s\n", text)
	}
	out := relative(c.Out)
	_, err := fmt.Fprintf(w, "  report         %s\n  model          %s\n  log            %s\n  messages       %s\n",
		filepath.Join(out, demoReport), filepath.Join(out, demoModel), filepath.Join(out, demoLog),
		filepath.Join(out, demoMessages))
	return err
}
