package pace

import (
	"testing"
	"time"

	"github.com/auscult/auscult/hw/hwtest"
)

// TestTime sets the clock while a recording is played: times follow, distances stay.
func TestTime(t *testing.T) {
	for _, by := range []time.Duration{0, time.Hour, -time.Hour} {
		start := time.Now()
		now := start
		p := New(16000, false, func() time.Time { return now })
		if got := p.Time(0); !got.Equal(start) {
			t.Errorf("sample 0 at %v, want %v", got, start)
		}
		now = hwtest.SetClock(t, start.Add(3*time.Second), by)
		got := p.Time(24000)
		if want := start.Add(1500 * time.Millisecond); got.Sub(want) != 0 || got.Round(0).Sub(want.Round(0)) != by {
			t.Errorf("set by %v: sample 24000 at %v, want %v", by, got, want)
		}
	}
}
