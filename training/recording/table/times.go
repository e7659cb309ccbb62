package table

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/auscult/auscult/training/recording/delimited"
)

// findTime finds the column of time, or of sample numbers.
func (p *plan) findTime(s *sample, o *Options) error {
	wanted, unit, _ := strings.Cut(o.Time, ":")
	if strings.EqualFold(wanted, "none") {
		return nil
	}
	if wanted == "" && o.TimeHint != "" {
		hint, unit, _ := strings.Cut(o.TimeHint, ":")
		if i, err := s.find("--time", hint); err == nil {
			return p.takeTime(s, i, unit)
		}
	}
	if wanted != "" {
		i, err := s.find("--time", wanted)
		if err != nil {
			return err
		}
		return p.takeTime(s, i, unit)
	}
	if i := s.timeColumn(); i >= 0 {
		return p.takeTime(s, i, "")
	}
	for i, c := range s.columns {
		byName := named(c, indexWords) || c.name == "" && i == 0 && len(s.columns) > 1
		if c.kind == delimited.Number && byName && s.whole(i) && counts(s.column(i)) {
			p.time, p.isIndex = i, true
			return nil
		}
	}
	if c := s.columns[0]; len(s.columns) > 1 && c.kind == delimited.Number && c.name == "" && evenly(s.column(0)) {
		return p.takeTime(s, 0, "")
	}
	return nil
}

// timeColumn returns the column that is time by what is in it, its name or its unit; -1
// where there is none.
func (s *sample) timeColumn() int {
	isTime := []func(i int, c column) bool{
		func(_ int, c column) bool { return c.kind == delimited.Moment },
		func(i int, c column) bool { return named(c, timeWords) && rises(s.column(i)) },
		func(_ int, c column) bool { return named(c, timeWords) },
		func(i int, c column) bool { return durations[plainUnit(c.unit)] > 0 && rises(s.column(i)) },
	}
	for _, is := range isTime {
		for i, c := range s.columns {
			if (c.kind == delimited.Number || c.kind == delimited.Moment) && len(s.columns) > 1 && is(i, c) {
				return i
			}
		}
	}
	return -1
}

func named(c column, words []string) bool {
	return slices.Contains(words, joined(c.name))
}

// takeTime takes a column for time and finds its unit.
func (p *plan) takeTime(s *sample, i int, unit string) error {
	p.time = i
	if s.columns[i].kind == delimited.Moment {
		// A date may stand beside the time of day.
		for k, c := range s.columns {
			if k == i || c.kind != delimited.Moment || c.dated == s.columns[i].dated {
				continue
			}
			if p.date = k; s.columns[i].dated {
				p.time, p.date = k, i
			}
			break
		}
		return nil
	}
	if unit == "" {
		unit = s.columns[i].unit
	}
	if unit != "" {
		if p.timeScale = durations[plainUnit(unit)]; p.timeScale == 0 {
			return fmt.Errorf("unit of time %.20q: use s, ms, us or ns, as in --time %s:ms", unit, s.columns[i].name)
		}
		return nil
	}
	values := s.column(i)
	if s.whole(i) && counts(values) && math.Abs(firstOf(values)) < 1e8 {
		p.isIndex = true
		return nil
	}
	scale, sure := guessTimeUnit(values, s.whole(i))
	p.timeScale = scale
	if !sure {
		p.doubts = append(p.doubts, fmt.Sprintf(
			"the time column has no unit and is taken for %s: if it is not, say --time %s:ms (or s, us, ns)",
			timeUnitName(scale), s.label(i)))
	}
	return nil
}

func (s *sample) label(i int) string { return labelOf(s.columns, i) }

// labelOf returns a column's name, or its number.
func labelOf(columns []column, i int) string {
	if name := columns[i].name; name != "" {
		return name
	}
	return strconv.Itoa(i + 1)
}

func firstOf(values []float64) float64 {
	for _, v := range values {
		if !math.IsNaN(v) {
			return v
		}
	}
	return math.NaN()
}

// guessTimeUnit returns the seconds that 1 stands for in times without a unit: by the
// size of times since 1970, of days as Excel and MATLAB count them, or by the rate that
// whole numbers would give; and whether that is beyond doubt.
func guessTimeUnit(values []float64, whole bool) (scale float64, sure bool) {
	first := math.Abs(firstOf(values))
	step, _ := usualStep(stepsOf(values), 0)
	switch {
	case step == 0:
		return 1, true
	case first > 1e17:
		return 1e-9, true
	case first > 1e14:
		return 1e-6, true
	case first > 1e11:
		return 1e-3, true
	case first > 1e8 && !(whole && step > 1):
		return 1, true
	case step < 2e-6 && (first > 2e4 && first < 8e4 || first > 6e5 && first < 8e5):
		return secondsDay, true
	case !whole && step < 2:
		return 1, true
	case step <= 50:
		return 1e-3, false
	case step <= 5e4:
		return 1e-6, false
	}
	return 1e-9, false
}

func timeUnitName(scale float64) string {
	switch scale {
	case 1e-3:
		return "ms"
	case 1e-6:
		return "us"
	case 1e-9:
		return "ns"
	case secondsDay:
		return "days"
	}
	return "s"
}

// rises says whether values run on, but for a few.
func rises(values []float64) bool {
	back, on := 0, 0
	before := math.NaN()
	for _, v := range values {
		switch {
		case v < before:
			back++
		case v > before:
			on++
		}
		before = v
	}
	return on > 0 && back <= len(values)/100+1 && on > back
}

// minCounting is how many lines show that numbers count or run on evenly.
const minCounting = 8

// counts says whether values go up by 1, but for a few.
func counts(values []float64) bool {
	ones := 0
	for _, d := range stepsOf(values) {
		if d == 1 {
			ones++
		}
	}
	return len(values) > 2 && ones >= (len(values)-1)*9/10
}

// evenly says whether values run on by steps that are nearly the same: what no signal
// does.
func evenly(values []float64) bool {
	if len(values) < minCounting || !rises(values) {
		return false
	}
	steps := slices.DeleteFunc(stepsOf(values), math.IsNaN)
	if len(steps) < minCounting-1 {
		return false
	}
	slices.Sort(steps)
	usual := steps[len(steps)/2]
	near := 0
	for _, d := range steps {
		if usual > 0 && math.Abs(d-usual) <= 0.25*usual {
			near++
		}
	}
	return near >= len(steps)*9/10
}
