package report

import (
	"fmt"

	"gonum.org/v1/plot/plotter"

	"github.com/auscult/auscult/training/report/content"
)

// driftSection shows scores over time: as recorded, and over two simulated months
// in which everything grows louder.
func driftSection(s *content.Study, _ *drawer) (*section, error) {
	trend, err := trendChart(s)
	if err != nil {
		return nil, err
	}
	sec := &section{ID: "drift", Title: "Over time", Blocks: []block{{
		Heading: "As recorded",
		Figures: []figure{{Drawing: trend, Caption: "Every observation, clip after clip in the order of their names, and the threshold. Scores that climb from left to right on normal clips mean that the machine or its surroundings change."}},
	}}}
	dates, err := dateBlocks(s.Dates)
	if err != nil {
		return nil, err
	}
	sec.Blocks = append(sec.Blocks, dates...)
	d := s.Drift
	if d == nil || len(d.Steps) == 0 {
		return sec, nil
	}
	chart, err := driftChart(d)
	if err != nil {
		return nil, err
	}
	t := &table{Head: head("level#", "day#", "normal score, median#", "false alarms begin, a day#", "adaptive#",
		"time in alarm#",
		"adaptive#", "caught#", "adaptive#", "threshold#", "adaptive#")}
	for i := range d.Steps {
		p := &d.Steps[i]
		t.add(decibels(p.GainDB), fmt.Sprintf("%.0f", p.Day), fmt.Sprintf("%.2f", p.Median),
			p.Fixed.PerDayText(), p.Adapted.PerDayText(),
			fmt.Sprintf("%.0f %%", 100*p.Fixed.AlarmTime), fmt.Sprintf("%.0f %%", 100*p.Adapted.AlarmTime),
			fmt.Sprint(p.Fixed.Caught), fmt.Sprint(p.Adapted.Caught), fmt.Sprintf("%.2f", p.Fixed.Threshold),
			fmt.Sprintf("%.2f", p.Adapted.Threshold))
	}
	sec.Blocks = append(sec.Blocks, block{
		Heading: "If everything grew louder",
		Text: fmt.Sprintf("Simulated: %d days in which all sound, faults too, grows louder by %.0f dB. The clips were amplified and played through the node's pipeline; the node's decision then went through observations drawn from them, one a minute, with the threshold as it is and with adapt_time = %.0f days and adapt_limit = %.1f.",
			d.Days, d.Steps[len(d.Steps)-1].GainDB, d.ReachD, d.Limit),
		Figures: []figure{{Drawing: chart, Caption: "The median score of normal sound and both thresholds."}},
		Table:   t,
	}, block{Class: "words", Text: driftWords(d)})
	return sec, nil
}

// driftWords says what the adaptive threshold is worth here.
func driftWords(d *content.Drift) string {
	last := &d.Steps[len(d.Steps)-1]
	var fixed, adapted float64
	for i := range d.Steps {
		fixed += d.Steps[i].Fixed.AlarmTime / float64(len(d.Steps))
		adapted += d.Steps[i].Adapted.AlarmTime / float64(len(d.Steps))
	}
	text := fmt.Sprintf("False alarms last %.0f %% of the time with the threshold as it is, %.0f %% with the adaptive one; at the end they catch %d and %d of the abnormal clips.",
		100*fixed, 100*adapted, last.Fixed.Caught, last.Adapted.Caught)
	if last.Adapted.AlarmTime > 0.5 {
		text += fmt.Sprintf(" At %s even the adaptive one has reached its limit: the sound is no longer what was learned.",
			decibels(last.GainDB))
	}
	switch {
	case fixed < 0.01 && adapted < 0.01:
		return text + " Neither is needed here: this change stays below the threshold."
	case adapted > 0.5*fixed:
		return text + " Adapting does not save this: the sound changes faster or further than it may follow. Learn anew."
	case last.Adapted.Caught < last.Fixed.Caught:
		return text + " What it forgives drift it forgives faults."
	}
	return text + " It is off unless the node's configuration asks for it: a fault that grows as slowly would be learned too."
}

func trendChart(s *content.Study) (*chart, error) {
	lines := []curve{
		{name: "normal", color: normal}, {name: "abnormal", color: abnormal}, {name: "threshold", color: faintInk},
	}
	n, top := 0, s.Settings.Decision.Threshold
	for _, c := range s.Result.Clips.All() {
		if c.Detail == nil {
			continue
		}
		k := side(c.Label)
		for _, v := range c.ObservationScores {
			lines[k].points = append(lines[k].points, plotter.XY{X: float64(n), Y: v})
			top = max(top, v)
			n++
		}
	}
	for _, x := range []int{0, max(n-1, 1)} {
		lines[2].points = append(lines[2].points, plotter.XY{X: float64(x), Y: s.Settings.Decision.Threshold})
	}
	return wideChart("observation", "score", drawn(lines), 0, top)
}

func driftChart(d *content.Drift) (*chart, error) {
	lines := []curve{
		{name: "normal score, median", color: normal}, {name: "threshold as it is", color: faintInk},
		{name: "adaptive threshold", color: third},
	}
	top := 0.0
	for i := range d.Steps {
		p := &d.Steps[i]
		for k, y := range []float64{p.Median, p.Fixed.Threshold, p.Adapted.Threshold} {
			lines[k].points = append(lines[k].points, plotter.XY{X: p.Day, Y: y})
			top = max(top, y)
		}
	}
	return wideChart("day", "score", lines, 0, top)
}

// drawn leaves lines without points out, which the plotter refuses.
func drawn(lines []curve) []curve {
	var kept []curve
	for _, l := range lines {
		if len(l.points) > 0 {
			kept = append(kept, l)
		}
	}
	return kept
}
