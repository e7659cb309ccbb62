package decide

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/state"
)

// adaptive returns a decider with a threshold of 2 over a normal score of 1.
func adaptive(t *testing.T, observations, limit float64) *Decider {
	t.Helper()
	d, err := New(Settings{Threshold: 2, Method: "test", AverageWindows: 1, K: 2, N: 3, ClearRatio: 0.9}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Adapt(Adaptation{Normal: 1, Observations: observations, Limit: limit}); err != nil {
		t.Fatal(err)
	}
	return d
}

// feed pushes a score n times and returns how many events it opened.
func feed(d *Decider, n int, score float64) (events int) {
	at := time.Unix(0, 0)
	for range n {
		at = at.Add(time.Second)
		if o, ok := d.Push(at, score, []float64{0}); ok && o.Transition == Started {
			events++
		}
	}
	return events
}

// TestAdaptFollows lets normal scores rise slowly: the threshold keeps its
// distance, up to the limit.
func TestAdaptFollows(t *testing.T) {
	d := adaptive(t, 100, 1.5)
	for score := 1.0; score <= 2.2; score += 0.01 {
		if n := feed(d, 100, score); n != 0 {
			t.Fatalf("an alarm at %g, threshold %g", score, d.Threshold())
		}
	}
	if got := d.Threshold(); got != 3 {
		t.Errorf("threshold %g after a rise of 1.2, want 3, the limit", got)
	}
	if n := feed(d, 10, 3.1); n != 1 {
		t.Errorf("%d alarms beyond the limit, want 1", n)
	}
}

// TestAdaptIgnores feeds what must not be learned: quiet, alarms, and a jump.
func TestAdaptIgnores(t *testing.T) {
	d := adaptive(t, 10, 2)
	feed(d, 1000, 0.1)
	if got := d.Threshold(); got != 2 {
		t.Errorf("threshold %g after quiet, want 2: it must not become stricter than what was chosen", got)
	}
	if n := feed(d, 1000, 2.5); n != 1 || d.Threshold() != 2 {
		t.Errorf("%d alarms and threshold %g after a jump that lasts, want 1 and 2", n, d.Threshold())
	}
	// While the event is open even what is below the threshold teaches nothing:
	// it clears at 1.8.
	if n := feed(d, 1000, 1.9); n != 0 || d.Threshold() != 2 || d.State() != state.Alarm {
		t.Errorf("%d alarms, threshold %g, state %s during an event", n, d.Threshold(), d.State())
	}
	for _, score := range []float64{math.NaN(), math.Inf(1)} {
		feed(d, 5, score)
	}
	if got := d.Threshold(); got != 2 {
		t.Errorf("threshold %g after scores that are no numbers", got)
	}
}

func TestAdaptRefuses(t *testing.T) {
	d := adaptive(t, 10, 2)
	for want, a := range map[string]Adaptation{
		"normal score":       {Normal: math.NaN(), Observations: 1, Limit: 1},
		"over 0 observation": {Observations: 0, Limit: 1},
		"up to 11 times":     {Observations: 1, Limit: 11},
		"up to NaN times":    {Observations: 1, Limit: math.NaN()},
	} {
		if err := d.Adapt(a); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", a, err, want)
		}
	}
}

func TestAdaptAllocatesNothing(t *testing.T) {
	d := adaptive(t, 10, 2)
	if n := testing.AllocsPerRun(100, func() { feed(d, 1, 1.1) }); n > 1 { // feed makes the evidence
		t.Errorf("%g allocations an observation", n)
	}
}
