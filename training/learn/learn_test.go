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

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/family"
	"github.com/auscult/auscult/training/pumptest"
)

// quick are options that train in a moment.
func quick(dir string) Options {
	return Options{
		Data: dir, Name: "pump", Family: family.DenseName, Profile: dsp.DefaultProfile(),
		Detector: model.Whitened, Epochs: 2, Folds: 2, Seed: 5, Threads: 2, Tool: "test",
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
	if out.Model.Settings.Normal.CrossFitFolds != 0 || !strings.Contains(strings.Join(out.Warnings, "\n"), "one clip only") {
		t.Errorf("folds %d, warnings %q", out.Model.Settings.Normal.CrossFitFolds, out.Warnings)
	}
}

func TestRunRefuses(t *testing.T) {
	dir := t.TempDir()
	pumptest.Folder(t, dir, 1, 2, 0, 1)
	silent := t.TempDir()
	if err := os.MkdirAll(filepath.Join(silent, "normal"), 0o755); err != nil {
		t.Fatal(err)
	}
	for want, set := range map[string]func(*Options){
		"normal/":           func(o *Options) { o.Data = t.TempDir() },
		"no WAV file":       func(o *Options) { o.Data = silent },
		"no such file":      func(o *Options) { o.Data = filepath.Join(dir, "absent") },
		"0 threads":         func(o *Options) { o.Threads = 0 },
		"1 folds":           func(o *Options) { o.Folds = 1 },
		`detector "x"`:      func(o *Options) { o.Detector = "x" },
		"unknown model":     func(o *Options) { o.Family = "x" },
		"compression 3":     func(o *Options) { o.Family, o.Compression = family.ConvName, 3 },
		"choose a channel":  func(o *Options) { o.Channel = 1 },
		"the profile 48000": func(o *Options) { o.Profile = dsp.DefaultProfileAt(48000) },
		"as long as an obs": func(*Options) {}, // one second is half an observation
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

func TestDetector(t *testing.T) {
	tr := &trainer{o: quick(""), pool: 64}
	tr.o.Profile.Bands = 2
	d := tr.detector(model.Whitened, []observation{{levels: []float64{10, 3}}, {levels: []float64{14, 3}}})
	if d.BandMean[0] != 12 || d.BandMean[1] != 3 || d.BandStdDev[0] != 2 || d.BandStdDev[1] != model.MinBandStdDev || d.TopBands != 1 {
		t.Errorf("detector %+v", d)
	}
	got := scores([]observation{{mse: 7, levels: []float64{16, 3.5}}}, d)
	if len(got) != 1 || got[0] != 2 { // (16-12)/2 is more than (3.5-3)/0.5
		t.Errorf("scores %v, want 2", got)
	}
	d.Kind = model.MSE
	if got := scores([]observation{{mse: 7, levels: []float64{16, 3.5}}}, d); got[0] != 7 {
		t.Errorf("scores %v, want 7", got)
	}
}

func TestThreshold(t *testing.T) {
	if _, _, err := threshold(make([]float64, 10)); err == nil {
		t.Error("a threshold of scores that are all 0")
	}
	all := make([]float64, 101)
	for i := range all {
		all[i] = float64(i)
	}
	if v, method, err := threshold(all); err != nil || v != 99 || !strings.Contains(method, "101") {
		t.Errorf("threshold %g (%q), %v; want 99", v, method, err)
	}
}
