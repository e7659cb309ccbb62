package outlook

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/auscult/auscult/agent/decide"
)

// Lines say an outlook in words, one sentence each; none where nothing is known.
func (o *Outlook) Lines() (lines []string) {
	if e := o.Expected; e != nil {
		lines = append(lines, "normal sound like this raises "+RateText(e)+": "+fmt.Sprintf(
			"%s more, of other hours, would halve what is uncertain of that", timeText(e.MoreS)))
	}
	for _, of := range []struct {
		all  bool
		name string
	}{{false, "a third of an octave"}, {true, "all"}} {
		if text := o.noticed(of.all, of.name); text != "" {
			lines = append(lines, text)
		}
	}
	return lines
}

// RateText says how many events are to be expected.
func RateText(e *decide.Expected) string {
	noun := "events"
	if count := numberText(e.PerWeek); count == "1" {
		noun = "event"
	}
	text := fmt.Sprintf("about %s %s in 7 days (%s to %s), as far as %s of %d clips can tell",
		numberText(e.PerWeek), noun, numberText(e.Low), numberText(e.High), timeText(e.DurationS), e.Clips)
	if e.Drifts {
		text += ", which drift: it may be many more"
	}
	return text
}

// When says how soon the change is noticed.
func (c *Change) When() string { return withinText([]Change{*c}) }

// noticed says how soon changes of one kind are noticed, small ones last.
func (o *Outlook) noticed(all bool, name string) string {
	byGain := map[float64][]Change{}
	var gains []float64
	for _, c := range o.Changes {
		if c.All() != all {
			continue
		}
		if byGain[c.GainDB] == nil {
			gains = append(gains, c.GainDB)
		}
		byGain[c.GainDB] = append(byGain[c.GainDB], c)
	}
	if len(gains) == 0 {
		return ""
	}
	slices.SortFunc(gains, func(a, b float64) int { return cmp.Compare(b, a) })
	var parts []string
	for i, gain := range gains {
		text, when := fmt.Sprintf("%+.3g dB", gain), withinText(byGain[gain])
		if i == 0 {
			text += " in " + name + " is"
			if !strings.HasPrefix(when, "not") {
				text += " noticed"
			} else {
				when = strings.Replace(when, "not", "not noticed", 1)
			}
		}
		parts = append(parts, text+" "+when)
	}
	return strings.Join(parts, ", ")
}

// withinText says within which time changes of one gain are noticed, each at its frequency where only
// some are.
func withinText(changes []Change) string {
	slowest, missed := 0.0, []string(nil)
	for i := range changes {
		c := &changes[i]
		if c.NoticedS == nil {
			missed = append(missed, hzText(math.Sqrt(c.FromHz*c.ToHz)))
			continue
		}
		slowest = max(slowest, *c.NoticedS)
	}
	switch len(missed) {
	case 0:
		return "within " + timeText(slowest)
	case len(changes):
		return "not within " + timeText(Horizon.Seconds())
	}
	return fmt.Sprintf("within %s (not at %s)", timeText(slowest), strings.Join(missed, " and "))
}

// hzText writes a frequency.
func hzText(hz float64) string {
	if hz >= 1000 {
		return fmt.Sprintf("%.2g kHz", hz/1000)
	}
	return fmt.Sprintf("%.0f Hz", hz)
}

// numberText writes a number with two digits and no exponent.
func numberText(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v < 0.01:
		return "less than 0.01"
	case v < 9.95:
		return fmt.Sprintf("%.2g", v)
	}
	scale := math.Pow(10, math.Floor(math.Log10(v))-1)
	return fmt.Sprintf("%.0f", math.Round(v/scale)*scale)
}

// timeText writes a time as people say it.
func timeText(seconds float64) string {
	for _, u := range []struct {
		s    float64
		name string
	}{{86400, "day"}, {3600, "hour"}, {60, "minute"}} {
		if n := math.Ceil(seconds / u.s); seconds >= 2*u.s || n == 1 && seconds > 0.9*u.s {
			if n == 1 {
				return "1 " + u.name
			}
			return fmt.Sprintf("%.0f %ss", n, u.name)
		}
	}
	return fmt.Sprintf("%.0f s", math.Ceil(seconds))
}
