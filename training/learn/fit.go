package learn

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/detectors"
	"github.com/auscult/auscult/training/parallel"
)

// fit trains the model that is kept, and for each fold the model that scores
// it, side by side. It returns the first and what the others said of the clips
// that they had not learned, in the clips' order within each fold.
func (t *trainer) fit(ctx context.Context, out *Outcome) (final *fitted, normal []detect.Sample, err error) {
	if err := t.makeCheckpoints(); err != nil {
		return nil, nil, err
	}
	held := make([][]detect.Sample, len(t.folds))
	jobs := []func(context.Context) error{func(ctx context.Context) (err error) {
		final, err = t.network(ctx, t.features, keptName, "the model that is kept")
		return err
	}}
	for i, fold := range t.folds {
		jobs = append(jobs, func(ctx context.Context) error {
			step := fmt.Sprintf("fold %d of %d", i+1, len(t.folds))
			f, err := t.network(ctx, t.features.Of(fold.Fit), strings.ReplaceAll(step, " ", "-"), step)
			if err != nil {
				return err
			}
			held[i], err = t.observe(f, t.features.Of(fold.Held))
			return err
		})
	}
	each := func(ctx context.Context, i int) error { return jobs[i](ctx) }
	if err := parallel.Each(ctx, t.o.Threads, len(jobs), each); err != nil {
		return nil, nil, err
	}
	normal = slices.Concat(held...)
	if len(t.folds) == 0 {
		t.warnings = append(t.warnings,
			"there is one clip only: the threshold comes from sound that was learned and is too low; record more clips")
		if normal, err = t.observe(final, t.features); err != nil {
			return nil, nil, err
		}
	}
	if len(normal) < 2 {
		return nil, nil, fmt.Errorf(
			"learn: %d clips give %d observations of %.1f s: at least 2 are needed, record longer clips",
			t.features.Len(), len(normal), observationS)
	}
	out.Warnings = append(out.Warnings, t.warnings...)
	out.Quantisation = final.loss
	for _, loss := range final.history.Loss {
		loss, out.LossUnit = t.desc.Objective.Loss(loss, t.spanDB())
		out.Loss = append(out.Loss, loss)
	}
	return final, normal, nil
}

// observe runs clips through the node's scorer with a fitted model.
func (t *trainer) observe(f *fitted, clips dataset.NormalFeatures) ([]detect.Sample, error) {
	m, err := t.provisional(f)
	if err != nil {
		return nil, err
	}
	scorer, err := m.NewScorer()
	if err != nil {
		return nil, err
	}
	bands := t.o.Profile.Bands
	var all []detect.Sample
	for _, c := range clips.All() {
		scorer.Reset()
		scorer.SetConditions(c.ConditionValues(t.conditions))
		before := len(all)
		take := func(_ model.Score, ok bool) {
			if ok {
				all = append(all, detect.Sample{
					Clip: c.Path, Target: c.Domain == dataset.TargetDomain, Observation: scorer.Observed().Clone(),
				})
			}
		}
		for i := range c.Frames {
			take(scorer.Push(c.Codes[i*bands : (i+1)*bands]))
		}
		if len(all) == before {
			take(scorer.Flush()) // shorter than an observation: what there is of it
		}
	}
	return all, nil
}

// provisional gives a fitted model settings that let it score. Nothing that it
// decides is used.
func (t *trainer) provisional(f *fitted) (*model.Model, error) {
	s := t.outline()
	s.Decision = decide.Settings{Threshold: 1, Method: "none yet", AverageWindows: 1, K: 1, N: 1, ClearRatio: 1}
	s.Golden = f.golden
	s.Detector = model.Detector{PoolWindows: t.pool, Ensemble: detectors.Deaf()}
	data, err := model.Encode(f.graph, s)
	if err != nil {
		return nil, err
	}
	return model.Parse(data)
}
