package backoff

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"
)

func longest(n int64) int64 { return n - 1 }

func TestNext(t *testing.T) {
	d := Delay{First: time.Second, Cap: 10 * time.Second, Rand: longest}
	for i, want := range []time.Duration{1, 2, 4, 8, 10, 10} {
		if got := d.Next(); got != want*time.Second {
			t.Errorf("delay %d = %v, want %v s", i, got, int64(want))
		}
	}
	d.Reset()
	if got := d.Next(); got != time.Second {
		t.Errorf("after Reset: %v, want 1 s", got)
	}
}

// TestNextAtTheCap doubles as long as that stays within the cap.
func TestNextAtTheCap(t *testing.T) {
	for _, c := range []struct{ first, limit, second, third time.Duration }{
		{1, 5, 2, 4},
		{2, 4, 4, 4},
		{2, 5, 4, 5}, // twice 2 is still below
		{3, 5, 5, 5},
		{7, 5, 5, 5},
		{0, 5, 0, 0},
	} {
		d := Delay{First: c.first, Cap: c.limit, Rand: longest}
		if got := d.Next(); got != min(c.first, c.limit) {
			t.Errorf("%d up to %d: first delay %d", c.first, c.limit, got)
		}
		if second, third := d.Next(), d.Next(); second != c.second || third != c.third {
			t.Errorf("%d up to %d: then %d and %d, want %d and %d", c.first, c.limit, second, third, c.second, c.third)
		}
	}
	var zero Delay
	if got := zero.Next(); got != 0 {
		t.Errorf("the zero value waits %v", got)
	}
}

func TestNextNeverOverflows(t *testing.T) {
	d := Delay{First: time.Second, Cap: math.MaxInt64 - 1, Rand: longest}
	last := time.Duration(0)
	for range 200 {
		got := d.Next()
		if got < last {
			t.Fatalf("delay fell from %v to %v", last, got)
		}
		last = got
	}
}

func TestNextIsJittered(t *testing.T) {
	d := Delay{First: time.Hour, Cap: time.Hour}
	seen := map[time.Duration]bool{}
	for range 50 {
		got := d.Next()
		if got < 0 || got > time.Hour {
			t.Fatalf("delay %v out of range", got)
		}
		seen[got] = true
	}
	if len(seen) < 40 {
		t.Errorf("only %d different delays of 50", len(seen))
	}
}

func TestSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := Delay{First: time.Minute, Cap: time.Hour, Rand: longest}
		start := time.Now()
		if err := d.Sleep(t.Context()); err != nil || time.Since(start) != time.Minute {
			t.Errorf("slept %v, error %v", time.Since(start), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start = time.Now()
		if err := d.Sleep(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("slept %v, error %v, want the context's after 1 s", time.Since(start), err)
		}
	})
}
