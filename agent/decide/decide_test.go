package decide

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/state"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// run pushes one-window observations and writes one letter for each: n, w or a
// for the state, followed by ( where an event starts and ) where it ends.
func run(t *testing.T, d *Decider, scores ...float64) string {
	t.Helper()
	var b strings.Builder
	for i, s := range scores {
		o, ok := d.Push(start.Add(time.Duration(i)*time.Second), s, []float64{s / 2, s / 2})
		if !ok {
			b.WriteByte('.')
			continue
		}
		b.WriteByte(o.State[0])
		switch o.Transition {
		case Started:
			b.WriteByte('(')
		case Ended:
			b.WriteByte(')')
		}
	}
	return b.String()
}

func newDecider(t *testing.T, s Settings) *Decider {
	t.Helper()
	d, err := New(s, 2)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestStates(t *testing.T) {
	s := Settings{Threshold: 10, AverageWindows: 1, K: 2, N: 3, ClearRatio: 0.8}
	for _, c := range []struct {
		name   string
		scores []float64
		want   string
	}{
		{"quiet", []float64{1, 10, 9, 0}, "nnnn"},
		{"one of three", []float64{11, 1, 1, 1}, "wwwn"},
		{"too far apart", []float64{11, 1, 1, 11, 1, 1, 1}, "wwwwwwn"},
		{"two of three", []float64{11, 1, 11}, "wwa("},
		{"clears after three quiet ones", []float64{11, 11, 1, 1, 1, 1}, "wa(aan)n"},
		{"between clear level and threshold stays", []float64{11, 11, 9, 9, 9, 9, 8, 8, 8}, "wa(aaaaaan)"},
		{"a loud one restarts the quiet count", []float64{11, 11, 1, 1, 11, 1, 1, 1}, "wa(aaaaan)"},
		{"again", []float64{11, 11, 1, 1, 1, 11, 11}, "wa(aan)wa("},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := run(t, newDecider(t, s), c.scores...); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestKAndNAtTheirLimits(t *testing.T) {
	s := Settings{Threshold: 1, AverageWindows: 1, K: 64, N: 64, ClearRatio: 1}
	scores := make([]float64, 64)
	for i := range scores {
		scores[i] = 2
	}
	want := strings.Repeat("w", 63) + "a("
	if got := run(t, newDecider(t, s), scores...); got != want {
		t.Errorf("got %s", got)
	}
	s.K, s.N = 1, 1
	if got := run(t, newDecider(t, s), 2, 2, 1, 2); got != "a(an)a(" {
		t.Errorf("got %s", got)
	}
}

// value is one of the values of an observation. Times here are all of one location.
type value struct {
	what      string
	got, want any
}

// same compares values and names those that differ.
func same(t *testing.T, when string, values []value) {
	t.Helper()
	for _, v := range values {
		if v.got != v.want {
			t.Errorf("%s: %s is %v, want %v", when, v.what, v.got, v.want)
		}
	}
}

func TestEvent(t *testing.T) {
	d := newDecider(t, Settings{Threshold: 10, AverageWindows: 1, K: 2, N: 3, ClearRatio: 1})
	at := func(i int) time.Time { return start.Add(time.Duration(i) * time.Second) }
	var o Observation
	for i, s := range []float64{1, 20, 1, 30, 1, 60, 1, 1, 1} {
		var ok bool
		if o, ok = d.Push(at(i), s, []float64{s, 0}); !ok {
			t.Fatalf("window %d made no observation", i)
		}
		if i == 3 {
			e := o.Event
			same(t, "at its start", []value{
				{"id", e.ID, "20260301T120001.000Z-1"},
				{"transition", o.Transition, Started},
				{"start", e.Start, at(1)},
				{"end", e.End, time.Time{}},
				{"peak score", e.PeakScore, 30.},
				{"suspicious windows", e.Suspicious, 2},
				{"evidence", e.Evidence[0], 25.},
			})
		}
	}
	e := o.Event
	same(t, "at its end", []value{
		{"transition", o.Transition, Ended},
		{"cause", e.Cause, Cleared},
		{"end", e.End, at(8)},
		{"peak score", e.PeakScore, 60.},
		{"peak ratio", e.PeakRatio, 6.},
		{"peak time", e.PeakTime, at(5)},
		{"suspicious windows", e.Suspicious, 3},
		{"second detector's evidence", e.Evidence[1], 0.},
	})
	if math.Abs(e.Evidence[0]-110.0/3) > 1e-12 {
		t.Errorf("evidence %g, want the mean of 20, 30 and 60", e.Evidence[0])
	}
	if o, _ = d.Push(at(9), 1, []float64{0, 0}); o.Event != nil || o.Previous != state.Normal {
		t.Errorf("after its end: %+v", o)
	}
}

func TestAverage(t *testing.T) {
	d := newDecider(t, Settings{Threshold: 10, AverageWindows: 4, K: 1, N: 1, ClearRatio: 1})
	var o Observation
	var ok bool
	for i, s := range []float64{2, 4, 6, 8} {
		if ok {
			t.Fatal("an observation came early")
		}
		o, ok = d.Push(start.Add(time.Duration(i)*time.Second), s, []float64{s, 1})
	}
	if !ok {
		t.Fatal("four windows made no observation")
	}
	same(t, "the average", []value{
		{"score", o.Score, 5.},
		{"ratio", o.Ratio, 0.5},
		{"evidence", o.Evidence[0], 5.},
		{"second detector's evidence", o.Evidence[1], 1.},
		{"start", o.Start, start},
		{"time", o.Time, start.Add(3 * time.Second)},
	})
}

func TestResetAtAGap(t *testing.T) {
	d := newDecider(t, Settings{Threshold: 10, AverageWindows: 2, K: 2, N: 2, ClearRatio: 1})
	if got := run(t, d, 100); got != "." {
		t.Fatal(got)
	}
	d.Reset() // the loud half is gone
	if got := run(t, d, 1, 1); got != ".n" {
		t.Errorf("windows of both sides of a gap were mixed: %s", got)
	}
	if got := run(t, d, 20, 20); got != ".w" {
		t.Fatal(got)
	}
	d.Reset() // suspicion stays
	if got := run(t, d, 20, 20); got != ".a(" {
		t.Errorf("a gap took suspicion away: %s", got)
	}
	d.Reset() // an open event stays
	if got := run(t, d, 1, 1, 1); got != ".a." {
		t.Errorf("a gap ended an event: %s", got)
	}
	d.Reset() // so does the count of quiet observations
	if got := run(t, d, 1, 1); got != ".n)" {
		t.Errorf("got %s", got)
	}
}

func TestFinish(t *testing.T) {
	d := newDecider(t, Settings{Threshold: 10, AverageWindows: 1, K: 1, N: 2, ClearRatio: 1})
	if _, ok := d.Finish(SourceEnded); ok {
		t.Error("an event ended that never started")
	}
	run(t, d, 1, 20)
	o, ok := d.Finish(SourceEnded)
	if !ok {
		t.Fatal("an open event did not end with its source")
	}
	same(t, "at the source's end", []value{
		{"transition", o.Transition, Ended},
		{"state", o.State, state.Normal},
		{"previous state", o.Previous, state.Alarm},
		{"cause", o.Event.Cause, SourceEnded},
		{"end", o.Event.End, start.Add(time.Second)},
	})
	if got := run(t, d, 1, 20); got != "na(" {
		t.Errorf("after Finish: %s", got)
	}
}

// TestFinishForgets begins anew: neither half an average nor suspicion stays.
func TestFinishForgets(t *testing.T) {
	d := newDecider(t, Settings{Threshold: 10, AverageWindows: 2, K: 2, N: 2, ClearRatio: 1})
	if got := run(t, d, 20, 20, 100); got != ".w." {
		t.Fatal(got)
	}
	d.Finish(SourceEnded)
	if got := run(t, d, 1, 1, 20, 20, 20, 20); got != ".n.w.a(" {
		t.Errorf("after Finish: %s", got)
	}
}

func TestScoresThatAreNoNumbers(t *testing.T) {
	d := newDecider(t, Settings{Threshold: 10, AverageWindows: 1, K: 1, N: 1, ClearRatio: 1})
	if got := run(t, d, math.NaN(), math.Inf(1), math.Inf(-1), 1); got != "...n" {
		t.Errorf("got %s", got)
	}
	if d.average.rejected != 3 {
		t.Errorf("%d rejected, want 3", d.average.rejected)
	}
}

func TestPushAllocatesNothing(t *testing.T) {
	d := newDecider(t, Settings{Threshold: 10, AverageWindows: 2, K: 2, N: 3, ClearRatio: 1})
	parts := []float64{1, 2}
	scores := []float64{1, 1, 11, 11, 1, 1, 1, 1, 1, 1, 1, 1}
	i := 0
	if n := testing.AllocsPerRun(1000, func() {
		d.Push(start, scores[i%len(scores)], parts)
		i++
	}); n != 0 {
		t.Errorf("%g allocations per window", n)
	}
}

func TestNewRefuses(t *testing.T) {
	good := Settings{Threshold: 1, AverageWindows: 1, K: 1, N: 1, ClearRatio: 1}
	for name, change := range map[string]func(*Settings) int{
		"threshold":       func(s *Settings) int { s.Threshold = math.NaN(); return 2 },
		"average_windows": func(s *Settings) int { s.AverageWindows = 1 << 30; return 2 },
		"k 2":             func(s *Settings) int { s.K = 2; return 2 },
		"n 65":            func(s *Settings) int { s.N = 65; return 2 },
		"clear_ratio":     func(s *Settings) int { s.ClearRatio = math.Inf(1); return 2 },
		"evidence":        func(*Settings) int { return 1 << 30 },
	} {
		s := good
		bands := change(&s)
		if _, err := New(s, bands); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func edges(b int) (lo, hi float64) { return float64(b * 100), float64(b*100 + 200) }

func TestContributing(t *testing.T) {
	for _, c := range []struct {
		name          string
		parts, normal []float64
		limit         int
		want          string
	}{
		{"nothing", []float64{0, 0, 0}, nil, 3, "[]"},
		{"one band", []float64{0, 0, 8, 0}, nil, 3, "[{200 400 1}]"},
		{"neighbours join", []float64{0, 4, 4, 0, 0, 0, 0, 8}, nil, 3, "[{100 400 0.5} {700 900 0.5}]"},
		{"highest share first", []float64{3, 0, 0, 0, 0, 5}, nil, 3, "[{500 700 0.625} {0 200 0.375}]"},
		{"bounded", []float64{3, 0, 0, 0, 0, 5}, nil, 1, "[{500 700 0.625}]"},
		{"normal is taken off", []float64{10, 10, 10, 14}, []float64{10, 10, 12, 10}, 3, "[{300 500 1}]"},
		{"no numbers", []float64{math.NaN(), 4, 0, 0}, nil, 3, "[{100 300 1}]"},
		{"infinite", []float64{math.Inf(1), 4, 0, 0}, nil, 3, "[]"},
	} {
		if got := fmt.Sprint(Contributing(c.parts, c.normal, edges, c.limit)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestWidth takes 1 to 4096 numbers of evidence.
func TestWidth(t *testing.T) {
	for width, refused := range map[int]bool{0: true, 1: false, 4096: false, 4097: true} {
		_, err := New(Settings{Threshold: 1, AverageWindows: 1, K: 1, N: 1, ClearRatio: 1}, width)
		if (err != nil) != refused {
			t.Errorf("%d: %v", width, err)
		}
	}
}
