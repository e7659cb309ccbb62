package evaluate

import (
	"cmp"
	"slices"
	"time"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/state"
	"github.com/auscult/auscult/training/dataset"
)

// mayBeSeries returns a number of each clip that may be one of a series: how long tables are is known when they are
// heard.
func mayBeSeries(clips []*dataset.Clip, need time.Duration) []int32 {
	return dataset.Series(len(clips), func(i int) (dataset.Label, string, time.Duration) {
		c := clips[i]
		return c.Label(), c.Name, max(c.Duration, 1)
	}, need)
}

// keep keeps what a clip needs that may be one of a series.
func (s *Clip) keep(may bool, observed []float64) {
	if may && len(observed) > 1 { // a single one is the highest
		s.observed = slices.Clone(observed)
	}
}

// decideSeries takes the decision once more on clips that are heard in series: alone, each is too short for an alarm.
// It says which rule it followed, nothing where there are none.
func (c *Clips) decideSeries(s *model.Settings) (note string, err error) {
	series := dataset.Series(c.Len(), func(i int) (dataset.Label, string, time.Duration) {
		return c.label(i), c.name(i), time.Duration(c.records[i].durationS * float64(time.Second))
	}, s.FirstAlarm())
	var joined []int32
	for i, k := range series {
		if k > 0 {
			joined = append(joined, int32(i))
		}
	}
	if len(joined) == 0 {
		return "", nil
	}
	slices.SortStableFunc(joined, func(a, b int32) int {
		return cmp.Or(cmp.Compare(series[a], series[b]), dataset.ByNumber(c.name(int(a)), c.name(int(b))))
	})
	return dataset.SeriesNote(series, s.FirstAlarm()), c.decide(s, joined, series)
}

// decide takes the decision on clips in this order, each of a series.
func (c *Clips) decide(s *model.Settings, joined, series []int32) error {
	d, err := decide.New(s.Decision, 1)
	if err != nil {
		return err
	}
	first, period := s.FirstObservation(), s.ObservationPeriod()
	evidence := make([]float64, 1)
	var now time.Time
	last := int32(0)
	for _, i := range joined {
		r := &c.records[i]
		if series[i] != last {
			d.Finish(decide.SourceEnded)
			last = series[i]
		}
		d.Reset() // no mean of windows spans two clips
		r.alarm = false
		for k, v := range r.observed() {
			o, ok := d.Push(now.Add(first+time.Duration(k)*period), v, evidence)
			r.alarm = r.alarm || ok && o.State == state.Alarm
		}
		now = now.Add(time.Duration(r.durationS * float64(time.Second)))
	}
	return nil
}

// name returns what orders a clip in its series: pieces of a recording follow each other as they stand.
func (c *Clips) name(i int) string {
	if r := &c.records[i]; r.more != nil && r.more.recording != "" {
		return r.more.recording
	}
	return c.records[i].file
}

// observed returns the scores of a record's observations.
func (r *record) observed() []float64 {
	if r.more != nil && r.more.scores != nil {
		return r.more.scores
	}
	return []float64{r.highest}
}
