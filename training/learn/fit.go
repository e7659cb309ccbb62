package learn

import (
	"context"
	"fmt"
	"strings"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/detectors"
	"github.com/auscult/auscult/training/parallel"
)

// fit trains the model that is kept, and for each fold the model that scores
// it, side by side. It returns the first and what the others said of the clips
// that they had not learned.
func (t *trainer) fit(ctx context.Context, out *Outcome) (final *fitted, normal *heard, err error) {
	if err := t.makeCheckpoints(); err != nil {
		return nil, nil, err
	}
	normal = t.listening()
	jobs := []func(context.Context) error{func(ctx context.Context) (err error) {
		final, err = t.network(ctx, t.features, keptName, "the model that is kept")
		return err
	}}
	for i, fold := range t.folds {
		jobs = append(jobs, func(ctx context.Context) error {
			step := fmt.Sprintf("fold %d of %d", i+1, len(t.folds))
			f, err := t.network(ctx, fold.Fit, strings.ReplaceAll(step, " ", "-"), step)
			if err != nil {
				return err
			}
			return normal.first(ctx, t, i, f)
		})
	}
	each := func(ctx context.Context, i int) error { return jobs[i](ctx) }
	if err := parallel.Each(ctx, t.o.Threads, len(jobs), each); err != nil {
		return nil, nil, err
	}
	if len(t.folds) == 0 {
		t.warnings = append(t.warnings,
			"there is one clip only, and a short one: the threshold comes from sound that was learned and is too low; "+
				"record more clips, or a longer one")
		if err := normal.first(ctx, t, 0, final); err != nil {
			return nil, nil, err
		}
	}
	if err := t.features.Err(); err != nil {
		return nil, nil, err
	}
	if normal.total < 2 {
		return nil, nil, fmt.Errorf(
			"learn: %d clips give %d observations of %s: at least 2 are needed, record longer clips",
			t.features.Len(), normal.total, seconds(t.observedS()))
	}
	out.Warnings = append(out.Warnings, t.warnings...)
	out.Quantisation = final.loss
	for _, loss := range final.history.Loss {
		loss, out.LossUnit = t.desc.Objective.Loss(loss, t.spanDB())
		out.Loss = append(out.Loss, loss)
	}
	t.trace(out, final.history)
	return final, normal, nil
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
