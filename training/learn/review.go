package learn

import (
	"context"
	"fmt"
	"math"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/training/dataset"
)

// review hears what there is to learn, says so, and plans the trainings.
func (t *trainer) review(ctx context.Context, out *Outcome) error {
	features, warnings, err := dataset.ExtractNormal(ctx, t.clips, dataset.Options{
		Profile: t.o.Profile, Channel: t.o.Channel, Workers: t.o.Threads, Cache: t.o.Cache,
		Progress: func(done, total int) {
			t.o.report(Progress{Step: fmt.Sprintf("features of clip %d of %d", done, total)})
		},
	})
	t.features = features
	out.Warnings = append(out.Warnings, warnings...)
	if err != nil {
		return err
	}
	if err := dataset.Strictly(out.Warnings); t.o.Strict && err != nil {
		return fmt.Errorf("learn: %w", err)
	}
	for _, c := range features.Clips().Clips() {
		out.Clips = append(out.Clips, c.Name)
	}
	out.LeftOut = t.clips.Len() - len(out.Clips)
	out.Review = dataset.ReviewOf(features.All(), t.o.Profile.SampleRateHz)
	out.Warnings = append(out.Warnings, out.Review.Warnings()...)
	if t.o.Reviewed != nil {
		t.o.Reviewed(out)
	}
	if !t.desc.Objective.Restores() && t.o.FineTune > 0 {
		return fmt.Errorf("learn: the family %s restores nothing: fine-tuning does not know what to aim at", t.o.Family)
	}
	if k, _ := detect.KindOf(t.o.Alone); !t.outline().Offers(k.Needs) {
		return fmt.Errorf("learn: the family %s restores nothing: the detector %s cannot stand alone", t.o.Family, t.o.Alone)
	}
	t.plan()
	if t.o.Imported != nil || t.o.Engine != nil {
		return nil
	}
	return t.checkMemory(freeMemory())
}

// plan deals the clips into folds.
func (t *trainer) plan() {
	clips := t.features.Clips()
	k := t.o.Folds
	if k == 0 {
		k = DefaultFolds
	}
	// Duplicates share a fold, so there may be fewer folds than clips.
	for k = min(k, clips.Len()); k >= 2; k-- {
		folds, err := dataset.Folds(clips, k, t.o.Seed)
		if err == nil {
			t.folds = folds
			break
		}
	}
	stride := float64(t.desc.Window.StrideFrames*t.o.Profile.HopLength) / float64(t.o.Profile.SampleRateHz)
	t.pool = max(1, int(math.Round(observationS/stride)))
	t.steps = map[string]float64{}
	t.total = len(t.folds) + 1
	// Trainings side by side use the processor better than threads within one.
	t.threads = max(1, t.o.Threads/t.total)
}
