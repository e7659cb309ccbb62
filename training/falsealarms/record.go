package falsealarms

import (
	"cmp"
	"context"
	"fmt"
	"slices"
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
	Series int32     // that it is heard in, see dataset.Series; 0: by itself
	Table  string    // how it was understood; "": it is no table
	Scores []float64 // of its observations, in order
}

// remarks are what is said of recordings; what is said of several is said once.
type remarks struct {
	times map[string]int
	names map[string]string // of the first
	order []string
}

func newRemarks() *remarks { return &remarks{times: map[string]int{}, names: map[string]string{}} }

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

// Tables says how the tables among recordings were understood. That is nothing odd.
func Tables(recordings []Recording) []string {
	several := newRemarks()
	for _, r := range recordings {
		if r.Table != "" {
			several.add(r.Name, []string{"read as a table: " + r.Table})
		}
	}
	return several.lines()
}

// joined says which recordings are heard as one.
func joined(recordings []Recording) string {
	of := make([]int32, len(recordings))
	for i := range recordings {
		of[i] = recordings[i].Series
	}
	return dataset.SeriesNote(of, 0)
}

// replayed is what a clip gave. There may be a hundred thousand.
type replayed struct {
	scores    []float64
	durationS float64
	levelDBFS float64
	rateHz    int32
	odd       *odd // nil: nothing
}

// odd is what few clips have.
type odd struct {
	table   string
	notes   []string
	clipped uint64
	silent  bool // in part at least
	err     error
}

// none is what clips have that have nothing odd.
var none odd

func (r *replayed) oddity() *odd {
	if r.odd == nil {
		return &none
	}
	return r.odd
}

// replayAll replays clips. The error is ctx's.
func replayAll(ctx context.Context, m *model.Model, channel int, clips []*dataset.Clip) ([]replayed, error) {
	all := make([]replayed, len(clips))
	own := func() (replay.Options, error) {
		o := replay.For(m, channel)
		o.KeepObservations = true
		return o, nil
	}
	return all, parallel.EachWith(ctx, 0, len(clips), own, func(ctx context.Context, o replay.Options, i int) error {
		c, to := clips[i], &all[i]
		r, err := replay.Recording(ctx, o.Under(c.ConditionValues(m.Settings.Conditions)), c.Open)
		if err != nil {
			to.odd = &odd{err: err}
			return ctx.Err()
		}
		to.take(r)
		return nil
	})
}

// take keeps what a replay gave.
func (r *replayed) take(got *replay.Result) {
	r.durationS, r.rateHz = time.Duration(got.Duration).Seconds(), int32(got.SampleRateHz)
	r.levelDBFS = dataset.SilenceDBFS
	if got.LevelDBFS != nil {
		r.levelDBFS = *got.LevelDBFS
	}
	if got.Table != nil || len(got.Notes) > 0 || got.Clipped > 0 || got.Silent > 0 {
		r.odd = &odd{notes: got.Notes, clipped: got.Clipped, silent: got.Silent > 0}
	}
	if got.Table != nil {
		r.odd.table = got.Table.Text
	}
	r.scores = make([]float64, len(got.Scores))
	for k, o := range got.Scores {
		r.scores[k] = o.Score
	}
}

// heard is what a review looks at.
func (r *replayed) heard() *dataset.Heard {
	h := dataset.Heard{DurationS: r.durationS, LevelDBFS: r.levelDBFS}
	h.Sound.SampleRateHz, h.Sound.Clipped = int(r.rateHz), r.oddity().clipped
	return &h
}

// Record replays clips, all of normal sound. Clips that cannot be read or give no observation
// are left out; the notes name them, and say what is odd of others. It is an error when no clip
// can be read.
func Record(
	ctx context.Context, m *model.Model, channel int, clips []*dataset.Clip,
) (recordings []Recording, notes []string, err error) {
	all, err := replayAll(ctx, m, channel, clips)
	if err != nil {
		return nil, nil, err
	}
	var first error
	var review dataset.Reviewer
	series := dataset.Series(len(clips), func(i int) (dataset.Label, string, time.Duration) {
		return clips[i].Label(), clips[i].Name, time.Duration(all[i].durationS * float64(time.Second))
	}, m.Settings.FirstAlarm())
	short, example := 0, ""
	several := newRemarks()
	recordings = make([]Recording, 0, len(all))
	for i := range all {
		r, odd, name := &all[i], all[i].oddity(), clips[i].Name
		switch {
		case odd.err != nil:
			notes = append(notes, fmt.Sprintf("%s: left out: %v", name, odd.err))
			if first == nil {
				first = fmt.Errorf("falsealarms: %s: %w", name, odd.err)
			}
			continue
		case len(r.scores) == 0 && odd.silent:
			notes = append(notes, fmt.Sprintf("%s: left out: silent: %s", name, strings.Join(odd.notes, "; ")))
			continue
		case len(r.scores) == 0:
			if short++; short == 1 {
				example = name
			}
			continue
		}
		review.Add(name, r.heard())
		several.add(name, odd.notes)
		recordings = append(recordings, Recording{
			Name: name, Take: clips[i].Take(), Series: series[i], Table: odd.table, Scores: r.scores,
		})
	}
	slices.SortStableFunc(recordings, func(a, b Recording) int {
		if a.Series == 0 || a.Series != b.Series {
			return cmp.Compare(a.Series, b.Series)
		}
		return dataset.ByNumber(a.Name, b.Name)
	})
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
	return recordings, append(notes, sum.Warnings()...), nil
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
