package learn

import (
	"context"
	"fmt"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/training/dataset"
)

// review hears what there is to learn, says so, and plans the trainings.
func (t *trainer) review(ctx context.Context, out *Outcome) error {
	features, warnings, err := dataset.ExtractNormal(ctx, t.clips, dataset.Options{
		Profile: t.o.Profile, Channel: t.o.Channel, Workers: t.o.Threads, Cache: t.o.Cache,
		Progress: func(p dataset.Progress) { t.o.report(Progress{Step: fmt.Sprintf("features of %s", p)}) },
	})
	t.features = features
	out.Warnings = append(out.Warnings, warnings...)
	if err != nil {
		return err
	}
	if err := dataset.Strictly(out.Warnings); t.o.Strict && err != nil {
		return fmt.Errorf("learn: %w", err)
	}
	if err := t.leaveShort(out); err != nil {
		return err
	}
	for _, c := range t.features.Clips().All() {
		out.Clips = append(out.Clips, c.Name)
	}
	out.LeftOut = t.clips.Len() - len(out.Clips)
	out.Review = dataset.ReviewOf(t.features, t.o.Profile.SampleRateHz)
	if err := out.Review.CheckUnits(); err != nil {
		return err
	}
	out.Warnings = append(out.Warnings, out.Review.Warnings()...)
	before := len(out.Warnings)
	out.Warnings = append(out.Warnings, t.drift()...)
	out.Drifts = len(out.Warnings) > before
	out.TempBytes, out.TempDir = t.features.OnDisk()
	t.deal()
	var memory error
	if t.o.Imported == nil && t.o.Engine == nil {
		free, known := freeMemory()
		memory = t.checkMemory(out, free, known)
	}
	if memory == nil {
		if out.Enough, err = t.enough(ctx); err != nil {
			return err
		}
	}
	if t.o.Reviewed != nil {
		t.o.Reviewed(out)
	}
	if !t.desc.Objective.Restores() && t.o.FineTune > 0 {
		return fmt.Errorf("learn: the family %s restores nothing: fine-tuning does not know what to aim at", t.o.Family)
	}
	if k, _ := detect.KindOf(t.o.Alone); !t.outline().Offers(k.Needs) {
		return fmt.Errorf("learn: the family %s restores nothing: the detector %s cannot stand alone", t.o.Family, t.o.Alone)
	}
	return memory
}

// gap is how many frames are left out where a recording is cut: a window and an observation, so that
// what is scored on one side has nothing of what was learned on the other.
func (t *trainer) gap() int { return t.desc.Window.Frames + t.pool*t.desc.Window.StrideFrames }

// deal deals the clips into folds, and plans the trainings.
func (t *trainer) deal() {
	t.choosePool()
	k := t.o.Folds
	if k == 0 {
		k = DefaultFolds
	}
	// Duplicates share a fold, so there may be fewer folds than clips.
	for ; k >= 2; k-- {
		folds, blocks, err := t.features.Folds(k, t.o.Seed, t.gap())
		if err == nil {
			t.folds, t.blocks = folds, blocks
			break
		}
	}
	if t.blocks > 0 {
		t.warnings = append(t.warnings, fmt.Sprintf(
			"most of the sound is one recording: for the threshold it was cut to %d blocks, of which each is scored by a model "+
				"that has not learned it nor %.1f s around it; other days and speeds than this recording's are not known",
			t.blocks, float64(t.gap()*t.o.Profile.HopLength)/float64(t.o.Profile.SampleRateHz)))
	}
	t.steps = map[string]float64{}
	t.total = len(t.folds) + 1
	t.planHolding()
	// Trainings side by side use the processor better than threads within one.
	t.threads = max(1, t.o.Threads/t.total)
}
