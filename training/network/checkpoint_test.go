package network

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
)

func throughFile(t *testing.T, c *Checkpoint) *Checkpoint {
	t.Helper()
	var file bytes.Buffer
	if err := c.Write(&file); err != nil {
		t.Fatal(err)
	}
	got, err := ReadCheckpoint(&file)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestResumeGivesTheSameBits stops a training after every step in turn and goes
// on in a new network, through a file, with another number of threads.
func TestResumeGivesTheSameBits(t *testing.T) {
	for name, c := range map[string]struct {
		specs []Spec
		data  rows
	}{
		"dense": {small(), ramps(100, 24, 1)},
		"conv":  {smallConv(), ramps(60, 64, 2)},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := Config{Epochs: 3, Batch: 25, Seed: 4, Label: "x", Validation: ramps(20, c.data.size, 9), Patience: 2}
			whole := mustNew(t, c.specs, 5)
			want, err := whole.Fit(context.Background(), c.data, cfg)
			if err != nil {
				t.Fatal(err)
			}
			steps := 3 * ((c.data.Len() + 24) / 25)
			for stop := 1; stop <= steps; stop++ {
				ctx, cancel := context.WithCancel(context.Background())
				var last *Checkpoint
				part := cfg
				part.Save = func(c *Checkpoint) error { last = c; return nil }
				part.Progress = func(p Progress) {
					if p.Step == stop {
						cancel()
					}
				}
				first := mustNew(t, c.specs, 5)
				if _, err := first.Fit(ctx, c.data, part); !errors.Is(err, context.Canceled) && stop < steps {
					t.Fatalf("stopped at %d with %v", stop, err)
				}
				rest := cfg
				rest.Resume = throughFile(t, last)
				second := mustNew(t, c.specs, 77)
				second.SetThreads(3)
				got, err := second.Fit(context.Background(), c.data, rest)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(got.Loss, want.Loss) || !slices.Equal(got.Validation, want.Validation) || got.Best != want.Best {
					t.Fatalf("stopped at %d: history %v, want %v", stop, got, want)
				}
				if !slices.Equal(allWeights(second), allWeights(whole)) {
					t.Fatalf("stopped at %d: other weights", stop)
				}
			}
		})
	}
}

// TestPatienceKeepsTheBest trains on few samples until those held back get worse.
func TestPatienceKeepsTheBest(t *testing.T) {
	data, held := ramps(12, 24, 1), ramps(200, 24, 2)
	n := mustNew(t, small(), 1)
	h, err := n.Fit(context.Background(), data, Config{
		Epochs: 3000, Batch: 12, LearningRate: 1e-2, Validation: held, Patience: 60,
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Loss) == 3000 || len(h.Validation) != h.Best+60 {
		t.Fatalf("stopped after %d epochs, best %d", len(h.Loss), h.Best)
	}
	for i, v := range h.Validation {
		if v < h.Validation[h.Best-1] {
			t.Errorf("epoch %d is better than %d", i+1, h.Best)
		}
	}
	v := newValidation(n, Config{Validation: held})
	if l := v.measure(); math.Abs(l-h.Validation[h.Best-1]) > 1e-12 {
		t.Errorf("the weights that are left have a loss of %g, the best had %g", l, h.Validation[h.Best-1])
	}
}

func TestSaveThatFailsEndsTraining(t *testing.T) {
	full := errors.New("disk full")
	n := mustNew(t, small(), 1)
	_, err := n.Fit(context.Background(), ramps(40, 24, 1),
		Config{Epochs: 2, Batch: 10, Save: func(*Checkpoint) error { return full }})
	if !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}

func someCheckpoint(t testing.TB) (*Checkpoint, Config, rows) {
	t.Helper()
	var c *Checkpoint
	cfg := Config{Epochs: 2, Batch: 10, Label: "mine"}
	data := ramps(40, 24, 1)
	save := cfg
	save.Save = func(got *Checkpoint) error {
		if c == nil {
			c = got
		}
		return nil
	}
	if _, err := mustNew(t, small(), 1).Fit(context.Background(), data, save); err != nil {
		t.Fatal(err)
	}
	return c, cfg, data
}

func TestResumeRefuses(t *testing.T) {
	c, good, data := someCheckpoint(t)
	good.Resume = c
	for name, change := range map[string]func(*Config){
		"label":      func(c *Config) { c.Label = "other" },
		"epochs":     func(c *Config) { c.Epochs = 3 },
		"seed":       func(c *Config) { c.Seed = 8 },
		"validation": func(c *Config) { c.Validation = data },
	} {
		cfg := good
		change(&cfg)
		if _, err := mustNew(t, small(), 1).Fit(context.Background(), data, cfg); !errors.Is(err, errCheckpoint) {
			t.Errorf("another %s: %v", name, err)
		}
	}
	if _, err := mustNew(t, small(), 1).Fit(context.Background(), ramps(41, 24, 1), good); err == nil ||
		!strings.Contains(err.Error(), "not for 41") {
		t.Errorf("other samples: %v", err)
	}
	other := NewChain(Shape{1, 1, 24}).Dense(24, true).Specs()
	if _, err := mustNew(t, other, 1).Fit(context.Background(), data, good); !errors.Is(err, errCheckpoint) {
		t.Errorf("other layers: %v", err)
	}
}

// TestReadCheckpointRefuses cuts a checkpoint at many places and changes each of
// many bytes.
func TestReadCheckpointRefuses(t *testing.T) {
	c, _, _ := someCheckpoint(t)
	var file bytes.Buffer
	if err := c.Write(&file); err != nil {
		t.Fatal(err)
	}
	raw := file.Bytes()
	step := max(len(raw)/400, 1)
	for i := 0; i < len(raw); i += step {
		if _, err := ReadCheckpoint(bytes.NewReader(raw[:i])); err == nil {
			t.Fatalf("%d of %d bytes are enough", i, len(raw))
		}
		bad := slices.Clone(raw)
		bad[i] ^= 0x10
		if _, err := ReadCheckpoint(bytes.NewReader(bad)); err == nil {
			t.Fatalf("byte %d may be anything", i)
		}
	}
	if got := throughFile(t, c); got.Label() != "mine" || got.Ended() {
		t.Errorf("read label %q, ended %v", got.Label(), got.Ended())
	} else if e, all := got.Epoch(); e != 1 || all != 2 || len(got.History().Loss) != 1 {
		t.Errorf("read epoch %d of %d, history %v", e, all, got.History())
	}
	if err := c.Write(brokenWriter{}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("a broken writer gives %v", err)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func FuzzReadCheckpoint(f *testing.F) {
	c, _, _ := someCheckpoint(f)
	var file bytes.Buffer
	if err := c.Write(&file); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add([]byte(checkpointMagic + "\x02\x00\x00\x00{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, err := ReadCheckpoint(bytes.NewReader(data)); err == nil {
			var again bytes.Buffer
			if err := c.Write(&again); err != nil {
				t.Fatal(err)
			}
			if _, err := ReadCheckpoint(&again); err != nil {
				t.Fatalf("what was read cannot be read again: %v", err)
			}
		}
	})
}
