package model

import (
	"strings"
	"testing"
	"time"
)

// TestLate wants a model refused whose inference takes longer than the time to the next window, and measured again
// where that may have been by chance.
func TestLate(t *testing.T) {
	m := &Model{Settings: testSettings()}
	every := m.Settings.WindowPeriod()
	if every <= 0 {
		t.Fatalf("windows every %v", every)
	}
	runs := 0
	m.timed(func() []byte { runs++; return nil })
	if err := m.Late(); err != nil || runs != 1 {
		t.Errorf("error %v after %d runs", err, runs)
	}
	m.takes = every + time.Millisecond
	if err := m.Late(); err == nil || !strings.Contains(err.Error(), "and a window comes every") {
		t.Errorf("error %v", err)
	}
	m.Settings.Window.StrideFrames, m.Settings.Profile.HopLength, m.Settings.Profile.SampleRateHz = 1, 1, 1<<30
	runs = 0
	m.timed(func() []byte { runs++; return []byte(strings.Repeat("x", 1<<16)) })
	if err := m.Late(); err == nil || runs != 3 {
		t.Errorf("error %v after %d runs", err, runs)
	}
}
