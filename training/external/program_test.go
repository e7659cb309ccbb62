package external

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/network"
)

// points are samples of four values.
type points [][4]float32

func (p points) Len() int                    { return len(p) }
func (p points) Sample(i int, dst []float32) { copy(dst, p[i][:]) }

var few = points{{1, 0, 0, 1}, {0, 1, 1, 0}, {0.5, 0.5, 0.2, 0.1}, {0, 0, 1, 1}, {0.3, 0.9, 0.1, 0}}

var layers = network.NewChain(network.Shape{H: 1, W: 1, C: 4}).Dense(3, false).BatchNorm().ReLU().Dense(4, true).Specs()

func chain(t *testing.T) *network.Network {
	t.Helper()
	net, err := network.New(layers, 1)
	if err != nil {
		t.Fatal(err)
	}
	return net
}

var config = network.Config{Epochs: 3, Batch: 2, LearningRate: 1e-2, Seed: 7}

// TestMain lets this test program be the program that trains: it does the job with
// package network, or misbehaves as TRAINER says.
func TestMain(m *testing.M) {
	how := os.Getenv("TRAINER")
	if how == "" {
		os.Exit(m.Run())
	}
	os.Exit(trainer(how, os.Args[len(os.Args)-1]))
}

func trainer(how, dir string) int {
	switch how {
	case "fails":
		_, _ = os.Stderr.WriteString("noise\nauscult-tf: no memory left\n")
		return 3
	case "sleeps":
		<-time.NewTimer(time.Hour).C
		return 0
	case "silent":
		return 0
	}
	if how == "imports" || how == "imports nothing" {
		return importer(how, dir)
	}
	job, err := OpenJob(dir)
	if err != nil {
		_, _ = os.Stderr.WriteString(err.Error())
		return 1
	}
	if how == "talks" {
		_, _ = os.Stdout.WriteString("Hello!\n")
	}
	history, err := job.train()
	if err == nil {
		err = job.Finish(history)
	}
	if err != nil {
		_, _ = os.Stderr.WriteString(err.Error())
		return 1
	}
	end := filepath.Join(dir, endFile)
	switch how {
	case "cuts":
		err = os.Truncate(end, 300)
	case "forges":
		err = os.Rename(filepath.Join(dir, startFile), end)
	}
	if err != nil {
		return 1
	}
	return 0
}

// importer writes a network that it knows, when it is called as it should be.
func importer(how, path string) int {
	if at := len(os.Args) - 5; at < 1 || os.Args[at] != "import" || os.Args[at+1] != "--signature" ||
		os.Args[at+2] != DefaultSignature {
		_, _ = os.Stderr.WriteString("called with " + strings.Join(os.Args, " "))
		return 1
	}
	if how == "imports" {
		net, err := network.New(layers, 1)
		if err == nil {
			err = WriteNetwork(path, net)
		}
		if err != nil {
			_, _ = os.Stderr.WriteString(err.Error())
			return 1
		}
	}
	_, _ = os.Stdout.WriteString(`{"difference":2e-6,"input":[2,2]}`)
	return 0
}

// train does the job by package network, for this test alone.
func (j *Job) train() (network.History, error) {
	net, err := network.New(j.Plan.Specs, 1)
	if err != nil {
		return network.History{}, err
	}
	p := j.Plan
	var end *network.Checkpoint
	h, err := net.Fit(context.Background(), few, network.Config{
		Epochs: p.Epochs, Batch: p.Batch, LearningRate: p.LearningRate, Seed: p.Seed, Resume: j.Checkpoint,
		Save: func(c *network.Checkpoint) error { end = c; return nil },
	})
	if err != nil {
		return h, err
	}
	for i, s := range end.States() {
		to := j.Checkpoint.States()[i]
		for k, a := range [][]float32{to.W, to.Bias, to.Gamma, to.Beta, to.Mean, to.Var} {
			copy(a, [][]float32{s.W, s.Bias, s.Gamma, s.Beta, s.Mean, s.Var}[k])
		}
	}
	return h, nil
}

func program(t *testing.T, how string) *Program {
	t.Helper()
	t.Setenv("TRAINER", how)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p, err := Find(self)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestFit compares a training in another process, by the same engine, with one
// here.
func TestFit(t *testing.T) {
	want := chain(t)
	wantHistory, err := want.Fit(t.Context(), few, config)
	if err != nil {
		t.Fatal(err)
	}
	got := chain(t)
	history, err := program(t, "well").Fit(t.Context(), got, few, config, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(history.Loss, wantHistory.Loss) {
		t.Errorf("losses %v, want %v", history.Loss, wantHistory.Loss)
	}
	for i := range want.Specs() {
		if a, b := got.Weights(i), want.Weights(i); !slices.Equal(a.W, b.W) || !slices.Equal(a.Mean, b.Mean) ||
			!slices.Equal(a.Var, b.Var) {
			t.Errorf("layer %d differs", i)
		}
	}
}

func TestFitMisbehaving(t *testing.T) {
	for how, want := range map[string]string{
		"fails":  "exit status 3: auscult-tf: no memory left",
		"silent": "end.checkpoint",
		"talks":  `printed "Hello!": is it the auscult-tf of this version?`,
		"cuts":   "end.checkpoint: network: checkpoint",
		"forges": "the training has not ended",
	} {
		t.Run(how, func(t *testing.T) {
			if _, err := program(t, how).Fit(t.Context(), chain(t), few, config, 1); err == nil ||
				!strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want %q", err, want)
			}
		})
	}
}

// TestFitStops ends the context while the program works.
func TestFitStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	if _, err := program(t, "sleeps").Fit(ctx, chain(t), few, config, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
}

func TestFind(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Chdir(t.TempDir())
	if _, err := Find(""); !errors.Is(err, ErrNotFound) {
		t.Errorf("error %v, want ErrNotFound", err)
	}
	if _, err := Find("nowhere/auscult-tf"); err == nil {
		t.Error("a program that is not there was found")
	}
	if err := os.MkdirAll("build/out/tensorflow", 0o755); err != nil {
		t.Fatal(err)
	}
	script := []byte("#!/bin/sh\n")
	if err := os.WriteFile("build/out/tensorflow/auscult-tf", script, 0o755); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	if p, err := Find(""); err != nil || !strings.HasSuffix(p.String(), "build/out/tensorflow/auscult-tf") {
		t.Errorf("found %v, error %v", p, err)
	}
}

// TestOpenJobRefuses opens folders that hold no whole job.
func TestOpenJobRefuses(t *testing.T) {
	dir := t.TempDir()
	if _, err := OpenJob(dir); err == nil {
		t.Error("an empty folder is a job")
	}
	start, err := chain(t).Begin(few.Len(), config)
	if err != nil {
		t.Fatal(err)
	}
	if err := writeFile(filepath.Join(dir, startFile), start.Write); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, samplesFile), make([]byte, 79), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenJob(dir); err == nil || !strings.Contains(err.Error(), "79 bytes, want 80") {
		t.Errorf("samples cut short: %v", err)
	}
}

// TestImport takes a network from another process.
func TestImport(t *testing.T) {
	folder := t.TempDir()
	if _, _, err := program(t, "imports").Import(t.Context(), folder, DefaultSignature); err == nil ||
		!strings.Contains(err.Error(), "holds no saved_model.pb") {
		t.Errorf("an empty folder: error %v", err)
	}
	file := filepath.Join(folder, "saved_model.pb")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := program(t, "imports").Import(t.Context(), file, DefaultSignature); err == nil ||
		!strings.Contains(err.Error(), "is a file") {
		t.Errorf("a file: error %v", err)
	}
	got, said, err := program(t, "imports").Import(t.Context(), folder, DefaultSignature)
	if err != nil {
		t.Fatal(err)
	}
	want := chain(t)
	for i := range want.Specs() {
		if a, b := got.Weights(i), want.Weights(i); !slices.Equal(a.W, b.W) || !slices.Equal(a.Bias, b.Bias) ||
			!slices.Equal(a.Var, b.Var) {
			t.Errorf("layer %d differs", i)
		}
	}
	if said.Difference != 2e-6 || !slices.Equal(said.Input, []int{2, 2}) {
		t.Errorf("it said %+v", said)
	}
	if _, _, err := program(t, "imports nothing").Import(t.Context(), folder, DefaultSignature); err == nil {
		t.Error("nothing was written, and imported")
	}
}

// TestViewsTravel writes a job whose samples are told from each other by views.
func TestViewsTravel(t *testing.T) {
	cfg := config
	cfg.Temperature = 0.2
	start, err := chain(t).Begin(few.Len(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := WriteJob(dir, start, few); err == nil || !strings.Contains(err.Error(), "have views") {
		t.Errorf("samples without views: %v", err)
	}
	look := families.Look{Bands: 2, Frames: 2, SpanDB: 120}
	if err := WriteJob(dir, start, families.Views{Samples: few, Look: look}); err != nil {
		t.Fatal(err)
	}
	if job, err := OpenJob(dir); err != nil || job.Look != look {
		t.Errorf("job %+v, error %v", job, err)
	}
	for _, text := range []string{
		`{"bands":3,"frames":2,"span_db":120}`, `{"bands":2,"frames":2}`, `{`,
		`{"bands":4611686018427387905,"frames":4,"span_db":1}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, lookFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenJob(dir); err == nil {
			t.Errorf("views of %s were taken", text)
		}
	}
}
