package learn

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/network"
	"github.com/auscult/auscult/training/parallel"
)

// DefaultValidationShare is the part of the clips that validation takes unless told otherwise.
const DefaultValidationShare = 0.2

// fewestParts is how few parts the clips are dealt into where there are too few for more: one of them is held back.
const fewestParts = 3

// planHolding decides into how many parts each training deals its clips to hold one back. Where the family's patience
// wants it, it is the same for all of them: the threshold comes from the trainings of the folds, and would not fit a
// model that was trained otherwise. Who asks for it gets it in each training that can.
func (t *trainer) planHolding() {
	if t.o.Patience == 0 && t.o.ValidationShare == 0 {
		return
	}
	parts := int(math.Round(1 / cmp.Or(t.o.ValidationShare, DefaultValidationShare)))
	t.parts = parts
	if t.o.unheld == 0 {
		return
	}
	least := min(parts, fewestParts)
	for ; t.parts >= least; t.parts-- {
		if t.canHold(t.parts) {
			return
		}
	}
	t.parts = 0
	t.warn(fmt.Sprintf("too few clips to hold one in %d back from every training: all of them went on for %d epochs, "+
		"whether that is enough or not", least, t.epochs()))
}

// canHold reports whether every training can deal its clips into as many parts.
func (t *trainer) canHold(parts int) bool {
	sets := []dataset.NormalFeatures{t.features}
	for _, fold := range t.folds {
		sets = append(sets, fold.Fit)
	}
	return !slices.ContainsFunc(sets, func(features dataset.NormalFeatures) bool {
		_, _, err := features.Folds(parts, t.o.Seed, t.gap())
		return err != nil
	})
}

// epochs returns for how many a training goes on, at the most where it has patience.
func (t *trainer) epochs() int {
	if t.parts == 0 && t.o.unheld > 0 {
		return t.o.unheld
	}
	return t.o.Epochs
}

// holdBack splits features, by clip, into what is learned and what decides when to
// stop. Without patience, or with too few clips, all is learned.
func (t *trainer) holdBack(
	features dataset.NormalFeatures,
) (learned dataset.NormalFeatures, held dataset.NormalWindows, err error) {
	if t.parts == 0 {
		return features, held, nil
	}
	folds, _, err := features.Folds(t.parts, t.o.Seed, t.gap())
	if err != nil {
		t.warn(fmt.Sprintf("too few clips to hold one in %d back: every training went on for all its epochs", t.parts))
		return features, held, nil
	}
	held, err = t.windows(folds[0].Held)
	return folds[0].Fit, held, err
}

// Enough says when trainings end that go on until what is held back improves no more.
type Enough struct {
	Trainings int
	Patience  int           // epochs without improvement
	Most      int           // epochs in all
	AtMost    time.Duration // how long Most epochs of all trainings take on this machine, about; 0: not known
}

// enough says when trainings with patience end, and tries how long they take; nil where they go on for
// epochs that are given.
func (t *trainer) enough(ctx context.Context) (*Enough, error) {
	if t.parts == 0 || t.o.Patience == 0 {
		return nil, nil
	}
	e := &Enough{Trainings: t.total, Patience: t.o.Patience, Most: t.o.Epochs}
	if len(t.conditions) > 0 || !t.desc.Objective.Restores() {
		return e, nil // their steps take more than samples; they are quick
	}
	step, err := t.pace(ctx)
	if err != nil {
		return nil, err
	}
	steps := float64(t.stepsOf(t.features))
	for _, fold := range t.folds {
		steps += float64(t.stepsOf(fold.Fit))
	}
	side := float64(min(t.o.Threads, t.total))
	// What is held back goes forward once in an epoch, which is a third of a step's work.
	part := 1 / float64(t.parts)
	share := (1 - part) + part/3
	e.AtMost = time.Duration(steps * share * float64(e.Most) / side * float64(step))
	return e, nil
}

// stepsOf returns the steps of an epoch over all of features.
func (t *trainer) stepsOf(features dataset.NormalFeatures) int {
	windows := 0
	for _, f := range features.All() {
		windows += t.desc.Window.Count(f.Frames)
	}
	return (min(windows, mostWindows) + t.desc.Batch - 1) / t.desc.Batch
}

// pacing is how many steps are tried: the first one makes room.
const pacing = 3

// pace returns how long a step takes while as many trainings go on as will.
func (t *trainer) pace(ctx context.Context) (time.Duration, error) {
	side := min(t.o.Threads, t.total)
	took := make([]time.Duration, side)
	err := parallel.Each(ctx, side, side, func(ctx context.Context, i int) error {
		net, err := network.New(t.desc.Layers, t.o.Seed)
		if err != nil {
			return err
		}
		net.SetThreads(t.threads)
		var times []time.Time
		_, err = net.Fit(ctx, silence{pacing * t.desc.Batch}, network.Config{
			Epochs: 1, Batch: t.desc.Batch, Progress: func(network.Progress) { times = append(times, time.Now()) },
		})
		if err == nil && len(times) == pacing {
			took[i] = times[pacing-1].Sub(times[0]) / (pacing - 1)
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("learn: try a step: %w", err)
	}
	return slices.Max(took), nil
}

// silence are windows without sound.
type silence struct{ count int }

// Len returns their number.
func (s silence) Len() int { return s.count }

// Sample writes one of them.
func (silence) Sample(_ int, dst []float32) { clear(dst) }
