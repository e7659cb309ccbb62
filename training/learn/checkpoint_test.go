package learn

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/training/network"
	"github.com/auscult/auscult/training/pumptest"
)

// TestResume stops a run in the middle and goes on with another number of
// threads: the file is the one of a run that nobody stopped.
func TestResume(t *testing.T) {
	dir := t.TempDir()
	pumptest.Folder(t, dir, 1, 6, 0, 3)
	o := quick(dir)
	o.Epochs, o.Patience = 4, 3
	whole, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	o.Checkpoints = filepath.Join(t.TempDir(), "a", "b")
	ctx, cancel := context.WithCancel(context.Background())
	stopped := o
	stopped.Progress = func(p Progress) {
		if p.Done > 0.4 {
			cancel()
		}
	}
	if _, err := Run(ctx, stopped); !errors.Is(err, context.Canceled) {
		t.Fatalf("stopped with %v", err)
	}
	files, err := os.ReadDir(o.Checkpoints)
	if err != nil || len(files) < 2 {
		t.Fatalf("%d checkpoints, %v", len(files), err)
	}
	ended := map[string]int{}
	for _, file := range files {
		f, err := os.Open(filepath.Join(o.Checkpoints, file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		c, err := network.ReadCheckpoint(f)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		ended[file.Name()], _ = c.Epoch()
	}
	o.Resume, o.Threads = true, 3
	var steps []string
	o.Progress = func(p Progress) { steps = append(steps, p.Step) }
	again, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(whole.File, again.File) {
		t.Error("going on gives another file than never having stopped")
	}
	past := 0
	for _, file := range files {
		past += ended[file.Name()]
		what := strings.NewReplacer("kept", "the model that is kept", "-", " ", ".checkpoint", ", epoch 1 of 4").
			Replace(file.Name())
		if ended[file.Name()] > 0 && slices.Contains(steps, what) {
			t.Errorf("%s did an epoch again: %q", file.Name(), what)
		}
	}
	if past == 0 {
		t.Error("no training had ended an epoch")
	}

	o.Seed++
	if _, err := Run(context.Background(), o); err == nil ||
		!strings.Contains(err.Error(), "other recordings or options") {
		t.Errorf("another seed: %v", err)
	}
	o.Seed--
	path := filepath.Join(o.Checkpoints, files[0].Name())
	if err := os.WriteFile(path, []byte("auscult"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(context.Background(), o); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a damaged checkpoint: %v", err)
	}
}

// TestKeptWhenStopped leaves checkpoints where a training is stopped and nowhere else, from
// which it goes on to the same file.
func TestKeptWhenStopped(t *testing.T) {
	dir := t.TempDir()
	pumptest.Folder(t, dir, 1, 4, 0, 3)
	o := quick(dir)
	o.Checkpoints, o.WhenStopped = filepath.Join(t.TempDir(), "m.tflite.checkpoints"), true
	whole, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := RemoveCheckpoints(o.Checkpoints); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	stopped := o
	stopped.Progress = func(p Progress) {
		if p.Done > 0.4 {
			cancel()
		} else if _, err := os.Stat(o.Checkpoints); err == nil && p.Done < 0.3 {
			t.Error("a checkpoint of a training that nobody stopped")
		}
	}
	if _, err := Run(ctx, stopped); !errors.Is(err, context.Canceled) {
		t.Fatalf("stopped with %v", err)
	}
	if files, err := os.ReadDir(o.Checkpoints); err != nil || len(files) == 0 {
		t.Fatalf("%d checkpoints, %v", len(files), err)
	}
	o.Resume = true
	again, err := Run(t.Context(), o)
	if err != nil || !bytes.Equal(whole.File, again.File) {
		t.Errorf("going on gives another file, %v", err)
	}
	other := filepath.Join(o.Checkpoints, "mine.txt")
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := RemoveCheckpoints(o.Checkpoints); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(o.Checkpoints); err != nil || len(left) != 1 {
		t.Errorf("%d files are left of mine alone, %v", len(left), err)
	}
	err = errors.Join(os.Remove(other), RemoveCheckpoints(o.Checkpoints), RemoveCheckpoints(o.Checkpoints))
	if err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(o.Checkpoints); err == nil {
		t.Error("the empty folder is left")
	}
}
