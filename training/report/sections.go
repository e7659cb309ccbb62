package report

import (
	"fmt"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/evaluate"
	"github.com/auscult/auscult/training/metrics"
	"github.com/auscult/auscult/training/report/content"
)

func dataSection(s *content.Study, _ *drawer) (*section, error) {
	t := &table{Head: head("recordings", "clips#", "minutes#", "length, s#", "level, dBFS#", "lowest to highest#")}
	for _, r := range s.Data {
		length, levels := "–", "–"
		if p := r.Spread; p != nil {
			levels = fmt.Sprintf("%.1f to %.1f", p.LevelLow, p.LevelHigh)
			length = fmt.Sprintf("%.3g to %.3g", p.ShortestS, p.LongestS)
			if p.ShortestS == p.LongestS {
				length = fmt.Sprintf("%.3g", p.LongestS)
			}
		}
		t.add(r.Name, fmt.Sprint(r.Clips), fmt.Sprintf("%.1f", r.Minutes), length, fmt.Sprintf("%.1f", r.Level), levels)
	}
	sec := &section{ID: "data", Title: "The recordings", Blocks: []block{{Table: t}}}
	if l := s.Loudness; l != nil {
		louder := "louder"
		if l.Quieter {
			louder = "quieter"
		}
		sec.Blocks = append(sec.Blocks, block{Class: "words", Text: fmt.Sprintf(
			"Level alone, without any model: abnormal clips are %s than normal ones in %.0f %% of pairs (95 %%: %.0f to %.0f %%). A model is worth what it adds to that.",
			louder, 100*l.AUC, 100*l.Interval.Low, 100*l.Interval.High)})
	}
	return sec, nil
}

func networkSection(s *content.Study, _ *drawer) (*section, error) {
	t := &table{Head: head("layer", "output", "values#", "parameters#", "MACs#")}
	for _, l := range s.Layers {
		t.add(opName(l.Op), shapeText(l.Shape), fmt.Sprint(l.Values), short(l.Params), short(l.MACs))
	}
	t.add("together", "", "", short(s.Params), short(s.MACs))
	form := "An autoencoder of the %s family, int8: it squeezes a window of %d values through %d and restores it (%.3g to 1). What it has not learned it restores badly."
	if !s.Settings.Restores() {
		form = "An encoder of the %s family, int8: it places a window of %d values in a space of %d (%.3g to 1), so that moments that sound alike lie close together. Where no remembered moment lies near, something is new."
	}
	return &section{ID: "network", Title: "The network", Blocks: []block{
		{Text: fmt.Sprintf(form, s.Settings.Family, s.Layers[0].Values,
			int(float64(s.Layers[0].Values)/s.Compression+0.5), s.Compression),
			Figures: []figure{{Drawing: network(s), Caption: "Height: values between the layers, logarithmic; the narrowest place stands out. Above: shape; below: operator, parameters, multiply-accumulates of one window."}}},
		{Table: t},
	}}, nil
}

func learningSection(s *content.Study, _ *drawer) (*section, error) {
	n, pr := s.Settings.Normal, s.Settings.Provenance
	what, unit := "mean squared error", "dB²"
	if !s.Settings.Restores() {
		what, unit = "loss", "nats"
	}
	sec := &section{ID: "learning", Title: "Learning", Blocks: []block{{Text: fmt.Sprintf(
		"Learned from %d normal clips (%.0f s) in %d epochs; %s of the weights that are kept: %.3g %s. "+
			"The score of normal sound was measured on %d observations, each by a model that had not learned its clip (%d folds): %.3g on average, %.3g at most.",
		n.Clips, n.DurationS, pr.Epochs, what, pr.FinalLoss, unit,
		n.Observations, n.CrossFitFolds, n.ScoreMean, n.ScoreMax)}}}
	if s.Learning == nil || len(s.Learning.Loss) == 0 {
		sec.Blocks = append(sec.Blocks, block{Class: "dim", Text: "The model file does not keep the learning curve. It is drawn here when the report is given what 'auscult train --json' printed (--training)."})
		return sec, nil
	}
	losses, err := lossCharts(s.Learning, fmt.Sprintf("%s (%s)", what, unit))
	if err != nil {
		return nil, err
	}
	sec.Blocks = append(sec.Blocks, block{Row: true, Figures: losses})
	return sec, nil
}

// leastForQuantiles is how many observations have a 95th percentile.
const leastForQuantiles = 20

// scoresOf returns the observation scores of normal and abnormal clips.
func scoresOf(r *evaluate.Result) (scores judged) {
	for _, c := range r.Clips.All() {
		if c.Detail == nil {
			continue
		}
		k := side(c.Label)
		scores[k] = append(scores[k], c.ObservationScores...)
	}
	return scores
}

func unit(s *content.Study) string {
	d := &s.Settings.Detector
	switch {
	case d.Fusion != detect.Alone:
		return "surprise, -log10 of the share of normal sound"
	case d.Part(detect.ByMSE) != nil:
		return "dB²"
	}
	return "standard deviations"
}

// scoreDensity draws how often observations score how much, with the thresholds.
func scoreDensity(s *content.Study) (*chart, error) {
	observations := scoresOf(s.Result)
	lines := []mark{{"threshold", *s.Result.Threshold, ink}}
	validation := s.CrossFitted()
	if len(validation) >= leastForQuantiles {
		lines = append(lines, mark{"p95", metrics.Quantile(validation, 0.95), lineColors[4]},
			mark{"p99", metrics.Quantile(validation, 0.99), lineColors[5]})
	}
	if s.Budget != nil {
		lines = append(lines, mark{fmt.Sprintf("%.3g a month", s.Budget.PerMonth), s.Budget.Decision.Threshold, third})
	}
	rows := []series{{"learned", faintInk, s.LearnedScores}}
	if len(validation) > 0 {
		rows = append(rows, series{"validation", ink, validation})
	}
	rows = append(rows, series{"test, normal", normal, observations[0]},
		series{"test, abnormal", abnormal, observations[1]})
	return densityChart(rows, lines, unit(s))
}

func scoreSection(s *content.Study, _ *drawer) (*section, error) {
	r := s.Result
	clips := scoresAt(r, evaluate.AsRecorded)
	dist, err := scoreDensity(s)
	if err != nil {
		return nil, err
	}
	validation := s.CrossFitted()
	dots, err := scoreChart([]series{{"normal clips", normal, clips[0]}, {"abnormal clips", abnormal, clips[1]}},
		*r.Threshold, unit(s))
	if err != nil {
		return nil, err
	}
	caption := "How often observations of about two seconds score how much."
	if len(s.LearnedScores) > 0 {
		caption += " Learned: clips that the model knows, so they score low."
	}
	if len(validation) > 0 {
		caption += " Validation: normal clips, each scored by a model that had not learned it; the threshold comes from these, and so do p95 and p99, which one in twenty and one in a hundred of them exceed."
	}
	return &section{ID: "scores", Title: "Scores", Blocks: []block{
		{Figures: []figure{
			{Drawing: dist, Caption: caption},
			{Drawing: dots, Caption: "Each dot is a clip, the mean over its observations. Right of the dashed line counts as not normal."},
		}},
	}}, nil
}

func metricSection(s *content.Study, _ *drawer) (*section, error) {
	r := s.Result
	t := &table{Head: head("clips", "AUC#", "95 % interval#", "pAUC (FPR ≤ 0.1)#", "PR-AUC#", "what it shows")}
	add := func(name, meaning string, m *metrics.Metrics) {
		t.add(name, number(m.AUC), intervalText(m.AUCInterval), number(m.PAUC), number(m.PRAUC), meaning)
	}
	for _, level := range evaluate.Levels() {
		m := r.Levels[level]
		add(levelText[level][0], levelText[level][1], &m)
	}
	add("as recorded, by the highest observation", "a clip by its worst two seconds instead of its mean", &r.ByMax)
	sec := &section{ID: "metrics", Title: "How well the two are told apart", Blocks: []block{{Table: t}}}
	if len(r.Groups) > 0 {
		g := &table{Head: head("of these", "normal#", "abnormal#", "AUC#", "95 % interval#", "pAUC#", "alarms#",
			"false alarms#")}
		for i := range r.Groups {
			v := &r.Groups[i]
			g.add(string(v.Kind)+" "+v.Name, fmt.Sprint(v.Normal), fmt.Sprint(v.Abnormal), number(v.AUC),
				intervalText(v.AUCInterval), number(v.PAUC), fmt.Sprint(v.Alarms), fmt.Sprint(v.FalseAlarms))
		}
		b := block{Heading: "By fault, machine and noise", Table: g}
		if r.Official != nil {
			b.Text = fmt.Sprintf("DCASE's official score, the harmonic mean of %d areas: %.3f.",
				len(r.Official.Parts), r.Official.Score)
		}
		sec.Blocks = append(sec.Blocks, b)
	}
	c := r.Confusion
	sec.Blocks = append(sec.Blocks, block{
		Heading: "At the threshold",
		Text: fmt.Sprintf("Threshold %.4g: precision %s, recall %s, F1 %s. A clip counts as detected when its mean score is above it; the node's alarm asks for %d of %d observations.",
			*r.Threshold, percent(r.Precision), percent(r.Recall), number(r.F1), s.Settings.Decision.K, s.Settings.Decision.N),
		Table: &table{Class: "confusion", Rows: [][]cell{
			{{Head: true}, {Text: "detected", Head: true}, {Text: "not detected", Head: true}},
			{
				{Text: "abnormal", Head: true}, {Text: fmt.Sprint(c.TruePositives), Class: "good"},
				{Text: fmt.Sprint(c.FalseNegatives), Class: class(c.FalseNegatives == 0)},
			},
			{
				{Text: "normal", Head: true}, {Text: fmt.Sprint(c.FalsePositives), Class: class(c.FalsePositives == 0)},
				{Text: fmt.Sprint(c.TrueNegatives), Class: "good"},
			},
		}},
	})
	if r.Normal == 0 || r.Abnormal == 0 {
		return sec, nil
	}
	roc, err := rocChart(r)
	if err != nil {
		return nil, err
	}
	pr, err := prChart(r)
	if err != nil {
		return nil, err
	}
	at := fmt.Sprintf("At the threshold %s of the abnormal clips are caught, and %s of the normal ones called so.",
		percent(r.Recall), percent(r.FalseAlarm))
	sec.Blocks = append(sec.Blocks, block{Row: true, Figures: []figure{
		{Drawing: roc, Caption: "Receiver operating characteristic: caught faults against false alarms, for every threshold. " + at +
			" Shaded: where the curve as recorded may lie with so few clips (95 % at each point)."},
		{Drawing: pr, Caption: "Precision against recall: how many of the alarms are right, and how many faults raise one. Guessing is right as often as there are abnormal clips here."},
	}})
	return sec, nil
}

func frequencySection(s *content.Study, d *drawer) (*section, error) {
	if len(s.Spectra) == 0 {
		return nil, nil
	}
	var lines []curve
	var words []string
	for i, f := range s.Spectra {
		lines = append(lines, curve{f.Name, lineColors[i%len(lineColors)], points(d.centre, f.Residual)})
		if f.Name == string(dataset.Normal) {
			continue
		}
		if len(f.Above) == 0 {
			words = append(words, fmt.Sprintf("%s (%d clips): no band is restored worse than on normal sound.", f.Name, f.Clips))
			continue
		}
		words = append(words, fmt.Sprintf("%s (%d clips): what exceeds the error on normal sound lies at %s; there is %s sound there than the model expects.",
			f.Name, f.Clips, BandsText(f.Above), more(s, &s.Spectra[i])))
	}
	svg, err := bandChart(d.centre, lines, "residual (dB, rms)")
	if err != nil {
		return nil, err
	}
	parts, err := contributions(s)
	if err != nil {
		return nil, err
	}
	return &section{ID: "frequency", Title: "Where in frequency", Blocks: []block{
		{Figures: []figure{{Drawing: svg, Caption: "Mean residual spectrum: how far the reconstruction lies from what was heard, by band."}}},
		{List: words},
		{Figures: []figure{{Drawing: parts, Caption: "Mean part of each band in the score. The score weighs each band by how much it varies on normal sound, so it need not follow the residual."}}},
	}}, nil
}

// more says whether a fault adds or takes away sound where it stands out most.
func more(s *content.Study, f *content.FaultSpectrum) string {
	sum := 0.0
	for b, v := range f.Signed {
		lo, hi := s.Model.BandHz(b)
		if mid := (lo + hi) / 2; mid >= f.Above[0].FromHz && mid <= f.Above[0].ToHz {
			sum += v
		}
	}
	if sum < 0 {
		return "less"
	}
	return "more"
}

func clipSection(s *content.Study, _ *drawer) (*section, error) {
	t := &table{Head: head("clip", "label", "level, dBFS#", "score#", "ratio#", "alarm", "RMS-normalised#",
		"mean log-mel removed#", "contributes most")}
	for i, c := range s.Result.Clips.All() {
		if i == maxClips {
			break
		}
		wanted := c.Label == dataset.Abnormal
		text := "quiet"
		switch {
		case c.Alarm && wanted:
			text = "alarm"
		case c.Alarm:
			text = "false alarm"
		case wanted:
			text = "missed"
		}
		t.add(c.File, string(c.Label), fmt.Sprintf("%.1f", c.LevelDBFS), fmt.Sprintf("%.3g", c.Score),
			fmt.Sprintf("%.2f", c.Ratio), text,
			fmt.Sprintf("%.3g", c.Scores.At(evaluate.RMSNormalised)),
			fmt.Sprintf("%.3g", c.Scores.At(evaluate.MeanLogMelRemoved)),
			BandsText(c.Bands))
		t.Rows[i][5].Class = class(c.Alarm == wanted)
	}
	sec := &section{ID: "clips", Title: "Every clip", Blocks: []block{{Table: t}}}
	if more := s.Result.Clips.Len() - maxClips; more > 0 {
		sec.Blocks = append(sec.Blocks,
			block{Class: "dim", Text: fmt.Sprintf("and %d more; 'auscult evaluate --json' lists all.", more)})
	}
	return sec, nil
}

// maxClips is how many clips are listed.
const maxClips = 1000
