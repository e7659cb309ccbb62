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
	r.log = append(r.log, fmt.Sprintf("%d%s",
		time.Since(r.start).Milliseconds(), map[gpio.Level]string{gpio.High: "+", gpio.Low: "-"}[l]))
	return r.fail
}

// The signals of a node.
var (
	learning = Signal{Slow, true}
	normal   = Signal{Steady, true}
	warning  = Signal{TwoFlashes, true}
	alarm    = Signal{Rapid, false}
	fault    = Signal{ThreeFlashes, false}
	unfit    = Signal{FourFlashes, false}
)

// show runs an indicator through signals, a second and a half each but for the
// last, which lasts 2.1 s, and returns what the pin did.
func show(t *testing.T, o Options, signals ...Signal) string {
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
		for n, s := range signals {
			i.Show(s)
			if n < len(signals)-1 {
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
	for pattern, want := range map[Pattern]string{
		Dark:         "0- 2100-",
		Steady:       "0- 0+ 2100-",
		Slow:         "0- 0+ 1000- 2000+ 2100-",
		TwoFlashes:   "0- 0+ 150- 300+ 450- 2000+ 2100-",
		ThreeFlashes: "0- 0+ 150- 300+ 450- 600+ 750- 2000+ 2100-",
		FourFlashes:  "0- 0+ 150- 300+ 450- 600+ 750- 900+ 1050- 2000+ 2100-",
		"?":          "0- 0+ 150- 300+ 450- 600+ 750- 2000+ 2100-",
		Rapid: "0- 0+ 125- 250+ 375- 500+ 625- 750+ 875- 1000+ 1125- 1250+ 1375- 1500+ 1625- 1750+ 1875- 2000+ " +
			"2100-",
	} {
		if got := show(t, Options{}, Signal{Light: pattern}); got != want {
			t.Errorf("%s:\n got %s\nwant %s", pattern, got, want)
		}
	}
}

func TestChange(t *testing.T) {
	// A pattern begins when it is shown, and showing a signal again does not
	// begin it anew.
	if got, want := show(t, Options{}, learning, warning), "0- 0+ 1000- 1500+ 1650- 1800+ 1950- 3500+ 3600-"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := show(t, Options{}, learning, learning), "0- 0+ 1000- 2000+ 3000- 3600-"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRelay(t *testing.T) {
	if got, want := show(t, Options{Relay: true}, learning, normal, warning, alarm, normal, fault, normal, unfit),
		"0- 0+ 4500- 6000+ 7500- 9000+ 10500- 12600-"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := show(t, Options{Relay: true, ActiveLow: true}, normal, alarm), "0+ 0- 1500+ 3600+"; got != want {
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
		i.Show(alarm)
		if err := i.Run(t.Context()); !errors.Is(err, broken) {
			t.Errorf("Run: %v", err)
		}
	})
}

// TestShowNeverBlocks shows signals that nobody looks at.
func TestShowNeverBlocks(t *testing.T) {
	i, err := New(&recorder{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		i.Show(normal)
		i.Show(alarm)
	}
	if got := <-i.changes; got != alarm {
		t.Errorf("the last signal is %v, want %v", got, alarm)
	}
}
