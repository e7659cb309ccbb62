package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/auscult/auscult/agent/spool"
	"github.com/auscult/auscult/training/pumptest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"auscult": main})
}

// vibration is a table as a logger writes it.
func vibration(seed uint64, abnormal bool, heading string) []byte {
	rng := rand.New(rand.NewPCG(seed, 7))
	phase := rng.Float64()
	var out []byte
	if heading != "" {
		out = append(out, heading+"\n"...)
	}
	for k := range 3000 {
		t := float64(k) / 200
		z := 1000 + 30*math.Sin(2*math.Pi*(23*t+phase)) + 8*rng.NormFloat64()
		if abnormal {
			z += 40 * math.Sin(2*math.Pi*67*t)
		}
		line := fmt.Sprintf("%.3f;%.2f;%.2f;%.2f\n", t, 9*rng.NormFloat64(), 11*rng.NormFloat64(), z)
		if heading == "" {
			_, line, _ = strings.Cut(line, ";")
		}
		out = append(out, strings.ReplaceAll(line, ".", ",")...)
	}
	return out
}

// TestScripts runs the command line as users type it; see testdata/script.
func TestScripts(t *testing.T) {
	models, err := filepath.Abs("../../../tflite/testdata")
	if err != nil {
		t.Fatal(err)
	}
	recordings, err := filepath.Abs("../../testdata/recordings")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("MODELS", models)
			e.Setenv("RECORDINGS", recordings)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			// pump DIR FIRST NORMAL ABNORMAL SECONDS writes simulated recordings.
			"pump": func(ts *testscript.TestScript, _ bool, args []string) {
				number := func(i int) int {
					n, err := strconv.Atoi(args[i])
					ts.Check(err)
					return n
				}
				seconds, err := strconv.ParseFloat(args[4], 64)
				ts.Check(err)
				pumptest.Folder(t, ts.MkAbs(args[0]), uint64(number(1)), number(2), number(3), seconds)
			},
			// recording FILE RATE SECONDS writes one long recording.
			"recording": func(ts *testscript.TestScript, _ bool, args []string) {
				rate, err := strconv.Atoi(args[1])
				ts.Check(err)
				seconds, err := strconv.ParseFloat(args[2], 64)
				ts.Check(err)
				pumptest.Long(t, ts.MkAbs(args[0]), rate, seconds)
			},
			// vibration DIR FIRST NORMAL ABNORMAL HEADING writes tables of 15 s at 200 Hz: time and x, y and z in
			// mg, with semicolons and decimal commas, under a heading unless that is empty.
			"vibration": func(ts *testscript.TestScript, _ bool, args []string) {
				number := func(i int) int {
					n, err := strconv.Atoi(args[i])
					ts.Check(err)
					return n
				}
				for i := range number(2) + number(3) {
					abnormal := i >= number(2)
					file := filepath.Join(ts.MkAbs(args[0]), map[bool]string{false: "normal", true: "abnormal"}[abnormal],
						fmt.Sprintf("%03d.csv", number(1)+i))
					ts.Check(os.MkdirAll(filepath.Dir(file), 0o755))
					ts.Check(os.WriteFile(file, vibration(uint64(number(1)+i), abnormal, args[4]), 0o600))
				}
			},
			// alerts FILE COUNT puts alerts into a spool and removes the first.
			"alerts": func(ts *testscript.TestScript, _ bool, args []string) {
				count, err := strconv.Atoi(args[1])
				ts.Check(err)
				ts.Check(fillSpool(ts.MkAbs(args[0]), count))
			},
			// flip FILE OFFSET inverts a byte.
			"flip": func(ts *testscript.TestScript, _ bool, args []string) {
				at, err := strconv.Atoi(args[1])
				ts.Check(err)
				b, err := os.ReadFile(ts.MkAbs(args[0]))
				ts.Check(err)
				b[at] = ^b[at]
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o600))
			},
			// exits CODE COMMAND… runs a command and checks its exit code.
			"exits": func(ts *testscript.TestScript, _ bool, args []string) {
				want, err := strconv.Atoi(args[0])
				ts.Check(err)
				err = ts.Exec(args[1], args[2:]...)
				got := 0
				if exit, ok := err.(interface{ ExitCode() int }); ok {
					got = exit.ExitCode()
				}
				if got != want {
					ts.Fatalf("exit code %d (%v), want %d", got, err, want)
				}
			},
		},
	})
}

func fillSpool(path string, count int) error {
	s, err := spool.Open(path, spool.Options{})
	if err != nil {
		return err
	}
	for range count {
		_, err := s.Put("auscult/n/fan/alert", func(_ string, seq uint64) ([]byte, error) {
			return fmt.Appendf(nil, `{"event":"e%d"}`, seq), nil
		})
		if err != nil {
			return err
		}
	}
	first, _ := s.Next(nil)
	return errors.Join(s.Remove(first), s.Close())
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	dir := t.TempDir()
	pumptest.Folder(t, dir, 1, 2, 0, 3)
	c := trainCommand{
		Model: "dense", LearningRate: 0.001,
		learnFlags: learnFlags{
			dataFlags: dataFlags{Data: dir}, Out: filepath.Join(dir, "m.tflite"), Rate: 16000, Detector: "whitened", Seed: 1,
		},
	}
	var out, errs nullWriter
	err := c.Run(ctx, streams{out: &out, err: &errs})
	if code := exitCode(ctx, err, &errs); code != exitInterrupted {
		t.Errorf("exit code %d after %v, want %d", code, err, exitInterrupted)
	}
	if _, err := os.Stat(c.Out); err == nil {
		t.Error("an interrupted training left a model")
	}
}

type nullWriter struct{}

func (*nullWriter) Write(p []byte) (int, error) { return len(p), nil }
