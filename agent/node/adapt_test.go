package node

import (
	"log/slog"
	"strings"
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
	if p, err := PipelineFor(&c, source, m, nil); err != nil || p.Adaptation != nil {
		t.Errorf("adapts without being asked: %+v, %v", p.Adaptation, err)
	}
	c.Decision.AdaptTime, c.Decision.AdaptLimit = config.Duration(24*time.Hour), 1.25
	p, err := PipelineFor(&c, source, m, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := float64(24*time.Hour) / float64(m.Settings.ObservationPeriod())
	if a := p.Adaptation; a == nil || a.Limit != 1.25 || a.Observations != want || a.Normal != m.Settings.Normal.ScoreMean {
		t.Errorf("adaptation %+v, want over %g observations up to 1.25 from %g", a, want, m.Settings.Normal.ScoreMean)
	}
}

// TestTellThreshold logs what an adaptive threshold has learned, step by step.
func TestTellThreshold(t *testing.T) {
	var log strings.Builder
	s := &source{c: &config.Source{Name: "pump"}, n: &Node{log: slog.New(slog.NewTextHandler(&log, nil))}, told: 2}
	for _, now := range []float64{2, 2.05, 2.09, 2.11, 2.12, 2.0} {
		s.tellThreshold(now)
	}
	if n := strings.Count(log.String(), "threshold adapts"); n != 2 || !strings.Contains(log.String(), "source=pump threshold=2.11 previous=2\n") {
		t.Errorf("%d lines, want 2, at 2.11 and back at 2:\n%s", n, log.String())
	}
}
