package evaluate

import (
	"testing"
	"time"

	"github.com/auscult/auscult/agent/model"
)

// TestClipsAreJudgedAlone pushes clips of which each has fewer suspicious observations than an alarm
// needs: that the ones before were suspicious too is no reason for one.
func TestClipsAreJudgedAlone(t *testing.T) {
	m := pumpModel(t)
	d := &m.Settings.Decision
	d.K, d.N = 3, 5
	tally, err := newTally(m)
	if err != nil {
		t.Fatal(err)
	}
	high := model.Score{Value: 10 * d.Threshold, Evidence: make([]float64, m.EvidenceLen())}
	hear := func(observations int) bool {
		tally.begin(nil)
		for i := range observations * max(1, d.AverageWindows) {
			tally.add(time.Unix(int64(i), 0), high)
		}
		tally.end()
		return tally.alarm
	}
	for clip, observations := range []int{2, 2, 3, 1, 2, 4, 2} {
		if alarm, want := hear(observations), observations >= d.K; alarm != want {
			t.Errorf("clip %d of %d suspicious observations, %d needed: alarm is %t", clip, observations, d.K, alarm)
		}
	}
}
