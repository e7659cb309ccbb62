package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/evaluate"
)

// few is what a model tells that has learned few clips.
type few struct {
	Clips    int     `json:"clips"`
	Together float64 `json:"together"` // area of the faults as recorded; 0 where there are none
	Hard     []hard  `json:"hard"`
}

// fewClips are how many.
func fewClips() []int { return []int{4, 8, 16} }

// fewer judges models of few clips; a machine that has no more is not judged by them again.
func (o *options) fewer(ctx context.Context, m machine, learned, test *dataset.Set) (all []few, err error) {
	for _, n := range fewClips() {
		if o.models != "" || learned.Normal().Len() <= n {
			break
		}
		file, err := o.learn(ctx, m, learned, some(learned.Normal(), n))
		if err != nil {
			return nil, fmt.Errorf("%d clips: %w", n, err)
		}
		f, err := judgeFew(ctx, file, test)
		if err != nil {
			return nil, fmt.Errorf("%d clips: %w", n, err)
		}
		f.Clips = n
		all = append(all, f)
	}
	return all, nil
}

func judgeFew(ctx context.Context, file []byte, test *dataset.Set) (f few, err error) {
	m, err := model.Parse(file)
	if err != nil {
		return f, err
	}
	if test, err = evaluate.Unlearned(test, m); err != nil {
		return f, err
	}
	e, err := evaluate.Run(ctx, m, test, evaluate.Options{Channel: m.Settings.Provenance.Channel, Seed: 1})
	if err != nil {
		return f, err
	}
	f.Together = auc(e.Levels[evaluate.AsRecorded])
	f.Hard, err = harden(ctx, m, test)
	return f, err
}

// some draws so many clips.
func some(clips dataset.NormalClips, n int) dataset.NormalClips {
	drawn := map[[sha256.Size]byte]bool{}
	sums := clips.Sums()
	for _, i := range rand.New(rand.NewPCG(4, 8)).Perm(len(sums)) {
		if len(drawn) < n {
			drawn[sums[i]] = true
		}
	}
	return clips.Known(func(sum [sha256.Size]byte) float64 {
		if drawn[sum] {
			return 1
		}
		return 0
	})
}
