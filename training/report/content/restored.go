package content

import (
	"context"
	"errors"
	"iter"
	"math"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/dataset"
)

// Restored gives frames of levels in dB to do by their numbers, each with what a model makes of it; both are valid
// until it returns. A frame whose first level is no number is a gap, which no window spans, and is left out, as are
// frames behind the last window.
func Restored(
	ctx context.Context, m *model.Model, file []byte, frames iter.Seq[[]float32],
	do func(i int, input, restored []float32),
) error {
	switch s := &m.Settings; {
	case !s.Restores():
		return errors.New("content: this model restores nothing: its kind tells moments apart")
	case len(s.Conditions) > 0:
		return errors.New("content: this model takes operating conditions, which a recording alone does not say")
	}
	graph, err := tflite.Parse(file)
	if err != nil {
		return err
	}
	p, err := newPainter(graph, &m.Settings)
	if err != nil {
		return err
	}
	low, span := m.Settings.Profile.MinDB, m.Settings.Profile.MaxDB-m.Settings.Profile.MinDB
	codes := make([]int8, m.Settings.Profile.Bands)
	nothing := &dataset.Clip{}
	defer p.it.EndWith(ctx)()
	frame, next := 0, 0
	row := func(input, restored []float32) {
		do(next, input, restored)
		next++
	}
	p.begin(nothing, row)
	for cells := range frames {
		if ctx.Err() != nil {
			continue // frames may come from what cannot be left
		}
		if cells[0] != cells[0] {
			p.end()
			p.begin(nothing, row)
			frame++
			next = frame
			continue
		}
		frame++
		for b, v := range cells {
			codes[b] = int8(max(0, min(255, math.Round(255*(float64(v)-low)/span))) - 128)
		}
		p.push(codes)
	}
	p.end()
	return ctx.Err()
}
