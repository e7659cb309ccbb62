package report

import (
	"fmt"
	"strings"

	"github.com/auscult/auscult/training/report/content"
)

// soundSection shows clips: beside each other, fault by fault, and those that decided most.
func soundSection(s *content.Study, d *drawer) (*section, error) {
	if len(s.Examples) == 0 {
		return nil, nil
	}
	sec := &section{ID: "sounds", Title: "What was heard, and what the model made of it"}
	for _, write := range []func(*content.Study, *drawer) ([]block, error){sideBySide, faultByFault, decisive} {
		blocks, err := write(s, d)
		if err != nil {
			return nil, err
		}
		sec.Blocks = append(sec.Blocks, blocks...)
	}
	return sec, nil
}

// sideBySide shows several clips of each kind on one scale.
func sideBySide(s *content.Study, d *drawer) ([]block, error) {
	all := make([]*content.Picture, len(s.Examples))
	for i := range s.Examples {
		all[i] = &s.Examples[i]
	}
	shared, err := sharedScales(all)
	if err != nil {
		return nil, err
	}
	b := block{
		Heading: "Side by side", Row: true,
		Text: "Log-mel spectrograms as the node's front end gives them, on one scale of colours: level of each band over time, in dB re full scale. Of each kind the clip with the median score, and others with lower and higher ones.",
	}
	for _, e := range all {
		drawn, err := d.strip(e, panel{title: strings.TrimSpace(e.Kind), cells: e.Input, scale: shared.sound})
		if err != nil {
			return nil, err
		}
		which := ""
		if e.Typical {
			which = ", the median"
		}
		b.Figures = append(b.Figures, figure{Drawing: drawn, Caption: fmt.Sprintf("%s: score %.3g%s", e.File, e.Score, which),
			Sound: soundOf(e)})
	}
	return []block{b}, nil
}

// faultByFault shows what the model made of a typical clip of normal sound and of each fault, on
// shared scales.
func faultByFault(s *content.Study, d *drawer) ([]block, error) {
	var typical []*content.Picture
	for i := range s.Examples {
		if e := &s.Examples[i]; e.Typical && e.Restored != nil {
			typical = append(typical, e)
		}
	}
	if len(typical) == 0 {
		return nil, nil
	}
	shared, err := sharedScales(typical)
	if err != nil {
		return nil, err
	}
	blocks := []block{{
		Heading: "Fault by fault",
		Text:    "Left: the sound as the node's front end gives it. Middle: the network's reconstruction. Right: their difference; red is sound that the model does not expect, blue is sound that it misses. The scales are the same for all of these.",
	}}
	for _, e := range typical {
		drawn, err := d.triptych(e, &shared)
		if err != nil {
			return nil, err
		}
		blocks[0].Figures = append(blocks[0].Figures, figure{Drawing: drawn, Caption: fmt.Sprintf("%s, %s: score %.3g, %.2f times the threshold.",
			strings.TrimSpace(e.Kind), e.File, e.Score, e.Ratio)})
	}
	return blocks, nil
}

// decisive shows the clearest detections, misses and false alarms.
func decisive(s *content.Study, d *drawer) (blocks []block, err error) {
	var all []*content.Picture
	for i := range s.Triptychs {
		all = append(all, &s.Triptychs[i])
	}
	var shared scales
	if len(all) > 0 {
		if shared, err = sharedScales(all); err != nil {
			return nil, err
		}
	}
	for i, p := range all {
		drawn, err := d.triptych(p, &shared)
		if err != nil {
			return nil, err
		}
		name := p.File
		if p.Fault != "" {
			name += ", " + p.Fault
		}
		b := block{Figures: []figure{{Drawing: drawn, Caption: fmt.Sprintf("%s: score %.3g, %.2f times the threshold.", name, p.Score, p.Ratio),
			Sound: soundOf(p)}}}
		if i == 0 || all[i-1].Kind != p.Kind {
			b.Heading = strings.ToUpper(p.Kind[:1]) + p.Kind[1:]
		}
		blocks = append(blocks, b)
	}
	if d := s.Result; d.Alarms == d.Abnormal && d.Abnormal > 0 {
		blocks = append(blocks, block{Class: "dim", Text: "There is no miss to show."})
	}
	if s.Result.FalseAlarms == 0 {
		blocks = append(blocks, block{Class: "dim", Text: "There is no false alarm to show."})
	}
	return blocks, nil
}
