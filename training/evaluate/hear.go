package evaluate

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/parallel"
)

// heardClip is what one recording gave: itself, or its pieces.
type heardClip struct {
	clips    []Clip
	warnings []string // what is wrong with it
	notes    []string
	spent    time.Duration
	windows  int
	sounds   []dataset.Heard // of the pieces, until they are reviewed
	table    string          // how it was understood; empty: it is no table
	rateHz   int
}

// heardAll is what all recordings gave.
type heardAll struct {
	heardClip // but for the clips
	clips     *Clips
	tables    tablesRead
	rates     ratesHeard
	leftOut   int
}

// hearAll scores clips at every level, a clip a worker at a time, and returns what they gave in the
// clips' order. It clears the list of clips.
func hearAll(
	ctx context.Context, m *model.Model, clips []*dataset.Clip, o Options, reviewers map[dataset.Label]*dataset.Reviewer,
) (all heardAll, err error) {
	count := map[dataset.Label]int{}
	for i := range clips {
		count[clips[i].Label()]++
	}
	may := mayBeSeries(clips, m.Settings.FirstAlarm())
	// Many clips are many results: each goes to its place at once; what is more than one clip, or
	// none, or has something to say, waits beside.
	all.clips, all.tables, all.rates = newClips(m, len(clips)), tablesRead{}, ratesHeard{}
	odd := map[int]heardClip{}
	var mu sync.Mutex
	hearing := dataset.NewHearing(len(clips), func(i int) *dataset.Clip { return clips[i] }, heardTimes, o.Progress)
	all.notes = o.bound(len(clips))
	own := func() (*judge, error) { return newJudge(m, o) }
	err = parallel.EachWith(ctx, o.Workers, len(clips), own, func(ctx context.Context, j *judge, i int) error {
		done := hearing.Clip(j.ears, clips[i])
		j.keep = may[i] > 0
		h, err := j.hear(ctx, clips[i], count[clips[i].Label()] < fewClips)
		if err != nil {
			return err
		}
		if err := dataset.Strictly(h.warnings); o.Strict && err != nil {
			return fmt.Errorf("evaluate: %w", err)
		}
		done()
		mu.Lock()
		defer mu.Unlock()
		for k := range h.sounds {
			reviewers[clips[i].Label()].Add(clips[i].Name, &h.sounds[k])
		}
		h.sounds = nil
		all.tables.add(h.table)
		all.rates[h.rateHz]++
		all.spent, all.windows = all.spent+h.spent, all.windows+h.windows
		if len(h.clips) == 1 && h.warnings == nil && h.notes == nil {
			all.clips.put(i, &h.clips[0])
		} else {
			odd[i] = h
		}
		clips[i] = nil // it is not needed any more
		return nil
	})
	if err != nil {
		return all, err
	}
	if len(odd) > 0 {
		all.merge(odd)
	}
	note, err := all.clips.decideSeries(&m.Settings)
	if note != "" {
		all.notes = append(all.notes, note)
	}
	return all, err
}

// mostInWords is of how many clips it is kept what detectors say of each: a kilobyte.
const mostInWords = 10_000

// bound gives up what would not fit for so many clips, and says what.
func (o *Options) bound(clips int) (notes []string) {
	if o.Words && clips > mostInWords {
		o.Words = false
		notes = append(notes, fmt.Sprintf(
			"what detectors say of each recording in words is left out, since there are more than %d", mostInWords))
	}
	return notes
}

// merge puts what is odd at its place.
func (all *heardAll) merge(odd map[int]heardClip) {
	n, longer := all.clips.Len(), false
	for _, h := range odd {
		n += len(h.clips) - 1
		longer = longer || len(h.clips) > 1
	}
	merged, to := all.clips, 0 // in place, where no clip has come in pieces
	if longer {
		merged = all.clips.alike(n)
	}
	for i := range all.clips.Len() {
		h, is := odd[i]
		if !is {
			merged.move(to, all.clips, i)
			to++
			continue
		}
		all.warnings, all.notes = append(all.warnings, h.warnings...), append(all.notes, h.notes...)
		if len(h.clips) == 0 {
			all.leftOut++
		}
		for k := range h.clips {
			merged.put(to, &h.clips[k])
			to++
		}
	}
	merged.shorten(to)
	all.clips = merged
}

// Long recordings where a label has few are judged in pieces.
const (
	fewClips   = 8
	longS      = 120  // a recording is long
	pieceS     = 60   // of a piece, about
	mostPieces = 1440 // of a recording: longer ones have longer pieces
)

// pieces returns how a recording of some seconds is cut, with gaps of so many, and in how many
// pieces.
func pieces(durationS, gapS float64) (cut dataset.Cut, count int) {
	count = min(mostPieces, int((durationS+gapS)/(pieceS+gapS)))
	return dataset.Cut{PieceS: (durationS - float64(count-1)*gapS) / float64(count), GapS: gapS}, count
}

// gapS is what no two observations on either side of it have in common.
func gapS(m *model.Model) float64 {
	s := &m.Settings
	frames := s.Window.Frames + s.Detector.PoolWindows*s.Window.StrideFrames
	return float64(frames*s.Profile.HopLength+s.Profile.FrameLength) / float64(s.Profile.SampleRateHz)
}

// judge hears clips for one worker.
type judge struct {
	m       *model.Model
	details bool
	words   bool
	ears    *dataset.Listener
	keep    bool     // of the clip each observation, since it may be one of a series
	tallies []*tally // one for each level that is heard at a time
}

func newJudge(m *model.Model, o Options) (*judge, error) {
	ears, err := dataset.NewListener(m.Settings.Profile, o.Channel)
	if err != nil {
		return nil, err
	}
	j := &judge{m: m, details: o.Details, words: o.Words || o.Details, ears: ears}
	for range len(Levels()) - 1 {
		t, err := newTally(m)
		if err != nil {
			return nil, err
		}
		j.tallies = append(j.tallies, t)
	}
	return j, nil
}

// heardTimes is how often hear hears a clip.
const heardTimes = 2

// hear scores a clip at every level. It is heard twice: what brings it to a level needs to know
// its own.
func (j *judge) hear(ctx context.Context, c *dataset.Clip, few bool) (heardClip, error) {
	var h heardClip
	var cut dataset.Cut
	for _, t := range j.tallies {
		defer t.scorer.EndWith(ctx)()
	}
	if few {
		s, err := c.Seconds(ctx)
		if err != nil && ctx.Err() != nil {
			return h, err
		}
		if gap := gapS(j.m); s > longS+gap {
			n := 0
			cut, n = pieces(s, gap)
			h.notes = append(h.notes, fmt.Sprintf(
				"%s is judged in %d pieces of %.0f s, %.1f s apart: they are of one recording, so the intervals are too narrow",
				c.Name, n, cut.PieceS, gap))
		}
	}
	changes := map[int][]dataset.Change{} // of each piece that has a frame
	at := map[int]int{}                   // in h.clips
	warning, err := j.listen(ctx, c, cut, nil, func(piece int, heard dataset.Heard) {
		got := j.tallies[0].clip(c, heard, j.words, j.details)
		got.keep(j.keep, j.tallies[0].scores)
		h.spent, h.windows = h.spent+j.tallies[0].spent, h.windows+j.tallies[0].windows()
		h.rateHz = heard.Sound.SampleRateHz
		if cut.PieceS > 0 {
			if got.Detail != nil {
				got.Cut, got.Piece = cut, piece
			}
			got.name(c, float64(piece)*(cut.PieceS+cut.GapS))
		}
		if heard.Sound.Table != nil {
			h.table = heard.Sound.Table.Text
		}
		if got.Observations == 0 {
			h.warnings = append(h.warnings, fmt.Sprintf("%s: left out: its %.2g s are less than the %.2g s that the model looks at at once",
				got.File, heard.DurationS, j.m.Settings.WindowSpan().Seconds()))
		}
		h.sounds = append(h.sounds, heard)
		at[piece] = len(h.clips)
		h.clips = append(h.clips, got)
		changes[piece] = j.changes(&heard)
	})
	if warning != "" {
		h.warnings = append(h.warnings, warning)
	}
	if err != nil || len(h.clips) == 0 {
		return h, err
	}
	if _, err = j.listen(ctx, c, cut, changes, func(piece int, _ dataset.Heard) {
		if k, heard := at[piece]; heard {
			for i, level := range Levels()[1:] {
				*h.clips[k].Scores.of(level) = j.tallies[i].mean()
			}
		}
	}); err != nil {
		return h, err
	}
	h.clips = slices.DeleteFunc(h.clips, func(c Clip) bool { return c.Observations == 0 })
	return h, nil
}

// changes returns what brings a piece to the levels beyond the first, in their order.
func (j *judge) changes(h *dataset.Heard) []dataset.Change {
	n := &j.m.Settings.Normal
	all := make([]dataset.Change, len(Levels())-1)
	for i, level := range Levels()[1:] {
		switch {
		case level == RMSNormalised && h.LevelDBFS > dataset.SilenceDBFS:
			all[i].SamplesDB = n.LevelDBFS - h.LevelDBFS
		case level == MeanLogMelRemoved:
			all[i].CellsDB = n.MeanLogMelDB - h.MeanDB
		}
	}
	return all
}

// listen hears a clip with changes for each piece that has a frame, nil: as it is.
func (j *judge) listen(ctx context.Context, c *dataset.Clip, cut dataset.Cut, changes map[int][]dataset.Change,
	end func(piece int, h dataset.Heard),
) (warning string, err error) {
	values := c.ConditionValues(j.m.Settings.Conditions)
	begin := func() {
		for _, t := range j.tallies {
			t.begin(values)
		}
	}
	begin()
	ear := dataset.Ear{
		Frame: func(i int, codes []int8) error { j.tallies[i].push(codes); return nil },
		Break: func(i int) error { j.tallies[i].broken(); return nil },
		End: func(piece int, h dataset.Heard) error {
			for _, t := range j.tallies {
				t.end()
			}
			end(piece, h)
			begin()
			return nil
		},
	}
	if changes != nil {
		ear.Changes = func(piece int) []dataset.Change {
			if of, ok := changes[piece]; ok {
				return of
			}
			return make([]dataset.Change, len(j.tallies)) // dead: there is nothing to be heard
		}
	}
	return j.ears.Listen(ctx, c, cut, ear)
}

// name calls a piece by where it begins in its recording.
func (s *Clip) name(c *dataset.Clip, startS float64) {
	clock := func(s float64) string {
		d := time.Duration(s * float64(time.Second)).Round(time.Second)
		return fmt.Sprintf("%d:%02d:%02d", d/time.Hour, d/time.Minute%60, d/time.Second%60)
	}
	s.Recording, s.StartS = c.Name, startS
	s.File = fmt.Sprintf("%s [%s-%s]", c.Name, clock(startS), clock(startS+s.DurationS))
}
