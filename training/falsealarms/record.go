package falsealarms

import (
	"context"
	"fmt"
	"strings"
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

// remarks are what is said of recordings; what is said of several is said once.
type remarks struct {
	times map[string]int
	names map[string]string // of the first
	order []string
}

func (r *remarks) add(name string, notes []string) {
	for _, note := range notes {
		if r.times[note]++; r.times[note] == 1 {
			r.order = append(r.order, note)
			r.names[note] = name
		}
	}
}

func (r *remarks) lines() (lines []string) {
	for _, note := range r.order {
		name := r.names[note]
		if n := r.times[note]; n > 1 {
			name = fmt.Sprintf("%s and %d more", name, n-1)
		}
		lines = append(lines, name+": "+note)
	}
	return lines
}

// Record replays clips, all of normal sound. Clips that cannot be read or give no observation
// are left out; the notes name them, and say what is odd of others. It is an error when no clip
// can be read.
func Record(
	ctx context.Context, m *model.Model, channel int, all []dataset.Clip,
) (recordings []Recording, notes []string, err error) {
	results := make([]Recording, len(all))
	own := func() (replay.Options, error) {
		o := replay.For(m, channel)
		o.KeepObservations = true
		return o, nil
	}
	failed, said := make([]error, len(all)), make([][]string, len(all))
	sounds := make([]dataset.Heard, len(all))
	silent := make([]bool, len(all))
	if err := parallel.EachWith(ctx, 0, len(all), own, func(ctx context.Context, o replay.Options, i int) error {
		o = o.Under(all[i].ConditionValues(m.Settings.Conditions))
		r, err := replay.Recording(ctx, o, all[i].Open)
		if err != nil {
			failed[i] = err
			return ctx.Err()
		}
		said[i], sounds[i], silent[i] = r.Notes, heardOf(r), r.Silent > 0
		results[i] = Recording{Name: all[i].Name, Take: all[i].Take(), Scores: make([]float64, len(r.Scores))}
		for k, o := range r.Scores {
			results[i].Scores[k] = o.Score
		}
		return nil
	}); err != nil {
		return nil, nil, err
	}
	var first error
	var review dataset.Reviewer
	short, example := 0, ""
	several := remarks{times: map[string]int{}, names: map[string]string{}}
	for i, r := range results {
		switch {
		case failed[i] != nil:
			notes = append(notes, fmt.Sprintf("%s: left out: %v", all[i].Name, failed[i]))
			if first == nil {
				first = fmt.Errorf("falsealarms: %s: %w", all[i].Name, failed[i])
			}
			continue
		case len(r.Scores) == 0 && silent[i]:
			notes = append(notes, fmt.Sprintf("%s: left out: silent: %s", all[i].Name, strings.Join(said[i], "; ")))
			continue
		case len(r.Scores) == 0:
			if short++; short == 1 {
				example = all[i].Name
			}
			continue
		}
		review.Add(all[i].Name, &sounds[i])
		several.add(all[i].Name, said[i])
		recordings = append(recordings, r)
	}
	notes = append(notes, several.lines()...)
	if len(recordings) == 0 && first != nil {
		return nil, notes, first
	}
	if short > 0 {
		if short > 1 {
			example = fmt.Sprintf("%d recordings, as %s", short, example)
		}
		notes = append(notes, fmt.Sprintf("%s: left out: shorter than the %.2g s that the model's first observation takes",
			example, m.Settings.FirstObservation().Seconds()))
	}
	sum := review.Review(m.Settings.Profile.SampleRateHz)
	notes = append(notes, sum.Warnings()...)
	return recordings, notes, nil
}

// Blocks of recordings that are too few to tell how they differ.
const (
	mostBlocks  = 24 // of a recording
	blockLength = 60 // observations of a block, at least
)

// cut cuts fewer than minFiles recordings, by time, to blocks that count as takes, if they are long
// enough: between two, as many observations are left out as a decision looks back on. count is
// that of the blocks, 0 where nothing was cut.
func cut(recordings []Recording) (blocks []Recording, count int) {
	if len(recordings) >= minFiles {
		return recordings, 0
	}
	gap := rules[len(rules)-1][1]
	for _, r := range recordings {
		n := min(mostBlocks, (len(r.Scores)+gap)/(blockLength+gap))
		if n < 2 {
			blocks = append(blocks, r)
			continue
		}
		count += n
		each := (len(r.Scores) + gap) / n
		for k := range n {
			name := fmt.Sprintf("%s, block %d of %d", r.Name, k+1, n)
			blocks = append(blocks, Recording{Name: name, Take: name, Scores: r.Scores[k*each : (k+1)*each-gap]})
		}
	}
	return blocks, count
}

// heardOf says what a replay measured of a recording.
func heardOf(r *replay.Result) dataset.Heard {
	h := dataset.Heard{DurationS: time.Duration(r.Duration).Seconds(), LevelDBFS: dataset.SilenceDBFS}
	if r.LevelDBFS != nil {
		h.LevelDBFS = *r.LevelDBFS
	}
	h.Sound.SampleRateHz, h.Sound.Clipped = r.SampleRateHz, r.Clipped
	return h
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
