package node

import (
	"testing"
	"time"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/model"
)

// TestAdaptation takes the configuration's keys to the decision.
func TestAdaptation(t *testing.T) {
	m, err := model.Parse(silentBytes(t))
	if err != nil {
		t.Fatal(err)
	}
	c := config.Default()
	source := &config.Source{Name: "pump"}
	if p, err := PipelineFor(&c, source, m); err != nil || p.Adaptation != nil {
		t.Errorf("adapts without being asked: %+v, %v", p.Adaptation, err)
	}
	c.Decision.AdaptTime, c.Decision.AdaptLimit = config.Duration(24*time.Hour), 1.25
	p, err := PipelineFor(&c, source, m)
	if err != nil {
		t.Fatal(err)
	}
	want := float64(24*time.Hour) / float64(m.Settings.ObservationPeriod())
	if a := p.Adaptation; a == nil || a.Limit != 1.25 || a.Observations != want || a.Normal != m.Settings.Normal.ScoreMean {
		t.Errorf("adaptation %+v, want over %g observations up to 1.25 from %g", a, want, m.Settings.Normal.ScoreMean)
	}
}
