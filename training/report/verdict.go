package report

import (
	"fmt"
	"strings"

	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/falsealarms"
	"github.com/auscult/auscult/training/learn"
	"github.com/auscult/auscult/training/metrics"
	"github.com/auscult/auscult/training/report/content"
)

// verdict is what stands on the first screen.
type verdict struct {
	Text  string
	Cards []card
	Next  []string // what to do, the most important first
}

type card struct{ Value, Label, Class string }

// judge sums up.
func judge(s *content.Study) verdict {
	r := s.Result
	v := verdict{Text: sentence(s), Next: next(s)}
	if r.Abnormal > 0 {
		missed := r.Abnormal - r.Alarms
		v.Cards = append(v.Cards,
			card{fmt.Sprintf("%d of %d", r.Alarms, r.Abnormal), "faulty recordings heard" + among(r.Alarms, r.Abnormal),
				class(missed == 0)},
			card{fmt.Sprint(missed), "missed", class(missed == 0)})
	}
	if value, label, ok := falseAlarms(s); ok {
		v.Cards = append(v.Cards, card{value, label, class(r.FalseAlarms == 0)})
	}
	if r.AUC != nil {
		v.Cards = append(v.Cards,
			card{number(r.AUC), "area under the ROC curve (95 %: " + intervalText(r.AUCInterval) + ")", ""})
	}
	if s.Stages != nil {
		v.Cards = append(v.Cards, card{coreText(s.Stages.RealTime), "of one core of this machine, for each microphone", ""})
	}
	return v
}

// coreText says what part of a core something takes that could go so many times faster.
func coreText(realTime float64) string { return fmt.Sprintf("%.2g %%", 100/realTime) }

// among returns the interval of a share, in words.
func among(k, n int) string {
	i := metrics.Proportion(k, n)
	if i == nil {
		return ""
	}
	return fmt.Sprintf(" (95 %%: %.0f to %.0f %%)", 100*i.Low, 100*i.High)
}

// sentence says the most important in one.
func sentence(s *content.Study) string {
	r := s.Result
	of := func(n, all int, what string) string {
		switch {
		case n == all && all > 1:
			return fmt.Sprintf("all %d %s", all, what)
		case n == 0 && all > 1:
			return fmt.Sprintf("none of %d %s", all, what)
		}
		return fmt.Sprintf("%d of %d %s", n, all, what)
	}
	switch {
	case r.Abnormal == 0:
		return fmt.Sprintf("The node would have called %s faulty. Whether it hears a fault is not known: there was none to judge by.",
			of(r.FalseAlarms, r.Normal, "normal recordings"))
	case r.Normal == 0:
		return fmt.Sprintf("The node would have heard %s. How often it calls normal sound faulty is not known: there was none to judge by.",
			of(r.Alarms, r.Abnormal, "faulty recordings"))
	}
	return fmt.Sprintf("The node would have heard %s, and called %s faulty. It has learned none of them.",
		of(r.Alarms, r.Abnormal, "faulty recordings"),
		of(r.FalseAlarms, r.Normal, "normal recordings"))
}

// falseAlarms says how many are to be expected, by those on the normal clips.
func falseAlarms(s *content.Study) (value, label string, ok bool) {
	seconds := s.Result.NormalS()
	if seconds <= 0 {
		return "", "", false
	}
	i := metrics.PoissonCount(s.Result.FalseAlarms)
	per, unit := falsealarms.MonthHours*3600/seconds, "a month"
	for _, u := range []struct {
		share float64
		name  string
	}{{30, "a day"}, {24, "an hour"}} {
		if i.High*per < mostFalse {
			break
		}
		per, unit = per/u.share, u.name
	}
	return fmt.Sprintf("%.2g to %.3g", i.Low*per, i.High*per),
		fmt.Sprintf("false alarms to expect %s (95 %%): %d in %s of normal sound", unit, s.Result.FalseAlarms, timeText(seconds)), true
}

// mostFalse is how many false alarms people count in a unit of time.
const mostFalse = 100

// timeText writes a time as people say it.
func timeText(seconds float64) string {
	switch {
	case seconds < 120:
		return fmt.Sprintf("%.0f s", seconds)
	case seconds < 2*3600:
		return fmt.Sprintf("%.0f minutes", seconds/60)
	case seconds < 72*3600:
		return fmt.Sprintf("%.0f hours", seconds/3600)
	}
	return fmt.Sprintf("%.0f days", seconds/86400)
}

// mostNamed is how many clips are named in a line.
const mostNamed = 5

// next says what to do, the most important first.
func next(s *content.Study) (steps []string) {
	r := s.Result
	add := func(format string, args ...any) { steps = append(steps, fmt.Sprintf(format, args...)) }
	if n := s.Settings.Normal; n.Observations > 0 {
		if more := learn.MoreMinutes(n.Observations, s.Settings.Decision.Expected); more > 0 {
			add("Record %.0f more minutes of normal sound, in every state that counts as normal, and train again: it has learned %s.",
				more, timeText(n.DurationS))
		}
	}
	var missed, called []string
	for _, c := range r.Clips.All() {
		switch abnormal := c.Label == dataset.Abnormal; {
		case abnormal && !c.Alarm:
			missed = append(missed, c.File)
		case !abnormal && c.Alarm:
			called = append(called, c.File)
		}
	}
	if n := len(missed); n > 0 {
		add("Listen to what was missed: %s. If the fault can be heard, try another family (auscult train --model auto) or more of the normal states; if not, no model will.", named(missed))
	}
	if n := len(called); n > 0 {
		add("Listen to the false alarms: %s. What is normal after all belongs into normal/, to be learned.", named(called))
	}
	for _, label := range []dataset.Label{dataset.Normal, dataset.Abnormal} {
		if clipped := r.Review[label].Clipped; len(clipped) > 0 {
			add("Record again at a lower gain: %s clipped: %s.", countText(len(clipped), "%s clip is", "%s clips are"), named(clipped))
		}
	}
	if l := s.Loudness; l != nil && l.Telling() {
		add("Do not trust this verdict for the fault alone: level by itself tells these recordings apart. Record both labels at one gain and place, or go by the rows with the level removed.")
	}
	if r.Abnormal == 0 {
		add("Record a fault, or something that sounds like one (a loose part, a blocked inlet), into abnormal/: nothing shows yet that one is heard.")
	}
	if r.Normal == 0 {
		add("Put normal recordings that it has not learned beside the faults: false alarms cannot be counted without.")
	}
	if b := s.Budget; b != nil && !b.Shown {
		add("Let the node listen for %s without a false alarm before relying on at most %.3g a month: these recordings cannot show it (auscult budget --per-month %.3g).",
			timeText(3600*b.HoursMore), b.PerMonth, b.PerMonth)
	}
	if len(steps) == 0 {
		add("Nothing stands against it: put the model on the node (model = \"…\" in auscultd.toml) and let it listen.")
	}
	return steps
}

// countText puts a number into the singular or the plural.
func countText(n int, one, many string) string {
	if n == 1 {
		return fmt.Sprintf(one, "one")
	}
	return fmt.Sprintf(many, fmt.Sprint(n))
}

// named lists some names.
func named(names []string) string {
	shown := strings.Join(names[:min(len(names), mostNamed)], ", ")
	if more := len(names) - mostNamed; more > 0 {
		return fmt.Sprintf("%s and %d more", shown, more)
	}
	return shown
}
