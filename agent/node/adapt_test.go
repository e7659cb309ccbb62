package node

import (
	"log/slog"
	"strings"
	"testing"
)

// TestLogThreshold logs what an adaptive threshold has learned, step by step.
func TestLogThreshold(t *testing.T) {
	var log strings.Builder
	s := &source{label: "pump", n: &Node{log: slog.New(slog.NewTextHandler(&log, nil))}, logged: 2}
	for _, now := range []float64{2, 2.05, 2.09, 2.11, 2.12, 2.0} {
		s.logThreshold(now)
	}
	if n := strings.Count(log.String(), "threshold adapts"); n != 2 ||
		!strings.Contains(log.String(), "source=pump threshold=2.11 previous=2\n") {
		t.Errorf("%d lines, want 2, at 2.11 and back at 2:\n%s", n, log.String())
	}
}
