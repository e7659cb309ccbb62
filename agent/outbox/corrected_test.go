package outbox

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/clock"
	"github.com/auscult/auscult/agent/clock/clocktest"
	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/message"
)

const years = 56 * 365 * 24 * time.Hour

// board is a machine that starts in 1970 and whose clock is set later.
type board struct {
	*testing.T
	root  string
	start time.Time
	up    time.Duration
	ahead time.Duration
}

func newBoard(t *testing.T, boot string) *board {
	t.Helper()
	b := &board{T: t, root: t.TempDir(), start: time.Now(), up: time.Minute}
	b.write("proc/sys/kernel/random/boot_id", boot)
	return b
}

func (b *board) write(path, text string) {
	b.Helper()
	path = filepath.Join(b.root, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
}

// now is what the clock says.
func (b *board) now() time.Time { return clocktest.Set(b.start.Add(b.up), b.ahead-years) }

func (b *board) clock() *clock.Clock {
	return clock.New(b.root, b.now, func() time.Duration { return b.up })
}

// set sets the clock.
func (b *board) set() {
	b.ahead = years
	b.write("run/systemd/timesync/synchronized", "")
}

// start returns the alert of an event that starts at a time, as a node tells it.
func startAt(c *clock.Clock, at time.Time) *message.Alert {
	a := alertOf("fan")
	now := c.Present()
	a.Time = message.Time(now.Of(at))
	a.Clocked = message.ClockedAt(now, at)
	a.Start, a.Peak.Time = a.Time, a.Time
	return a
}

// next returns the alert that the client would send first.
func next(t *testing.T, b *Broker) (a message.Alert, payload []byte) {
	t.Helper()
	r, ok := corrected{b.spool, b.o.Clock}.Next(nil)
	if !ok {
		t.Fatal("nothing waits")
	}
	if err := json.Unmarshal(r.Payload, &a); err != nil {
		t.Fatal(err)
	}
	return a, r.Payload
}

// TestAlertsBeforeTheClockWasSet tells an event in 1970, and offers it after the clock was set:
// in the same run, in another, and after the machine was started anew.
func TestAlertsBeforeTheClockWasSet(t *testing.T) {
	m := newBoard(t, "first-boot-of-it")
	o := options(t, faults{}, JSON{})
	o.Clock = m.clock()
	b := openBroker(t, o)
	b.Take(startAt(o.Clock, m.now()))
	write(t, b)
	heard := m.start.Add(m.up).Round(0)
	before, old := next(t, b)
	if before.TimeSynced || before.Uptime == nil || before.Uptime.Seconds != 60 ||
		before.Uptime.Boot != "firstbootofit" || time.Time(before.Time).Year() > 1971 {
		t.Errorf("before: %s", old)
	}
	m.up += time.Hour
	m.set()
	o.Clock.Look()
	right := func(a message.Alert) bool {
		for _, at := range []message.Time{a.Time, a.Start, a.Peak.Time} {
			if time.Time(at).Sub(heard).Abs() > 2*time.Millisecond {
				return false
			}
		}
		return a.TimeSynced && a.Uptime == nil
	}
	a, text := next(t, b)
	if !right(a) || a.Seq != before.Seq || a.BootID != before.BootID {
		t.Errorf("after: %s", text)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	o.Clock = m.clock()
	b = openBroker(t, o)
	if a, again := next(t, b); !right(a) || !bytes.Equal(again, text) {
		t.Errorf("in another run: %s", again)
	}
	// The end that nobody saw comes by the same clock.
	if n := b.CloseInterrupted(); n != 1 {
		t.Fatalf("%d events were closed", n)
	}
	end := (<-b.alerts)
	if !end.TimeSynced || end.Cause != decide.Interrupted || time.Time(end.Start).Sub(heard).Abs() > 2*time.Millisecond ||
		time.Time(*end.End).Sub(time.Time(end.Start)).Round(time.Second) != time.Hour {
		t.Errorf("the end is %+v", end)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	// After another boot nobody knows when it was.
	other := newBoard(t, "another")
	other.set()
	o.Clock = other.clock()
	b = openBroker(t, o)
	if _, text := next(t, b); !bytes.Equal(text, old) {
		t.Errorf("after another boot: %s, want %s", text, old)
	}
	if n := b.CloseInterrupted(); n != 1 {
		t.Fatalf("%d events were closed", n)
	}
	if end := (<-b.alerts); end.TimeSynced || end.Uptime != nil {
		t.Errorf("an end whose start is by another clock: %+v", end)
	}
}

// TestOthersWordsAreLeft corrects nothing that is not an alert of this node's own dialect.
func TestOthersWordsAreLeft(t *testing.T) {
	m := newBoard(t, "boot")
	m.set()
	for _, c := range []struct{ topic, payload string }{
		{"auscult/n/fan/alert", `{"time_synced":false`},
		{"auscult/n/fan/alert", `{"event":"e","node":"n","source":"pump","time_synced":false,"uptime":{"boot":"boot","seconds":1}}`},
		{"else", `{"event":"e","node":"n","source":"fan","time_synced":false,"uptime":{"boot":"boot","seconds":1}}`},
		{"auscult/n/fan/alert", `{"event":"e","node":"n","source":"fan","time_synced":false}`},
	} {
		if got := correct(c.topic, []byte(c.payload), m.clock()); string(got) != c.payload {
			t.Errorf("%s became %s", c.payload, got)
		}
	}
}
