package report

import (
	"fmt"
	"image/color"

	"gonum.org/v1/plot/plotter"

	"github.com/auscult/auscult/training/report/content"
)

// noiseSection shows the noises that machines were recorded in, and noise that was mixed into the clips.
func noiseSection(s *content.Study, _ *drawer) (*section, error) {
	sec := &section{ID: "noise", Title: "In noise"}
	recorded, err := recordedBlocks(s)
	if err != nil {
		return nil, err
	}
	sec.Blocks = append(sec.Blocks, recorded...)
	mixed, err := mixedBlocks(s)
	if err != nil {
		return nil, err
	}
	if sec.Blocks = append(sec.Blocks, mixed...); len(sec.Blocks) == 0 {
		return nil, nil
	}
	return sec, nil
}

// recordedBlocks shows each machine's noises.
func recordedBlocks(s *content.Study) ([]block, error) {
	if len(s.InNoise) == 0 {
		return nil, nil
	}
	t := noiseTable("machine")
	var lines []curve
	var words []string
	for i := range s.InNoise {
		c := &s.InNoise[i]
		name := c.Machine
		if name == "" {
			name = "the machine"
		}
		line := curve{name: name, color: lineColors[i%len(lineColors)]}
		low, high := curve{name: "", color: faint}, curve{name: "", color: faint}
		for k := range c.Points {
			p := &c.Points[k]
			addNoiseRow(t, p, name)
			if p.Metrics.AUC == nil {
				continue
			}
			line.points = append(line.points, plotter.XY{X: *p.SNRdB, Y: *p.Metrics.AUC})
			if p.Metrics.AUCInterval != nil {
				low.points = append(low.points, plotter.XY{X: *p.SNRdB, Y: p.Metrics.AUCInterval.Low})
				high.points = append(high.points, plotter.XY{X: *p.SNRdB, Y: p.Metrics.AUCInterval.High})
			}
		}
		lines = append(lines, line, low, high)
		if db, ok := c.CollapseDB(); ok {
			words = append(words, fmt.Sprintf("%s: detection collapses at %s, where the AUC falls below %.1f.", name, decibels(db), content.Collapsed))
		} else {
			words = append(words, fmt.Sprintf("%s: told apart in every noise that it was recorded in.", name))
		}
	}
	var svg *chart
	if lines = drawn(lines); len(lines) > 0 {
		var err error
		if svg, err = wideChart("signal to noise, as recorded (dB)", "AUC", lines, 0, 1); err != nil {
			return nil, err
		}
	}
	return []block{
		{Heading: "As recorded", List: words},
		{Table: t, Figures: []figure{{Drawing: svg, Caption: "Each line is one machine in several noises, as the folders' names tell; faint: the limits of its 95 % interval."}}},
	}, nil
}

func noiseTable(first ...string) *table {
	return &table{Head: head(append(first, "signal to noise#", "AUC#", "95 % interval#", "alarms on abnormal clips#",
		"false alarms on normal clips#")...)}
}

func addNoiseRow(t *table, p *content.NoisePoint, first ...string) {
	name := "no noise added"
	if p.SNRdB != nil {
		name = decibels(*p.SNRdB)
	}
	t.add(append(first, name, number(p.Metrics.AUC), intervalText(p.Metrics.AUCInterval),
		fmt.Sprintf("%d of %d", p.Alarms, p.Metrics.Abnormal), fmt.Sprintf("%d of %d", p.FalseAlarms, p.Metrics.Normal))...)
}

// mixedBlocks shows what noise does that is mixed into the clips.
func mixedBlocks(s *content.Study) ([]block, error) {
	if len(s.Noise) == 0 {
		if s.NoNoise == "" {
			return nil, nil
		}
		return []block{{Class: "dim", Text: s.NoNoise}}, nil
	}
	t := noiseTable()
	for i := range s.Noise {
		addNoiseRow(t, &s.Noise[i])
	}
	text := fmt.Sprintf("In this sweep scores still tell the two apart at every level (AUC of %.1f or more).",
		content.Collapsed)
	if db, ok := s.CollapseDB(); ok {
		text = fmt.Sprintf("Detection collapses at %s: the AUC falls below %.1f.", decibels(db), content.Collapsed)
	}
	text += falseInNoise(s)
	svg, err := noiseChart(s.Noise)
	if err != nil {
		return nil, err
	}
	return []block{
		{Heading: "With noise mixed in", Class: "words", Text: text},
		{Table: t, Figures: []figure{{Drawing: svg, Caption: fmt.Sprintf("The same level of pink noise was mixed into up to %d clips of each label, normal or not, as a noisy hall would; the ratio is that of the median normal clip's measured power to the noise's. The mixture went through the node's own pipeline. What a recording already holds of noise counts as signal.", content.SweepClips)}}},
	}, nil
}

// decibels writes a ratio with its sign.
func decibels(db float64) string {
	if db == 0 {
		return "0 dB"
	}
	return fmt.Sprintf("%+.0f dB", db)
}

// falseInNoise says where noise itself raises the alarm.
func falseInNoise(s *content.Study) string {
	for _, p := range s.Noise {
		if p.SNRdB != nil && 2*p.FalseAlarms > p.Metrics.Normal {
			return fmt.Sprintf(" At %s and below noise itself raises the alarm on most normal clips: a new source of noise near the machine means to learn anew.", decibels(*p.SNRdB))
		}
	}
	return ""
}

// noiseChart draws AUC and the shares of alarms over the level of noise.
func noiseChart(sweep []content.NoisePoint) (*chart, error) {
	lines := []curve{
		{name: "AUC", color: third}, {name: "abnormal clips with alarm", color: abnormal},
		{name: "normal clips with alarm", color: normal},
	}
	guess := curve{name: "guessing", color: color.Color(faint)}
	for _, p := range sweep {
		if p.SNRdB == nil || p.Metrics.AUC == nil {
			continue
		}
		x := *p.SNRdB
		for i, y := range []float64{
			*p.Metrics.AUC, share(p.Alarms, p.Metrics.Abnormal), share(p.FalseAlarms, p.Metrics.Normal),
		} {
			lines[i].points = append(lines[i].points, plotter.XY{X: x, Y: y})
		}
		guess.points = append(guess.points, plotter.XY{X: x, Y: 0.5})
	}
	if len(guess.points) == 0 {
		return nil, nil
	}
	return wideChart("signal to noise (dB)", "share", append(lines, guess), 0, 1)
}

func share(n, of int) float64 { return float64(n) / float64(max(of, 1)) }
