package report

import (
	"fmt"

	"github.com/auscult/auscult/training/evaluate"
	"github.com/auscult/auscult/training/report/content"
)

// quantisationSection shows what int8 costs: in what the scores tell, and layer by
// layer where the training told.
func quantisationSection(s *content.Study, _ *drawer) (*section, error) {
	sec := &section{ID: "quantisation", Title: "What int8 costs"}
	if f := s.Float; f != nil {
		t := &table{Head: head("level of the clips", "AUC int8#", "95 % interval#", "AUC float32#", "95 % interval#",
			"difference#")}
		for _, level := range evaluate.Levels() {
			a, b := s.Result.Levels[level], f.Levels[level]
			difference := "–"
			if a.AUC != nil && b.AUC != nil {
				difference = fmt.Sprintf("%+.4f", *a.AUC-*b.AUC)
			}
			t.add(LevelText(level), number(a.AUC), intervalText(a.AUCInterval), number(b.AUC), intervalText(b.AUCInterval),
				difference)
		}
		which := "The same network before it was quantised"
		if s.Twin {
			which = "The same network in float32, with int8's weights and no rounding between layers (what it was before it was quantised is not at hand: 'auscult train --float' keeps it)"
		}
		text := fmt.Sprintf("%s, with the same detector and threshold: %d alarms on abnormal and %d on normal clips in float32, %d and %d in int8.",
			which, f.Alarms, f.FalseAlarms, s.Result.Alarms, s.Result.FalseAlarms)
		if f.Ahead.Interval.Method != "" {
			text += fmt.Sprintf(" Drawing the same clips for both, int8 is ahead by %+.4f (95 %%: %+.4f to %+.4f) of AUC.",
				f.Ahead.Value, f.Ahead.Interval.Low, f.Ahead.Interval.High)
		}
		sec.Blocks = append(sec.Blocks, block{Heading: "In what the scores tell", Text: text, Table: t})
	}
	if s.Learning != nil && s.Learning.Quantisation != nil && len(s.Learning.Quantisation.Layers) > 0 {
		q := s.Learning.Quantisation
		t := &table{Head: head("layer#", "kind", "signal to quantisation noise, dB#")}
		for i, l := range q.Layers {
			t.add(fmt.Sprint(i+1), opName(l.Kind), fmt.Sprintf("%.1f", l.SQNRDB))
		}
		text := fmt.Sprintf("On %d windows the int8 model's reconstruction error is %.4f of the float network's",
			q.Windows, q.ScoreRatio)
		if q.Correlation != nil {
			text += fmt.Sprintf(", and the two correlate by %.5f", *q.Correlation)
		}
		sec.Blocks = append(sec.Blocks, block{
			Heading: "Layer by layer", Table: t,
			Text: text + ". The table adds up from the input on: each layer has the noise of those before it.",
		})
	}
	if len(sec.Blocks) == 0 {
		return nil, nil
	}
	return sec, nil
}
