package learn

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/state"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/pumptest"
)

// quick are options that train in a moment.
func quick(dir string) Options {
	return Options{
		Data: dir, Name: "pump", Family: families.DenseName, Profile: dsp.DefaultProfile(),
		Alone: detect.ByReconstruction, Epochs: 2, Folds: 2, Seed: 5, Threads: 2, Tool: "test",
	}
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	pumptest.Folder(t, dir, 1, 3, 0, 5)
	var last atomic.Value
	o := quick(dir)
	o.Progress = func(p Progress) { last.Store(p) }
	out, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	s := &out.Model.Settings
	if s.Normal.Clips != 3 || math.Abs(s.Normal.DurationS-15) > 1e-9 || s.Normal.CrossFitFolds != 2 {
		t.Errorf("normal sound: %+v", s.Normal)
	}
	// 5 s are 155 frames, so 151 windows of 5 frames: two observations of 64.
	if len(out.Observations) != 6 || s.Normal.Observations != 6 {
		t.Errorf("%d observations (%d in the settings), want 6", len(out.Observations), s.Normal.Observations)
	}
	highest := 0.0
	for _, v := range out.Observations {
		highest = max(highest, v)
	}
	if v := s.Decision.Threshold; !(v > 0 && v <= highest) {
		t.Errorf("threshold %g of observations up to %g", v, highest)
	}
	if !strings.Contains(out.Found, "layout plain, 3 normal") {
		t.Errorf("found %q", out.Found)
	}
	if len(out.Loss) != 2 || !(out.Loss[1] < out.Loss[0]) {
		t.Errorf("loss %v does not fall", out.Loss)
	}
	if len(out.Warnings) == 0 || !strings.Contains(out.Warnings[len(out.Warnings)-1], "rests on 6 observations") {
		t.Errorf("warnings %q do not say how little there is", out.Warnings)
	}
	if p, ok := last.Load().(Progress); !ok || p.Done != 1 {
		t.Errorf("last progress %+v, want all done", p)
	}
}

// TestSameFile trains with other numbers of threads, beside abnormal clips and
// without: the file is the same to the byte.
func TestSameFile(t *testing.T) {
	dir := t.TempDir()
	pumptest.Folder(t, dir, 1, 3, 0, 3)
	first, err := Run(context.Background(), quick(dir))
	if err != nil {
		t.Fatal(err)
	}
	pumptest.Folder(t, dir, 50, 0, 2, 3)
	for _, threads := range []int{1, 5} {
		o := quick(dir)
		o.Threads = threads
		again, err := Run(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first.File, again.File) {
			t.Errorf("%d threads beside abnormal clips give another file", threads)
		}
	}
	o := quick(dir)
	o.Seed++
	other, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(first.File, other.File) {
		t.Error("another seed gives the same file")
	}
}

func TestOneClip(t *testing.T) {
	dir := t.TempDir()
	pumptest.Folder(t, dir, 1, 1, 0, 5)
	out, err := Run(context.Background(), quick(dir))
	if err != nil {
		t.Fatal(err)
	}
	if out.Model.Settings.Normal.CrossFitFolds != 0 ||
		!strings.Contains(strings.Join(out.Warnings, "\n"), "one clip only") {
		t.Errorf("folds %d, warnings %q", out.Model.Settings.Normal.CrossFitFolds, out.Warnings)
	}
}

// TestOneLongClip cuts the only recording: the threshold is cross-fitted all the same.
func TestOneLongClip(t *testing.T) {
	dir := t.TempDir()
	pumptest.Folder(t, dir, 1, 1, 0, 60)
	o := quick(dir)
	o.Folds, o.Patience, o.Epochs = 0, 1, 1
	out, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	n := out.Model.Settings.Normal
	// 60 s are 1874 frames: 4 blocks of at most 469, so at least 7 observations of 64 windows each.
	if n.CrossFitFolds != 4 || n.Clips != 1 || n.Observations < 28 {
		t.Errorf("folds %d, %d clips, %d observations", n.CrossFitFolds, n.Clips, n.Observations)
	}
	if text := strings.Join(out.Warnings, "\n"); !strings.Contains(text, "4 blocks") || strings.Contains(text, "too low") {
		t.Errorf("warnings %q", out.Warnings)
	}
	again, err := Run(t.Context(), o)
	if err != nil || !bytes.Equal(out.File, again.File) {
		t.Errorf("another file the second time, %v", err)
	}
}

// TestFewSamples keeps some observations only: the others are heard again, and the threshold
// rests on all of them.
func TestFewSamples(t *testing.T) {
	dir := t.TempDir()
	pumptest.Folder(t, dir, 1, 6, 0, 20)
	o := quick(dir)
	o.Alone, o.Folds = "", 3
	run := func(most int) *Outcome {
		tr, out, err := open(o)
		if err != nil {
			t.Fatal(err)
		}
		tr.samples = most
		if err := tr.run(t.Context(), out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	all, some := run(mostSamples), run(20)
	if len(all.Observations) != 54 || len(some.Observations) != 54 {
		t.Fatalf("%d and %d observations, want 54", len(all.Observations), len(some.Observations))
	}
	mean, other := 0.0, 0.0
	for i := range all.Observations {
		mean, other = mean+all.Observations[i]/54, other+some.Observations[i]/54
	}
	if mean == other || math.Abs(mean-other) > 0.3*mean {
		t.Errorf("mean score %.3f of all, %.3f by 20 of them", mean, other)
	}
	a, b := all.Model.Settings.Decision.Threshold, some.Model.Settings.Decision.Threshold
	if b < a/2 || b > 2*a {
		t.Errorf("threshold %g by all, %g by 20", a, b)
	}
}

func TestRunRefuses(t *testing.T) {
	dir := t.TempDir()
	pumptest.Folder(t, dir, 1, 2, 0, 1)
	one := t.TempDir() // one second gives one observation
	pumptest.Folder(t, one, 1, 1, 0, 1)
	silent := t.TempDir()
	if err := os.MkdirAll(filepath.Join(silent, "normal"), 0o755); err != nil {
		t.Fatal(err)
	}
	for want, set := range map[string]func(*Options){
		"normal/":           func(o *Options) { o.Data = t.TempDir() },
		"no recording of":   func(o *Options) { o.Data = silent },
		"no such file":      func(o *Options) { o.Data = filepath.Join(dir, "absent") },
		"0 threads":         func(o *Options) { o.Threads = 0 },
		"1 folds":           func(o *Options) { o.Folds = 1 },
		`detector "x"`:      func(o *Options) { o.Alone = "x" },
		"unknown model":     func(o *Options) { o.Family = "x" },
		"compression 3":     func(o *Options) { o.Family, o.Compression = families.ConvName, 3 },
		"choose a channel":  func(o *Options) { o.Channel = 1 },
		"the profile 48000": func(o *Options) { o.Profile = dsp.DefaultProfileAt(48000) },
		"at least 2 are":    func(o *Options) { o.Data = one },
	} {
		o := quick(dir)
		set(&o)
		if _, err := Run(context.Background(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

func TestRunStops(t *testing.T) {
	dir := t.TempDir()
	pumptest.Folder(t, dir, 1, 2, 0, 3)
	ctx, cancel := context.WithCancel(context.Background())
	o := quick(dir)
	o.Epochs = 100000
	o.Progress = func(p Progress) {
		if p.Loss > 0 {
			cancel()
		}
	}
	if _, err := Run(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

// alarms plays each clip's scores through the node's decider.
func alarms(t *testing.T, lengths []int, values []float64, s decide.Settings) bool {
	t.Helper()
	s.AverageWindows, s.ClearRatio = 1, 1
	for _, length := range lengths {
		d, err := decide.New(s, 1)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range values[:length] {
			if got, ok := d.Push(time.Unix(int64(i), 0), v, []float64{v}); ok && got.State == state.Alarm {
				return true
			}
		}
		values = values[length:]
	}
	return false
}

// TestEnsemble learns with all detectors: the model carries them, the cross-fitted
// scores that the threshold rests on, and the same file comes again.
func TestEnsemble(t *testing.T) {
	dir := t.TempDir()
	pumptest.Folder(t, dir, 1, 4, 0, 5)
	o := quick(dir)
	o.Alone = ""
	out, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	s := &out.Model.Settings
	if len(s.Detector.Parts) != 6 || s.Detector.Fusion != detect.Max {
		t.Fatalf("ensemble %+v", s.Detector.Ensemble)
	}
	if len(s.Normal.Scores) != len(out.Observations) || len(out.Observations) != 8 {
		t.Fatalf("%d scores of %d observations, want 8", len(s.Normal.Scores), len(out.Observations))
	}
	for i, v := range s.Normal.Scores {
		if float32(out.Observations[i]) != v {
			t.Errorf("score %d is %g, the observation's %g", i, v, out.Observations[i])
		}
	}
	o.Threads = 1
	again, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.File, out.File) {
		t.Error("one thread gives another file")
	}
	o.Fusion = "x"
	if _, err := Run(context.Background(), o); err == nil || !strings.Contains(err.Error(), `fusion "x"`) {
		t.Errorf("error %v", err)
	}
}
