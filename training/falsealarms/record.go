package falsealarms

import (
	"context"
	"fmt"
	"time"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/parallel"
	"github.com/auscult/auscult/training/replay"
)

// Recording is one file of normal sound as the decision sees it.
type Recording struct {
	Name   string
	Take   string    // what it was recorded together with; "": nothing else
	Scores []float64 // of its observations, in order
}

// Record replays clips, all of normal sound. Clips that cannot be read or give no observation
// are left out; the notes name them, and say what is odd of others. It is an error when no clip
// can be read.
func Record(
	ctx context.Context, m *model.Model, channel int, all []dataset.Clip,
) (recordings []Recording, notes []string, err error) {
	results := make([]*replay.Result, len(all))
	own := func() (replay.Options, error) {
		o := replay.For(m, channel)
		o.KeepObservations = true
		return o, nil
	}
	failed := make([]error, len(all))
	if err := parallel.EachWith(ctx, 0, len(all), own, func(ctx context.Context, o replay.Options, i int) error {
		o = o.Under(all[i].ConditionValues(m.Settings.Conditions))
		results[i], failed[i] = replay.Recording(ctx, o, all[i].Open)
		return ctx.Err()
	}); err != nil {
		return nil, nil, err
	}
	var first error
	for i, r := range results {
		switch {
		case failed[i] != nil:
			notes = append(notes, fmt.Sprintf("%s: left out: %v", all[i].Name, failed[i]))
			if first == nil {
				first = fmt.Errorf("falsealarms: %s: %w", all[i].Name, failed[i])
			}
			continue
		case r.Observations == 0:
			notes = append(notes, fmt.Sprintf("%s: left out: shorter than an observation of %.1f s",
				all[i].Name, m.Settings.ObservationPeriod().Seconds()))
			continue
		}
		for _, note := range r.Notes {
			notes = append(notes, fmt.Sprintf("%s: %s", all[i].Name, note))
		}
		rec := Recording{Name: all[i].Name, Take: all[i].Take(), Scores: make([]float64, len(r.Scores))}
		for k, o := range r.Scores {
			rec.Scores[k] = o.Score
		}
		recordings = append(recordings, rec)
	}
	if len(recordings) == 0 && first != nil {
		return nil, notes, first
	}
	return recordings, notes, nil
}

// judge runs observations through the node's decision.
type judge struct {
	s      decide.Settings
	period time.Duration
	no     []float64 // band parts: of no interest here
}

func newJudge(s decide.Settings, period time.Duration) *judge {
	s.AverageWindows = 1 // observations are averages already
	return &judge{s: s, period: period, no: []float64{0}}
}

// alarms counts the events in recordings that follow each other with gaps
// between them.
func (j *judge) alarms(recordings []Recording) (count int, err error) {
	d, err := decide.New(j.s, 1)
	if err != nil {
		return 0, err
	}
	var t time.Time
	for _, r := range recordings {
		d.Reset()
		for _, v := range r.Scores {
			t = t.Add(j.period)
			if o, ok := d.Push(t, v, j.no); ok && o.Transition == decide.Started {
				count++
			}
		}
	}
	return count, nil
}

// raises reports whether an alarm starts in block at a threshold, after what
// came before it.
func (j *judge) raises(threshold float64, before, block []float64) (bool, error) {
	s := j.s
	s.Threshold = threshold
	d, err := decide.New(s, 1)
	if err != nil {
		return false, err
	}
	var t time.Time
	for i, part := range [][]float64{before, block} {
		for _, v := range part {
			t = t.Add(j.period)
			if o, ok := d.Push(t, v, j.no); ok && o.Transition == decide.Started && i == 1 {
				return true, nil
			}
		}
	}
	return false, nil
}
