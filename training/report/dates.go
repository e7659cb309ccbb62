package report

import (
	"fmt"

	"gonum.org/v1/plot/plotter"

	"github.com/auscult/auscult/training/report/content"
)

// howToDate says how recordings get dates.
const howToDate = "By date: the recordings have none that tell three days, weeks or months from each other. With the day or the month in their names or their folders' " +
	"(pump_2026-01-31.wav, 2026-01/pump.wav), or written as Broadcast Wave, they are shown by month here, and with --retrain what learning anew would have done. " +
	"The time of a file does not count: to copy it changes it."

// dateBlocks show normal sound by the recordings' dates.
func dateBlocks(d *content.Dates) ([]block, error) {
	if d == nil {
		return []block{{Class: "dim", Text: howToDate}}, nil
	}
	drawing, err := dateChart(d)
	if err != nil {
		return nil, err
	}
	names := []string{d.Each, "clips#", "this model: judged#", "score by threshold, median#", "false alarms#"}
	if d.Retrained {
		names = append(names, "of the first "+d.Each+": judged#", "score by threshold, median#", "false alarms#",
			"of the "+d.Each+" before: judged#", "score by threshold, median#", "false alarms#")
	}
	t := &table{Head: head(names...)}
	for i := range d.Periods {
		p := &d.Periods[i]
		row := append([]string{p.Name, fmt.Sprint(p.Clips)}, judgedCells(p.Given)...)
		if d.Retrained {
			row = append(append(row, judgedCells(p.First)...), judgedCells(p.Before)...)
		}
		t.add(row...)
	}
	text := fmt.Sprintf("Normal clips by the %s in which they were recorded, as %s say. This model judges those that it has not learned.", d.Each, d.By)
	if d.Undated > 0 {
		text += fmt.Sprintf(" %d clips without a date are left out.", d.Undated)
	}
	if d.Retrained {
		text += fmt.Sprintf(" Beside it: a %s model that learned the first %[2]s and stayed, and one that was learned anew of every %[2]s and judges the next.", d.Family, d.Each)
	}
	blocks := []block{{
		Heading: "By date", Text: text, Table: t,
		Figures: []figure{{Drawing: drawing, Caption: "The median of the clips' scores by the model's threshold: above 1 most of a " + d.Each + " is suspicious."}},
	}}
	words := dateWords(d)
	if d.Why != "" {
		words = "What learning anew would have done is not shown: " + d.Why + "."
	}
	return append(blocks, block{Class: "words", Text: words}), nil
}

func judgedCells(j *content.Judged) []string {
	if j == nil {
		return []string{"-", "-", "-"}
	}
	return []string{fmt.Sprint(j.Clips), fmt.Sprintf("%.2f", j.Ratio), fmt.Sprint(j.Alarms)}
}

// dateWords says what learning anew would have done.
func dateWords(d *content.Dates) string {
	var stayed, anew, judged int
	for i := range d.Periods {
		p := &d.Periods[i]
		if p.First == nil || p.Before == nil {
			continue
		}
		stayed, anew, judged = stayed+p.First.Alarms, anew+p.Before.Alarms, judged+p.First.Clips
	}
	text := fmt.Sprintf("Of %d normal clips after the first %s, the model that stayed calls %d falsely, the one that was learned anew of every %[2]s %[4]d.",
		judged, d.Each, stayed, anew)
	switch {
	case stayed == 0 && anew == 0:
		return text + " Learning anew is not needed for this."
	case anew < stayed:
		return text + " Learning anew helps; listen to the machine first, since a fault that grows is learned with it."
	}
	return text + " Learning anew does not help here: learn of all the time together."
}

func dateChart(d *content.Dates) (*chart, error) {
	lines := []curve{
		{name: "this model", color: normal}, {name: "of the first " + d.Each, color: abnormal},
		{name: "of the one before", color: third}, {name: "threshold", color: faintInk},
	}
	top := 1.0
	for i := range d.Periods {
		p := &d.Periods[i]
		for k, j := range []*content.Judged{p.Given, p.First, p.Before} {
			if j != nil {
				lines[k].points = append(lines[k].points, plotter.XY{X: float64(i + 1), Y: j.Ratio})
				top = max(top, j.Ratio)
			}
		}
		lines[3].points = append(lines[3].points, plotter.XY{X: float64(i + 1), Y: 1})
	}
	return wideChart(d.Each+", from the first", "score by threshold", drawn(lines), 0, top)
}
