package learn

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/network"
	"github.com/auscult/auscult/training/pumptest"
)

// TestFamilyUntil: a family with patience goes on until its patience ends, and for exactly so many epochs where
// somebody says how many, or another program trains.
func TestFamilyUntil(t *testing.T) {
	f, err := families.Of(families.ConvName)
	if err != nil || f.Patience == 0 || f.Most <= f.Epochs {
		t.Fatalf("conv: %d epochs, patience %d, at most %d, %v", f.Epochs, f.Patience, f.Most, err)
	}
	for _, c := range []struct {
		name                     string
		o                        Options
		epochs, patience, unheld int
	}{
		{"default", Options{}, f.Most, f.Patience, f.Epochs},
		{"exactly", Options{Epochs: 3}, 3, 0, 0},
		{"exactly, with patience", Options{Epochs: 40, Patience: 2}, 40, 2, 0},
		{"patience alone", Options{Patience: 25}, f.Most, 25, f.Epochs},
		{"held back", Options{ValidationShare: 0.25}, f.Most, f.Patience, f.Epochs},
		{"another program", Options{Engine: elsewhereEngine{}}, f.Epochs, 0, 0},
		{"dense", Options{Family: families.DenseName}, 30, 0, 0},
	} {
		if c.o.Family == "" {
			c.o.Family = families.ConvName
		}
		c.o.Threads = 1
		if err := c.o.complete(); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if c.o.Epochs != c.epochs || c.o.Patience != c.patience || c.o.unheld != c.unheld {
			t.Errorf("%s: %d epochs, patience %d, %d with nothing held back", c.name, c.o.Epochs, c.o.Patience, c.o.unheld)
		}
	}
}

type elsewhereEngine struct{ families.Engine }

// TestUntilEnough ends trainings early, keeps the best epoch, says first how long they may take, and gives the same
// file for the same seed whatever the number of threads.
func TestUntilEnough(t *testing.T) {
	dir := t.TempDir()
	pumptest.Folder(t, dir, 1, 8, 0, 3)
	o := quick(dir)
	o.Family, o.Epochs, o.Patience, o.Rate, o.unheld = families.DenseName, 60, 2, 2e-2, 2
	var said *Enough
	o.Reviewed = func(out *Outcome) { said = out.Enough }
	out, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	n := len(out.Loss)
	if n >= 60 || n != out.BestEpoch+2 || len(out.Validation) != n || len(out.Rates) != n {
		t.Errorf("%d epochs, the best is %d, %d held back", n, out.BestEpoch, len(out.Validation))
	}
	if best := slices.Min(out.Validation); out.Validation[out.BestEpoch-1] != best {
		t.Errorf("epoch %d is kept, of %v", out.BestEpoch, out.Validation)
	}
	p := out.Model.Settings.Provenance
	if p.Epochs != n || p.FinalLoss != out.Loss[out.BestEpoch-1] {
		t.Errorf("the model tells of %d epochs and a loss of %g", p.Epochs, p.FinalLoss)
	}
	cfg := network.Config{LearningRate: o.Rate}
	if want := cfg.Rate(n-1, 60); out.Rates[n-1] != want {
		t.Errorf("the last rate was %g, want %g: of 60 epochs", out.Rates[n-1], want)
	}
	if said == nil || said.Most != 60 || said.Patience != 2 || said.Trainings < 3 || said.AtMost <= 0 {
		t.Errorf("said first: %+v", said)
	}
	o.Threads = 3
	again, err := Run(t.Context(), o)
	if err != nil || !bytes.Equal(out.File, again.File) {
		t.Errorf("another number of threads gives another file, %v", err)
	}
}

// TestPatienceNeedsClips: where one training could hold nothing back, none does, since the threshold comes from
// those of the folds; what was asked for is said.
func TestPatienceNeedsClips(t *testing.T) {
	for clips, want := range map[int]int{3: 2, 6: 5} {
		dir := t.TempDir()
		pumptest.Folder(t, dir, 1, clips, 0, 3)
		o := quick(dir)
		o.Epochs, o.Patience, o.unheld = 5, 5, 2
		out, err := Run(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		few := strings.Contains(strings.Join(out.Warnings, "\n"), "too few clips to hold")
		if len(out.Loss) != want || few != (want == 2) || few != (out.Validation == nil) || few != (out.Enough == nil) {
			t.Errorf("%d clips: %d epochs, %d held back, %q", clips, len(out.Loss), len(out.Validation), out.Warnings)
		}
	}
}
