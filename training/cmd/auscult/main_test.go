package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/auscult/auscult/agent/spool"
	"github.com/auscult/auscult/training/pumptest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"auscult": main})
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
				pumptest.Folder(t, ts.MkAbs(args[0]), uint64(number(1)), number(2), number(3), float64(number(4)))
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
