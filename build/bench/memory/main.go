// Command memory says how much memory and time the tool takes on long sound, and fails where a
// command takes more than it may.
//
//	memory -tool auscult -hours 24 -rate 16000,48000 -clips 100000 -dir DIR
//
// It makes a day of a made-up machine in one file for each sample rate, and many short clips, with
// a few minutes of the machine with a fault beside them, and gives both to train (dense), evaluate,
// replay, budget, features and report. Memory is the highest resident set that the kernel saw of the process.
// Of short clips a tenth is tried before: the difference says what each clip takes, however many there are.
// Generated sound stays in -dir, and is used again. The space that it will take is looked for first.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Limits of what commands may take, in MB (10^6 bytes).
const (
	learningMB = 256
	judgingMB  = 64
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "memory:", err)
		os.Exit(1)
	}
}

type bench struct {
	tool   string
	only   []string
	epochs int
	missed int
	took   map[string]float64 // MB of each command, of the last sound
}

func run(ctx context.Context) error {
	tool := flag.String("tool", "auscult", "the program")
	dir := flag.String("dir", "", "folder for the generated sound")
	hours := flag.Float64("hours", 24, "length of the long recordings")
	rates := flag.String("rate", "16000,48000", "their sample rates, comma-separated; empty: none")
	clips := flag.Int("clips", 100000, "number of short clips; 0: none")
	seconds := flag.Float64("seconds", 1, "length of each")
	epochs := flag.Int("epochs", 0, "of each training; 0: the tool's own")
	only := flag.String("only", "", "commands to run, comma-separated; empty: all")
	flag.Parse()
	if *dir == "" {
		return errors.New("give a -dir: a day at 48 kHz takes 8 GB")
	}
	b := &bench{tool: *tool, epochs: *epochs}
	if *only != "" {
		b.only = strings.Split(*only, ",")
	}
	p := plan{hours: *hours, clips: *clips, seconds: *seconds}
	for _, text := range strings.FieldsFunc(*rates, func(c rune) bool { return c == ',' }) {
		rate, err := strconv.Atoi(text)
		if err != nil {
			return err
		}
		p.rates = append(p.rates, rate)
	}
	if err := os.MkdirAll(*dir, 0o755); err != nil {
		return err
	}
	if err := p.fits(*dir); err != nil {
		return err
	}
	fmt.Printf("%-28s %-10s %10s %10s %10s %10s\n", "sound", "command", "MB", "at most", "s", "CPU s")
	for _, rate := range p.rates {
		data := p.longDir(*dir, rate)
		if err := makeLong(ctx, data, rate, *hours); err != nil {
			return err
		}
		name := fmt.Sprintf("%g h at %d Hz", *hours, rate)
		if err := b.all(ctx, name, data, filepath.Join(data, "normal", longName)); err != nil {
			return err
		}
	}
	if err := b.many(ctx, *dir, *clips, *seconds); err != nil {
		return err
	}
	if b.missed > 0 {
		return fmt.Errorf("%d commands took more memory than they may", b.missed)
	}
	return nil
}

// many runs the commands on a tenth of the clips and on all of them, and says what each clip takes.
func (b *bench) many(ctx context.Context, dir string, clips int, seconds float64) error {
	var few map[string]float64
	for _, n := range []int{clips / 10, clips} {
		if n < 1 {
			continue
		}
		data := filepath.Join(dir, fmt.Sprintf("clips-%d-%gs", n, seconds))
		if err := makeClips(ctx, data, n, seconds); err != nil {
			return err
		}
		few = b.took
		if err := b.all(ctx, fmt.Sprintf("%d clips of %g s", n, seconds), data, ""); err != nil {
			return err
		}
	}
	if clips < 10 {
		return nil
	}
	for _, command := range slices.Sorted(maps.Keys(b.took)) {
		each := (b.took[command] - few[command]) * 1e6 / float64(clips-clips/10)
		fmt.Printf("%s: %.0f bytes a clip\n", command, each)
	}
	return nil
}

// all runs the commands on one set; long is its long recording, if it has one.
func (b *bench) all(ctx context.Context, sound, data, long string) error {
	model := filepath.Join(data, "model.tflite")
	train := []string{"train", "--model", "dense", "--data", data, "--out", model}
	if b.epochs > 0 {
		train = append(train, "--epochs", strconv.Itoa(b.epochs))
	}
	b.took = map[string]float64{}
	type step struct {
		limitMB float64
		args    []string
	}
	steps := []step{
		{learningMB, train},
		{judgingMB, []string{"evaluate", "--model", model, "--data", data}},
		{judgingMB, []string{"budget", "--per-month", "1", "--model", model, "--data", data}},
	}
	if long != "" {
		steps = append(steps,
			step{judgingMB, []string{"replay", "--model", model, long}},
			step{judgingMB, []string{"features", "--model", model, long, filepath.Join(data, "features.npy")}},
			step{learningMB, []string{
				"report", "--quick", "--model", model, "--data", data, "--out", filepath.Join(data, "report.html"),
			}})
	}
	for _, s := range steps {
		if len(b.only) > 0 && !slices.Contains(b.only, s.args[0]) {
			continue
		}
		if err := b.one(ctx, sound, s.limitMB, s.args); err != nil {
			return err
		}
	}
	return nil
}

// one runs a command and prints what it took.
func (b *bench) one(ctx context.Context, sound string, limitMB float64, args []string) error {
	cmd := exec.CommandContext(ctx, b.tool, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	var said strings.Builder
	cmd.Stderr = &said
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	if cmd.ProcessState == nil {
		return err
	}
	use, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return errors.New("this system does not tell what a process took")
	}
	mb := float64(use.Maxrss) * 1024 / 1e6
	b.took[args[0]] = mb
	note := ""
	if mb > limitMB {
		note = "  TOO MUCH"
		b.missed++
	}
	fmt.Printf("%-28s %-10s %10.1f %10.0f %10.1f %10.1f%s\n", sound, args[0], mb, limitMB, took.Seconds(),
		(cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), note)
	if err != nil {
		lines := strings.Split(strings.TrimSpace(said.String()), "\n")
		return fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, lines[len(lines)-1])
	}
	return nil
}
