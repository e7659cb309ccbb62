package table

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/auscult/auscult/training/recording/delimited"
)

// plan says which columns are what.
type plan struct {
	signals   []int
	time      int // column of time, or of the sample's number; -1: none
	date      int // column of dates that stands beside that of times; -1: none
	isIndex   bool
	timeScale float64 // seconds that 1 of the time column stands for
	unit      Unit
	unitFrom  string // the words for where it is known from
	rateFrom  string
	clock     *clock
	grid      *grid // instead, where samples are not evenly spaced
	rateHz    float64
	doubts    []string
}

// sample is the first lines of a table, as many as are looked at to find its plan.
type sample struct {
	columns  []column
	lines    [][]float64
	decimals []int
}

// sampleLines is how many lines are looked at.
const sampleLines = 4096

// column returns the values of a column.
func (s *sample) column(i int) []float64 {
	out := make([]float64, len(s.lines))
	for k, line := range s.lines {
		out[k] = line[i]
	}
	return out
}

// whole says whether a column has whole numbers only.
func (s *sample) whole(i int) bool {
	some := false
	for _, line := range s.lines {
		if v := line[i]; !math.IsNaN(v) {
			some = true
			if v != math.Trunc(v) {
				return false
			}
		}
	}
	return some
}

// newPlan finds what the columns are.
func newPlan(s *sample, h *heading, o *Options) (*plan, error) {
	p := &plan{time: -1, date: -1, timeScale: 1}
	if err := p.findTime(s, o); err != nil {
		return nil, err
	}
	if err := p.findSignals(s, o); err != nil {
		return nil, err
	}
	if err := p.findUnit(s, h, o); err != nil {
		return nil, err
	}
	return p, p.findRate(s, h, o)
}

// findSignals finds the columns of acceleration.
func (p *plan) findSignals(s *sample, o *Options) error {
	if o.Column != "" {
		i, err := s.find("--column", o.Column)
		if err != nil {
			return err
		}
		switch {
		case i == p.time && o.Time != "":
			return fmt.Errorf("column %s is that of --time", s.label(i))
		case i == p.time:
			p.time = -1
		}
		if s.columns[i].kind != delimited.Number {
			return fmt.Errorf("column %s holds no numbers", s.label(i))
		}
		p.signals = []int{i}
		return nil
	}
	var numbers, named []int
	for i, c := range s.columns {
		if c.kind != delimited.Number || i == p.time || i == p.date {
			continue
		}
		if c.name != "" && (isOther(c) || p.isCounter(s, i)) {
			continue
		}
		numbers = append(numbers, i)
		if axisOf(c.name) != 0 || isAcceleration(c) {
			named = append(named, i)
		}
	}
	p.signals = numbers
	if len(named) > 0 {
		p.signals = named
	}
	if len(p.signals) == 0 {
		return fmt.Errorf("has no column of accelerations; --column takes %s", s.choices())
	}
	return nil
}

// isCounter says whether a column of whole numbers counts or is time, and so no signal.
func (p *plan) isCounter(s *sample, i int) bool {
	c := s.columns[i]
	return (named(c, indexWords) || named(c, timeWords) || durations[plainUnit(c.unit)] > 0) && rises(s.column(i))
}

// isOther says whether a name or unit is of something else than acceleration.
func isOther(c column) bool {
	if slices.Contains(otherUnits, plainUnit(c.unit)) {
		return true
	}
	name := plainName(c.name)
	if isAcceleration(c) {
		return false
	}
	return slices.ContainsFunc(otherWords, func(w string) bool { return strings.HasPrefix(name, w) })
}

// isAcceleration says whether a name or unit is of acceleration.
func isAcceleration(c column) bool {
	if _, ok := accelerations[plainUnit(c.unit)]; ok && c.unit != "" {
		return true
	}
	name := plainName(c.name)
	return strings.Contains(name, "acc") || strings.Contains(name, "vib") || strings.HasPrefix(name, "beschl")
}

// axisOf returns the axis that a name ends in, 0 where it is none.
func axisOf(name string) byte {
	name = plainName(name)
	switch name {
	case "x", "y", "z", "ax", "ay", "az":
		return name[len(name)-1]
	}
	return 0
}

// findUnit finds what the signals count.
func (p *plan) findUnit(s *sample, h *heading, o *Options) error {
	if o.Unit != "" {
		u, err := ParseUnit(o.Unit)
		p.unit, p.unitFrom = u, "as given"
		return err
	}
	for _, text := range []string{s.columns[p.signals[0]].unit, h.unit} {
		if u, ok := accelerations[plainUnit(text)]; ok && text != "" {
			p.unit, p.unitFrom = u, "from the heading"
			return nil
		}
	}
	if o.UnitHint != "" {
		u, err := ParseUnit(o.UnitHint)
		p.unit, p.unitFrom = u, "as learned"
		return err
	}
	axes := p.axes(s)
	means, most, whole := make([]float64, len(axes)), 0.0, true
	for k, i := range axes {
		means[k], most = meanAndMost(s.column(i), most)
		whole = whole && s.whole(i)
	}
	if u, ok := guessUnit(means, whole && most > 1); ok {
		p.unit, p.unitFrom = u, "from gravity"
		return nil
	}
	if most > FullScaleG {
		return fmt.Errorf("has numbers up to %.4g in %s and no unit, which is no acceleration in g: say --unit g, mg, m/s2 or counts:SCALE",
			most, s.label(p.signals[0]))
	}
	p.unit, p.unitFrom = accelerations["g"], "assumed"
	return nil
}

// axes returns the columns whose mean vector is gravity's: three axes, or the first
// signal alone.
func (p *plan) axes(s *sample) []int {
	var xyz [3]int
	found := 0
	if len(p.signals) == 1 || len(p.signals) == 3 {
		// With one column chosen its two neighbours still tell the unit.
		for i, c := range s.columns {
			if a := axisOf(strings.TrimPrefix(strings.TrimPrefix(plainName(c.name), "acceleration"), "acc")); a != 0 &&
				c.kind == delimited.Number && !isOther(c) {
				xyz[a-'x'] = i
				found |= 1 << (a - 'x')
			}
		}
	}
	if found == 7 {
		return xyz[:]
	}
	if len(p.signals) == 3 {
		return p.signals
	}
	return p.signals[:1]
}

// meanAndMost returns the mean of a column, and the largest of its values and most.
func meanAndMost(values []float64, most float64) (mean, largest float64) {
	n := 0
	for _, v := range values {
		if !math.IsNaN(v) {
			mean += v
			most = max(most, math.Abs(v))
			n++
		}
	}
	return mean / float64(max(n, 1)), most
}

// findRate finds the sample rate: as given, by the time column, or as the heading says.
func (p *plan) findRate(s *sample, h *heading, o *Options) error {
	var timeErr error
	var uneven errUneven
	if p.time >= 0 && !p.isIndex {
		quantum := math.Pow10(-s.decimals[p.time]) * p.timeScale
		p.clock, timeErr = newClock(p.stamps(s), quantum)
	}
	switch {
	case o.RateHz > 0:
		p.rateHz, p.rateFrom = o.RateHz, "as given"
	case p.clock != nil:
		p.rateHz, p.rateFrom = p.clock.rateHz, "from time"
	case h.rateHz > 0:
		p.rateHz, p.rateFrom = h.rateHz, "from the heading"
	case errors.As(timeErr, &uneven) && uneven.pace.runsOn():
		p.grid = uneven.pace.grid()
		p.rateHz, p.rateFrom = p.grid.rate, "from time"
	case timeErr != nil:
		return timeErr
	case o.DefaultRateHz > 0:
		p.rateHz, p.rateFrom = o.DefaultRateHz, "as given"
	default:
		return ErrNoRate
	}
	if !(p.rateHz >= 1 && p.rateHz <= MaxRateHz) {
		return fmt.Errorf("has a sample rate of %.4g Hz: must be 1 to %d; if time is in another unit, say --time %s:ms (or s, us, ns)",
			p.rateHz, MaxRateHz, "COLUMN")
	}
	if p.clock != nil && math.Abs(p.clock.rateHz/p.rateHz-1) > 0.02 {
		p.doubts = append(p.doubts, fmt.Sprintf("its time column says %.6g Hz: %.6g Hz is taken, %s, and gaps in its time are not looked for",
			p.clock.rateHz, p.rateHz, p.rateFrom))
		p.clock = nil
	}
	if p.isIndex {
		p.clock = &clock{step: 1, rateHz: p.rateHz, slack: 0.6, quantum: 1}
	}
	if p.time >= 0 && s.columns[p.time].kind == delimited.Moment && p.date < 0 && !s.columns[p.time].dated {
		if p.clock != nil {
			p.clock.onlyTime = true
		}
		if p.grid != nil {
			p.grid.onlyTime = true
		}
	}
	if p.grid == nil && errors.As(timeErr, &uneven) {
		p.doubts = append(p.doubts, fmt.Sprintf("its time column is uneven and is not used: %.6g Hz is taken, %s; %v",
			p.rateHz, p.rateFrom, uneven.pace))
	}
	if whole := math.Round(p.rateHz); math.Abs(whole/p.rateHz-1) > 1e-3 {
		p.doubts = append(p.doubts, fmt.Sprintf("its rate of %.6g Hz is taken for %g Hz", p.rateHz, whole))
	}
	return nil
}

// stamps returns the first lines' times in seconds.
func (p *plan) stamps(s *sample) []float64 {
	out := make([]float64, len(s.lines))
	for i, line := range s.lines {
		out[i] = p.stamp(line)
	}
	return out
}

// stamp returns a line's time in seconds.
func (p *plan) stamp(line []float64) float64 {
	t := line[p.time] * p.timeScale
	if p.date >= 0 {
		t += line[p.date]
	}
	return t
}
