package learn

import (
	"context"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/detectors"
	"github.com/auscult/auscult/training/parallel"
)

// mostSamples bounds the observations that are in memory, to fit the detectors to: 4.7 hours of
// them. Of more sound they are taken evenly, and the others are heard a second time, to be scored.
const mostSamples = 8192

// heard is what models said of clips that they had not learned, fold after fold, each in the
// clips' order. Observations are numbered through.
type heard struct {
	held    []dataset.NormalFeatures // of each fold
	begin   []int                    // number of each one's first observation
	total   int
	most    int   // observations that are kept
	lengths []int // observations of each clip or piece that has any

	models  []*fitted         // of each fold
	samples [][]detect.Sample // of each fold: those that are kept
}

// listening counts what there will be to hear.
func (t *trainer) listening() *heard {
	h := &heard{most: t.samples}
	for _, f := range t.folds {
		h.held = append(h.held, f.Held)
	}
	if len(h.held) == 0 {
		h.held = []dataset.NormalFeatures{t.features}
	}
	for _, held := range h.held {
		h.begin = append(h.begin, h.total)
		for _, f := range held.All() {
			if n := t.observations(f.Frames); n > 0 {
				h.lengths = append(h.lengths, n)
				h.total += n
			}
		}
	}
	h.models, h.samples = make([]*fitted, len(h.held)), make([][]detect.Sample, len(h.held))
	return h
}

// observations returns how many a clip of some frames gives: what is shorter than one counts as one.
func (t *trainer) observations(frames int) int {
	windows := t.desc.Window.Count(frames)
	return max(min(windows, 1), windows/t.pool)
}

// keeps says whether the observation of a number is kept.
func (h *heard) keeps(i int) bool {
	return h.total <= h.most || (i+1)*h.most/h.total != i*h.most/h.total
}

// first hears a fold with its model, and keeps some of the observations.
func (h *heard) first(ctx context.Context, t *trainer, fold int, f *fitted) error {
	h.models[fold] = f
	at := h.begin[fold]
	return t.observe(ctx, f, h.held[fold], func(s detect.Sample) {
		if h.keeps(at) {
			s.Observation = s.Clone()
			h.samples[fold] = append(h.samples[fold], s)
		}
		at++
	})
}

// kept returns the observations that were kept.
func (h *heard) kept() (all []detect.Sample) {
	for _, s := range h.samples {
		all = append(all, s...)
	}
	return all
}

// scores returns what an ensemble scores of all observations without knowing them; rows are those
// of the ones that were kept. The others are heard again.
func (h *heard) scores(
	ctx context.Context, t *trainer, c *detectors.CrossFitted, fusion detect.Fusion,
) ([]float64, error) {
	scores := make([]float64, h.total)
	next := make([]int, len(h.held)) // row of each fold's first observation
	for i := 1; i < len(next); i++ {
		next[i] = next[i-1] + len(h.samples[i-1])
	}
	if h.total <= h.most {
		for i, row := range c.Rows {
			scores[i] = fusion.Of(row)
		}
		return scores, nil
	}
	return scores, parallel.Each(ctx, t.o.Threads, len(h.held), func(ctx context.Context, fold int) error {
		other := c.NewScorer()
		at, row := h.begin[fold], next[fold]
		return t.observe(ctx, h.models[fold], h.held[fold], func(s detect.Sample) {
			if h.keeps(at) {
				scores[at] = fusion.Of(c.Rows[row])
				row++
			} else {
				scores[at] = fusion.Of(other(&s))
			}
			at++
		})
	})
}

// observe runs clips through the node's scorer with a fitted model. What take gets is valid until
// it returns.
func (t *trainer) observe(
	ctx context.Context, f *fitted, clips dataset.NormalFeatures, take func(detect.Sample),
) error {
	ear, err := t.newEar(f)
	if err != nil {
		return err
	}
	defer ear.scorer.EndWith(ctx)()
	for _, c := range clips.All() {
		if ear.hear(c, nil, take); ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return ctx.Err()
}

// ear is the node's scorer with a fitted model.
type ear struct {
	scorer     *model.Scorer
	conditions []model.Condition
}

func (t *trainer) newEar(f *fitted) (*ear, error) {
	m, err := t.provisional(f)
	if err != nil {
		return nil, err
	}
	scorer, err := m.NewScorer()
	return &ear{scorer, t.conditions}, err
}

// hear scores a clip from its begin, or what change makes of its frames' codes; a change that returns
// none has heard enough. What take gets is valid until it returns.
func (e *ear) hear(c *dataset.Features, change func(codes []int8) []int8, take func(detect.Sample)) {
	e.scorer.Reset()
	e.scorer.SetConditions(c.ConditionValues(e.conditions))
	some := false
	observed := func(_ model.Score, ok bool) {
		if ok {
			some = true
			take(detect.Sample{
				Clip: c.Source(), Target: c.Domain() == dataset.TargetDomain, Observation: *e.scorer.Observed(),
			})
		}
	}
	c.Each(func(codes []int8) {
		if change != nil {
			if codes = change(codes); codes == nil {
				return
			}
		}
		observed(e.scorer.Push(codes))
	})
	if !some {
		observed(e.scorer.Flush()) // shorter than an observation: what there is of it
	}
}
