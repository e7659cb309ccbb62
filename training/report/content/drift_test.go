package content

import (
	"testing"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/model/modeltest"
	"github.com/auscult/auscult/dsp"
)

// TestSimulateDrift lets the scores of normal sound climb from 1 to 4 over a
// threshold of 3: the fixed threshold is flooded, the adaptive one reaches 4.5 and is
// not, and faults that stay above it are caught by both.
func TestSimulateDrift(t *testing.T) {
	m, err := model.Parse(modeltest.Silent(t, dsp.DefaultProfile(), func(s *model.Settings) {
		s.Decision.Threshold, s.Normal.ScoreMean = 3, 1
		s.Decision.K, s.Decision.N, s.Decision.ClearRatio = 2, 3, 0.9
	}))
	if err != nil {
		t.Fatal(err)
	}
	s := &Study{Model: m, Settings: &m.Settings}
	gains := []float64{0, 1, 2, 3, 4, 5, 6}
	scores := make([][]replayed, len(gains))
	for k, gain := range gains {
		level := 1 + gain/2
		normal := replayed{each: []float64{level - 0.1, level, level + 0.1}}
		scores[k] = []replayed{normal, normal, {each: []float64{level + 4, level + 4, level + 4}}, {}}
	}
	d, err := s.simulateDrift(gains, scores, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	first, last := d.Steps[0], d.Steps[len(d.Steps)-1]
	if first.Fixed.AlarmTime != 0 || first.Adapted.AlarmTime != 0 || first.Median != 1 {
		t.Errorf("at first %+v", first)
	}
	if last.Fixed.AlarmTime < 0.9 || last.Fixed.Threshold != 3 || last.Fixed.Caught != 1 {
		t.Errorf("fixed at the end: %+v", last.Fixed)
	}
	if last.Adapted.AlarmTime != 0 || last.Adapted.Threshold <= 4 || last.Adapted.Threshold > 4.5 ||
		last.Adapted.Caught != 1 {
		t.Errorf("adaptive at the end: %+v", last.Adapted)
	}
	if d, err := s.simulateDrift(gains, make([][]replayed, len(gains)), 0, 1); d != nil || err != nil {
		t.Errorf("no clips: %+v, %v", d, err)
	}
}
