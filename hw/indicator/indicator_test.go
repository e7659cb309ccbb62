package indicator

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpiotest"
)

// recorder is a pin that notes when it was set to what.
type recorder struct {
	gpiotest.Pin
	mu    sync.Mutex
	start time.Time
	log   []string
	fail  error
}

func (r *recorder) Out(l gpio.Level) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log = append(r.log, fmt.Sprintf("%d%s", time.Since(r.start).Milliseconds(), map[gpio.Level]string{gpio.High: "+", gpio.Low: "-"}[l]))
	return r.fail
}

// show runs an indicator through states, a second and a half each but for the
// last, which lasts 2.1 s, and returns what the pin did.
func show(t *testing.T, o Options, states ...State) string {
	t.Helper()
	var got string
	synctest.Test(t, func(t *testing.T) {
		pin := &recorder{start: time.Now()}
		i, err := New(pin, o)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- i.Run(ctx) }()
		for n, s := range states {
			i.Show(s)
			if n < len(states)-1 {
				time.Sleep(1500 * time.Millisecond)
			}
		}
		time.Sleep(2100 * time.Millisecond)
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run: %v", err)
		}
		got = strings.Join(pin.log, " ")
	})
	return got
}

func TestPatterns(t *testing.T) {
	for state, want := range map[State]string{
		Off:      "0- 2100-",
		Normal:   "0- 0+ 2100-",
		Learning: "0- 0+ 1000- 2000+ 2100-",
		Warning:  "0- 0+ 150- 300+ 450- 2000+ 2100-",
		Fault:    "0- 0+ 150- 300+ 450- 600+ 750- 2000+ 2100-",
		Unfit:    "0- 0+ 150- 300+ 450- 600+ 750- 900+ 1050- 2000+ 2100-",
		"?":      "0- 0+ 150- 300+ 450- 600+ 750- 2000+ 2100-",
		Alarm: "0- 0+ 125- 250+ 375- 500+ 625- 750+ 875- 1000+ 1125- 1250+ 1375- 1500+ 1625- 1750+ 1875- 2000+ " +
			"2100-",
	} {
		if got := show(t, Options{}, state); got != want {
			t.Errorf("%s:\n got %s\nwant %s", state, got, want)
		}
	}
}

func TestChange(t *testing.T) {
	// The new pattern begins as the state does, and showing a state again does not
	// begin it anew.
	if got, want := show(t, Options{}, Learning, Warning), "0- 0+ 1000- 1500+ 1650- 1800+ 1950- 3500+ 3600-"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := show(t, Options{}, Learning, Learning), "0- 0+ 1000- 2000+ 3000- 3600-"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRelay(t *testing.T) {
	if got, want := show(t, Options{Relay: true}, Learning, Normal, Warning, Alarm, Normal, Fault, Normal, Unfit),
		"0- 0+ 4500- 6000+ 7500- 9000+ 10500- 12600-"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := show(t, Options{Relay: true, ActiveLow: true}, Normal, Alarm), "0+ 0- 1500+ 3600+"; got != want {
		t.Errorf("active low: got %s, want %s", got, want)
	}
}

func TestPinFails(t *testing.T) {
	broken := errors.New("broken")
	if _, err := New(&recorder{fail: broken}, Options{}); !errors.Is(err, broken) {
		t.Errorf("New: %v", err)
	}
	synctest.Test(t, func(t *testing.T) {
		pin := &recorder{}
		i, err := New(pin, Options{})
		if err != nil {
			t.Fatal(err)
		}
		pin.fail = broken
		i.Show(Alarm)
		if err := i.Run(t.Context()); !errors.Is(err, broken) {
			t.Errorf("Run: %v", err)
		}
	})
}

// TestShowNeverBlocks shows states that nobody looks at.
func TestShowNeverBlocks(t *testing.T) {
	i, err := New(&recorder{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		i.Show(Normal)
		i.Show(Alarm)
	}
	if got := <-i.changes; got != Alarm {
		t.Errorf("the last state is %s, want %s", got, Alarm)
	}
}
