package evaluate

import (
	"fmt"
	"slices"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/dataset"
)

// review says what the clips are like: what should be looked at before the result is believed.
func (r *Result) review(m *model.Model, reviewers map[dataset.Label]*dataset.Reviewer) (notes []string) {
	r.Review = map[dataset.Label]dataset.Review{}
	for _, label := range []dataset.Label{dataset.Normal, dataset.Abnormal} {
		review := reviewers[label].Review(m.Settings.Profile.SampleRateHz)
		if review.Clips == 0 {
			continue
		}
		r.Review[label] = review
		if label == dataset.Abnormal {
			review.Loud = nil // faults may be as loud as they like
		}
		for _, w := range review.Warnings() {
			if !slices.Contains(notes, w) {
				notes = append(notes, w)
			}
		}
	}
	normal, abnormal := r.Review[dataset.Normal], r.Review[dataset.Abnormal]
	if normal.Clips > 0 && abnormal.Clips > 0 && !slices.Equal(normal.RatesHz, abnormal.RatesHz) {
		notes = append(notes, fmt.Sprintf("normal clips have %v Hz and abnormal ones %v Hz: "+
			"what tells them apart may be the recorder", normal.RatesHz, abnormal.RatesHz))
	}
	first := m.Settings.FirstObservation().Seconds()
	short := 0
	for i := range r.Clips.records {
		if r.Clips.records[i].durationS < first {
			short++
		}
	}
	if short > 0 {
		notes = append(notes, fmt.Sprintf("%d clips are shorter than the %.2g s of the model's first observation, "+
			"which a node waits for: they are judged by what there is of them", short, first))
	}
	return notes
}
