package report

import (
	"fmt"

	"gonum.org/v1/plot/plotter"

	"github.com/auscult/auscult/training/evaluate"
	"github.com/auscult/auscult/training/metrics"
	"github.com/auscult/auscult/training/report/content"
)

// rivalSection compares models on the same clips.
func rivalSection(s *content.Study, _ *drawer) (*section, error) {
	if len(s.Rivals) == 0 {
		return nil, nil
	}
	quality := &table{Head: head("model", "AUC#", "95 % interval#", "RMS-normalised#", "95 % interval#",
		"mean log-mel removed#", "95 % interval#", "pAUC#", "float32#", "alarms#", "false alarms#")}
	cost := &table{Head: head("model", "family", "parameters#", "MACs#", "to 1#", "file#", "µs a window#", "trained")}
	row := func(name string, levels map[evaluate.Level]metrics.Metrics, float *metrics.Metrics, alarms, falseAlarms int) {
		raw, rms, mel := levels[evaluate.AsRecorded], levels[evaluate.RMSNormalised], levels[evaluate.MeanLogMelRemoved]
		floatAUC := "–"
		if float != nil {
			floatAUC = number(float.AUC)
		}
		quality.add(name, number(raw.AUC), intervalText(raw.AUCInterval), number(rms.AUC), intervalText(rms.AUCInterval),
			number(mel.AUC), intervalText(mel.AUCInterval), number(raw.PAUC), floatAUC, fmt.Sprint(alarms),
			fmt.Sprint(falseAlarms))
	}
	r := s.Result
	this := s.Settings.Name + " (this one)"
	var float *metrics.Metrics
	if s.Float != nil {
		float = &s.Float.Metrics
	}
	row(this, r.Levels, float, r.Alarms, r.FalseAlarms)
	cost.add(this, s.Settings.Family, short(s.Params), short(s.MACs), fmt.Sprintf("%.3g", s.Compression),
		bytesText(s.Bytes), fmt.Sprintf("%.0f", r.WindowUS), fmt.Sprintf("%d epochs", s.Settings.Provenance.Epochs))
	var words []string
	for i := range s.Rivals {
		o := &s.Rivals[i]
		name := fmt.Sprintf("%s (%.8s)", o.Name, o.SHA256)
		if o.Ahead.Interval.Method != "" {
			words = append(words,
				fmt.Sprintf("Against %s: AUC %+.3f (95 %%: %+.3f to %+.3f). Drawing the same clips for both %s.",
					name, o.Ahead.Value, o.Ahead.Interval.Low, o.Ahead.Interval.High, settled(o.Ahead.Interval)))
		}
		row(name, o.Levels, o.Float, o.Alarms, o.FalseAlarms)
		trained := "elsewhere"
		if o.Epochs > 0 {
			trained = fmt.Sprintf("for this page, %d epochs", o.Epochs)
		}
		cost.add(name, o.Family, short(o.Params), short(o.MACs), fmt.Sprintf("%.3g", o.Compression), bytesText(o.Bytes),
			fmt.Sprintf("%.0f", o.WindowUS), trained)
	}
	return &section{
		ID: "models", Title: "Models compared",
		Blocks: []block{
			{Heading: "What they tell apart", Table: quality, List: words}, {Heading: "What they cost", Table: cost},
		},
	}, nil
}

func settled(i metrics.Interval) string {
	switch {
	case i.Low > 0:
		return "shows that this model is better"
	case i.High < 0:
		return "shows that the other is better"
	}
	return "does not settle which is better"
}

func bytesText(n int) string { return fmt.Sprintf("%.0f KiB", float64(n)/1024) }

// sweepSection shows one family at several compressions.
func sweepSection(s *content.Study, _ *drawer) (*section, error) {
	if len(s.Sweep) == 0 {
		return nil, nil
	}
	t := &table{Head: head("cells to 1 value#", "parameters#", "MACs#", "AUC#", "95 % interval#", "RMS-normalised#",
		"mean log-mel removed#", "alarms#", "false alarms#")}
	for i := range s.Sweep {
		o := &s.Sweep[i]
		raw, rms, mel := o.Levels[evaluate.AsRecorded], o.Levels[evaluate.RMSNormalised], o.Levels[evaluate.MeanLogMelRemoved]
		t.add(fmt.Sprintf("%.3g", o.Compression), short(o.Params), short(o.MACs), number(raw.AUC),
			intervalText(raw.AUCInterval), number(rms.AUC), number(mel.AUC),
			fmt.Sprint(o.Alarms), fmt.Sprint(o.FalseAlarms))
	}
	chart, err := sweepChart(s.Sweep)
	if err != nil {
		return nil, err
	}
	return &section{ID: "compression", Title: "How much to squeeze", Blocks: []block{{
		Text:    fmt.Sprintf("The conv family with bottlenecks of several widths, each trained for %d epochs, shorter than auscult train does, on what this model has learned. Squeezed too little it restores faults too; squeezed too much it restores nothing well.", s.Sweep[0].Epochs),
		Figures: []figure{{Drawing: chart, Caption: "Area under the ROC curve, with the limits of its 95 % interval as recorded."}}, Table: t,
	}}}, nil
}

func sweepChart(sweep []content.Rival) (*chart, error) {
	lines := []curve{
		{name: "as recorded", color: normal}, {name: "95 % limits", color: faint}, {name: "", color: faint},
		{name: "RMS-normalised", color: abnormal}, {name: "mean log-mel removed", color: third},
	}
	for i := range sweep {
		o := &sweep[i]
		raw := o.Levels[evaluate.AsRecorded]
		if raw.AUC == nil {
			continue
		}
		add := func(k int, y *float64) {
			if y != nil {
				lines[k].points = append(lines[k].points, plotter.XY{X: o.Compression, Y: *y})
			}
		}
		add(0, raw.AUC)
		if raw.AUCInterval != nil {
			add(1, &raw.AUCInterval.Low)
			add(2, &raw.AUCInterval.High)
		}
		rms, mel := o.Levels[evaluate.RMSNormalised], o.Levels[evaluate.MeanLogMelRemoved]
		add(3, rms.AUC)
		add(4, mel.AUC)
	}
	if len(drawn(lines)) == 0 {
		return nil, nil
	}
	return wideChart("cells to one value of the bottleneck", "AUC", drawn(lines), 0, 1)
}
