package report

import (
	"fmt"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/training/report/content"
)

// detectorSection shows what each detector of an ensemble can do alone.
func detectorSection(s *content.Study, _ *drawer) (*section, error) {
	r := s.Result
	if len(r.Detectors) == 0 {
		return nil, nil
	}
	t := &table{Head: head("detector", "AUC alone#", "95 % interval#", "pAUC (FPR ≤ 0.1)#", "listens to")}
	for i := range r.Detectors {
		d := &r.Detectors[i]
		kind, _ := detect.KindOf(d.Detector)
		t.add(string(d.Detector), number(d.AUC), intervalText(d.AUCInterval), number(d.PAUC), kind.Listens)
	}
	t.add("together", number(r.AUC), intervalText(r.AUCInterval), number(r.PAUC), "")
	said := &table{Head: head("clip", "detector", "surprise#", "what it says")}
	for _, c := range r.Clips.All() {
		if !c.Alarm || len(said.Rows) >= maxSaid {
			continue
		}
		loudest := c.Detectors[0]
		for _, d := range c.Detectors {
			if d.Surprise > loudest.Surprise {
				loudest = d
			}
		}
		said.add(c.File, string(loudest.Detector), fmt.Sprintf("%.2f", loudest.Surprise), loudest.Text)
	}
	sec := &section{ID: "detectors", Title: "The detectors on their own", Blocks: []block{{
		Text:  "Each detector's surprise is -log10 of the share of normal sound that scores as high: 1 is every tenth observation, 3 every thousandth. A source can do without any of them (without_detectors in the node's configuration).",
		Table: t,
	}}}
	if len(said.Rows) > 0 {
		sec.Blocks = append(sec.Blocks, block{Heading: "Who raised the alarm", Table: said})
	}
	return sec, nil
}

// maxSaid is how many clips a reader goes through.
const maxSaid = 20
