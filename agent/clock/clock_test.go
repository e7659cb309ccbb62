package clock

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/clock/clocktest"
)

// years is by how much the clocks of these tests are set.
const years = 56 * 365 * 24 * time.Hour

// board is a machine that starts in 1970.
type board struct {
	root  string
	clock *Clock
	ahead time.Duration // that its clock was set by
	up    time.Duration
	start time.Time
}

func newBoard(t *testing.T) *board {
	t.Helper()
	b := &board{root: t.TempDir(), start: time.Now(), up: 40 * time.Second}
	write(t, filepath.Join(b.root, "proc/sys/kernel/random/boot_id"), "01234567-89ab-4def-8123-456789abcdef\n")
	b.clock = New(b.root, func() time.Time { return b.at(b.up) }, func() time.Duration { return b.up })
	return b
}

// at returns what the clock says when the machine has been up for so long.
func (b *board) at(up time.Duration) time.Time { return clocktest.Set(b.start.Add(up), b.ahead-years) }

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestClockThatIsSet tells what was heard before by the clock as it goes after it was set.
func TestClockThatIsSet(t *testing.T) {
	b := newBoard(t)
	heard := b.clock.Present().Now
	b.up += time.Minute
	b.clock.Look()
	before := b.clock.Present()
	if got := before.Of(heard); !got.Equal(heard) {
		t.Errorf("nobody has set the clock, and %v became %v", heard, got)
	}
	boot, up, known := before.SinceBoot(heard)
	if boot != "0123456789ab4def" || up != 40*time.Second || !known {
		t.Errorf("heard %v after boot %s, %t", up, boot, known)
	}
	b.ahead += years
	write(t, filepath.Join(b.root, "run/systemd/timesync/synchronized"), "")
	if !b.clock.Look() || !b.clock.Synced() {
		t.Error("it was not noticed that the clock was set")
	}
	if b.clock.Look() {
		t.Error("it was noticed twice")
	}
	after := b.clock.Present()
	want := b.start.Add(40 * time.Second).Round(0)
	if got := after.Of(heard); !got.Round(0).Equal(want) {
		t.Errorf("heard at %v, want %v", got, want)
	}
	if got, ok := after.Recall(boot, up); !ok || !got.Round(0).Equal(want) {
		t.Errorf("recalled %v, %t, want %v", got, ok, want)
	}
	for _, other := range []string{"", "another"} {
		if got, ok := after.Recall(other, up); ok {
			t.Errorf("recalled %v of the boot %q", got, other)
		}
	}
	if got, ok := before.Recall(boot, up); ok {
		t.Errorf("recalled %v by a clock that nobody had set", got)
	}
}

// TestSteps notices a step, both ways, and no wandering.
func TestSteps(t *testing.T) {
	b := newBoard(t)
	b.clock.Look()
	for _, c := range []struct {
		step time.Duration
		news bool
	}{{0, false}, {years, true}, {0, false}, {-2 * years, true}, {time.Second, true}, {-time.Second, true}} {
		b.up += time.Second
		b.ahead += c.step
		if got := b.clock.Look(); got != c.news {
			t.Errorf("set by %v: news %t", c.step, got)
		}
	}
	// A time without a monotonic reading is taken as it is.
	plain := time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)
	if got := b.clock.Present().Of(plain); !got.Equal(plain) {
		t.Errorf("%v became %v", plain, got)
	}
}

// TestNoBoot tells nothing where the machine does not.
func TestNoBoot(t *testing.T) {
	c := New(t.TempDir(), nil, func() time.Duration { return time.Hour })
	if boot, up, known := c.Present().SinceBoot(time.Now()); known {
		t.Errorf("%v after the boot %q", up, boot)
	}
	here := New("/", nil, nil).Present()
	if boot, up, known := here.SinceBoot(here.Now); known && (len(boot) != bootDigits || up <= 0) {
		t.Errorf("this machine: boot %q, %v", boot, up)
	}
}
