package content

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/metrics"
)

// Dates is how normal sound changed from one part of the time to the next, by the dates of the recordings.
type Dates struct {
	By      string   `json:"dates_by"` // what said when they were made
	Each    string   `json:"each"`     // month, week or day
	Undated int      `json:"undated_clips"`
	Periods []Period `json:"periods"`
	// Retrained says that models were trained for First and Before.
	Retrained bool   `json:"retrained"`
	Family    string `json:"family,omitempty"` // of those
	Why       string `json:"why_not,omitempty"`
}

// Period is one part of the time.
type Period struct {
	Name  string `json:"name"` // 2026-03, or the first day
	Clips int    `json:"clips"`
	// Given is the model's word on those clips that it has not learned, First that of a model of the first period,
	// and Before that of one that was learned anew of the period before; nil: none.
	Given  *Judged `json:"given,omitempty"`
	First  *Judged `json:"first,omitempty"`
	Before *Judged `json:"before,omitempty"`
}

// Judged is what a model makes of a period's normal clips.
type Judged struct {
	Clips  int     `json:"clips"`
	Ratio  float64 `json:"ratio"`  // median of the clips' scores, by the threshold
	Alarms int     `json:"alarms"` // clips that raise a false alarm
}

// What a study takes of dated recordings.
const (
	datedShare   = 0.8 // of the clips have dates, at the least
	leastPeriods = 3
	mostPeriods  = 24
	leastLearned = 4  // clips of a period that a model is learned of
	mostJudged   = 24 // clips of a period
)

// dated is a normal clip with its date.
type dated struct {
	clip *dataset.Clip
	at   time.Time
}

// addDates looks at normal sound by date. What was learned is judged only by models that have not learned it.
func (s *Study) addDates(ctx context.Context, o *Options) error {
	if s.Result == nil || s.Result.Normal == 0 {
		return nil
	}
	all := o.Set.Normal().Clips()
	seen := map[string]bool{}
	for _, c := range all {
		seen[c.Hash()] = true
	}
	if o.Learned != nil {
		for _, c := range o.Learned.Normal().Clips() {
			if !seen[c.Hash()] {
				all = append(all, c)
			}
		}
	}
	clips, by := datesOf(all)
	if float64(len(clips)) < datedShare*float64(len(all)) {
		return nil
	}
	groups, each := periods(clips)
	if len(groups) < leastPeriods {
		return nil
	}
	d := &Dates{By: by, Each: each, Undated: len(all) - len(clips)}
	for _, g := range groups {
		d.Periods = append(d.Periods, Period{Name: periodName(g[0].at, each), Clips: len(g), Given: s.given(g)})
	}
	s.Dates = d
	if d.Why = s.mayRetrain(o, groups); d.Why != "" {
		return nil
	}
	return s.retrain(ctx, o, groups)
}

// datesOf returns the clips that have dates, in their order.
func datesOf(all []*dataset.Clip) (clips []dated, by string) {
	said := map[string]bool{}
	for _, c := range all {
		if at, by, ok := c.Recorded(); ok {
			clips = append(clips, dated{c, at})
			said[by] = true
		}
	}
	slices.SortStableFunc(clips, func(a, b dated) int { return a.at.Compare(b.at) })
	switch {
	case len(said) > 1:
		by = "their names, or Broadcast Wave"
	case said["Broadcast Wave"]:
		by = "Broadcast Wave"
	default:
		by = "their names"
	}
	return clips, by
}

// periods parts clips by month, or by week or day where they span less than three months or weeks.
func periods(clips []dated) (groups [][]dated, each string) {
	if len(clips) == 0 {
		return nil, ""
	}
	span := clips[len(clips)-1].at.Sub(clips[0].at)
	const day = 24 * time.Hour
	each = "month"
	switch {
	case span < 15*day:
		each = "day"
	case span < 61*day:
		each = "week"
	case span > mostPeriods*31*day:
		each = "year"
	}
	last := ""
	for _, c := range clips {
		if name := periodName(c.at, each); name != last {
			groups = append(groups, nil)
			last = name
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], c)
	}
	return groups, each
}

// periodName names the period that a time lies in; names sort by time.
func periodName(at time.Time, each string) string {
	switch each {
	case "day":
		return at.Format("2006-01-02")
	case "week":
		year, week := at.ISOWeek()
		return fmt.Sprintf("%d-W%02d", year, week)
	case "year":
		return at.Format("2006")
	}
	return at.Format("2006-01")
}

// given is the word of the model that is studied, as it stands everywhere on the page.
func (s *Study) given(clips []dated) *Judged {
	names := map[string]bool{}
	for _, c := range clips {
		names[c.clip.Name] = true
	}
	var ratios []float64
	j := &Judged{}
	for _, c := range s.Result.Clips.All() {
		if c.Label == dataset.Normal && (names[c.File] || names[c.Recording]) {
			ratios = append(ratios, c.Ratio)
			j.Alarms += count(c.Alarm)
		}
	}
	if len(ratios) == 0 {
		return nil
	}
	j.Clips, j.Ratio = len(ratios), metrics.Quantile(ratios, 0.5)
	return j
}

// mayRetrain says why nothing is learned anew; empty: it is.
func (s *Study) mayRetrain(o *Options, groups [][]dated) string {
	switch {
	case !o.Retrain:
		return "give --retrain, and what was learned (--learn), to see what learning anew would have done"
	case o.Learned == nil:
		return "learning anew needs what was learned: --learn"
	case len(s.Settings.Conditions) > 0:
		return "a model with operating conditions is not learned anew here"
	case len(groups[0]) < leastLearned:
		return fmt.Sprintf("the first %d recordings are too few to learn from: %d at the least", len(groups[0]), leastLearned)
	case len(groups) > mostPeriods:
		return fmt.Sprintf("there are more than %d periods", mostPeriods)
	}
	return ""
}

// retrain learns a model of each period but the last, and asks those of the first and of the one before about each.
func (s *Study) retrain(ctx context.Context, o *Options, groups [][]dated) error {
	d := s.Dates
	d.Retrained, d.Family = true, s.Settings.Family
	if _, err := families.Of(d.Family); err != nil {
		d.Family = families.DenseName // an imported one
	}
	var first, before *model.Model
	for i, g := range groups {
		p := &d.Periods[i]
		if i > 0 {
			var err error
			if p.First, err = s.askedOf(ctx, o, first, g); err != nil {
				return err
			}
			if p.Before, err = s.askedOf(ctx, o, before, g); err != nil {
				return err
			}
		}
		if i == len(groups)-1 || len(g) < leastLearned {
			continue // what was learned last stays
		}
		m, err := s.learnedOf(ctx, o, p.Name, g)
		if err != nil {
			return fmt.Errorf("content: learn anew of %s: %w", p.Name, err)
		}
		if before = m; first == nil {
			first = m
		}
	}
	return nil
}

// learnedOf learns a model of a period.
func (s *Study) learnedOf(ctx context.Context, o *Options, name string, clips []dated) (*model.Model, error) {
	sums := map[string]bool{}
	for _, c := range clips {
		sums[c.clip.Hash()] = true
	}
	lo := s.training(o, s.Dates.Family)
	lo.Name = "of " + name
	of := func(sum [sha256.Size]byte) float64 {
		if sums[fmt.Sprintf("%x", sum)] {
			return 1
		}
		return 0
	}
	lo.Clips = o.Learned.Normal().Known(of)
	if others := o.Set.Normal().Known(of); others.Len() > lo.Clips.Len() {
		lo.Set, lo.Clips = o.Set, others
	}
	files, err := o.learned(ctx, lo)
	if err != nil {
		return nil, err
	}
	return model.Parse(files.int8)
}

// askedOf plays a period's clips to a model.
func (s *Study) askedOf(ctx context.Context, o *Options, m *model.Model, clips []dated) (*Judged, error) {
	other := &Study{Model: m, Settings: &m.Settings}
	var chosen []*dataset.Clip
	for _, i := range spread(len(clips), mostJudged) {
		chosen = append(chosen, clips[i].clip)
	}
	got := make([]replayed, len(chosen))
	err := other.replayEach(ctx, o, chosen, func(int, int) {},
		func(ctx context.Context, i int, pcm []int32, rateHz int) (err error) {
			got[i], err = other.replayPCM(ctx, o, chosen[i], pcm, rateHz)
			return err
		})
	if err != nil {
		return nil, err
	}
	var ratios []float64
	j := &Judged{}
	for _, r := range got {
		if len(r.each) > 0 {
			ratios = append(ratios, r.score/m.Settings.Decision.Threshold)
			j.Alarms += count(r.alarm)
		}
	}
	if len(ratios) == 0 {
		return nil, nil
	}
	j.Clips, j.Ratio = len(ratios), metrics.Quantile(ratios, 0.5)
	return j, nil
}
