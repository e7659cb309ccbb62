package decide

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// lasts is a decision with scales of 4 and 10 observations beside 2 of 3 above 10.
func lasts() Settings {
	return Settings{Threshold: 10, AverageWindows: 1, K: 2, N: 3, ClearRatio: 0.8, Scales: []Scale{{4, 6, 4}, {10, 5, 3}}}
}

func TestScales(t *testing.T) {
	for _, c := range []struct {
		name   string
		scores []float64
		want   string
	}{
		{"quiet", slices.Repeat([]float64{3}, 20), strings.Repeat("n", 20)},
		{"small and lasting", []float64{7, 7, 7, 7, 7}, "nnna(a"},
		{"smaller and longer", slices.Repeat([]float64{5.5}, 11), "nnnnnnnnna(a"},
		{"not before a scale has heard enough", []float64{9, 9, 9}, "nnn"},
		{"ends when its mean clears", []float64{7, 7, 7, 7, 1, 1, 1, 1}, "nnna(an)nn"},
		{"a bang counts up to the threshold", []float64{1, 1, 1, 1000, 1, 1, 1, 1}, "nnnwwwnn"},
		{"after an event scales begin anew", []float64{11, 11, 1, 1, 1, 7, 7, 7, 7}, "wa(aan)nnna("},
		{"loud within it", []float64{7, 7, 7, 7, 99, 99, 1, 1, 1, 1, 1}, "nnna(aaaan)nn"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := run(t, newDecider(t, lasts()), c.scores...); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestLastingEvent says when a small and lasting event began, what its peak is and what it rests on.
func TestLastingEvent(t *testing.T) {
	d := newDecider(t, lasts())
	var o Observation
	push := func(second int, score float64) {
		o, _ = d.Push(start.Add(time.Duration(second)*time.Second), score, []float64{score, 1})
	}
	for i, score := range []float64{1, 6, 7, 8, 9} {
		push(i, score)
	}
	e := o.Event
	if o.Transition != Started || e == nil {
		t.Fatalf("no event: %+v", o)
	}
	if !e.Start.Equal(start.Add(time.Second)) || e.Averaged != 4 || e.Suspicious != 1 {
		t.Errorf("starts at %v, of %d observations, %d suspicious", e.Start, e.Averaged, e.Suspicious)
	}
	if e.PeakScore != 7.5 || e.PeakRatio != 1.25 || e.Evidence[0] != 9 {
		t.Errorf("peak %g, ratio %g, evidence %v", e.PeakScore, e.PeakRatio, e.Evidence)
	}
	push(5, 9)
	if e = o.Event; e.PeakScore != 8.25 || e.Suspicious != 2 {
		t.Errorf("peak %g of %d", e.PeakScore, e.Suspicious)
	}
	push(6, 40) // loud: 4 times the quick threshold is more than the mean is above its own
	if e = o.Event; e.PeakScore != 40 || e.PeakRatio != 4 || e.Averaged != 4 {
		t.Errorf("peak %g, ratio %g, of %d", e.PeakScore, e.PeakRatio, e.Averaged)
	}
}

// TestLastingStarts lets a fault begin within a mean: the event begins with it.
func TestLastingStarts(t *testing.T) {
	d := newDecider(t, lasts())
	var o Observation
	for i, score := range []float64{1, 1, 5, 1, 1, 1, 1, 9.5, 9.5, 9.5} {
		o, _ = d.Push(start.Add(time.Duration(i)*time.Second), score, []float64{score, 1})
	}
	if o.Transition != Started || !o.Event.Start.Equal(start.Add(7*time.Second)) {
		t.Errorf("%q, since %v", o.Transition, o.Event.Start)
	}
}

// TestScaleMeans compares the running means with sums that are made anew.
func TestScaleMeans(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	l := newLasting([]Scale{{Observations: 2}, {Observations: 7}, {Observations: 50}})
	var all []float64
	for i := range 5000 {
		v := rng.ExpFloat64()
		all = append(all, v)
		l.add(start.Add(time.Duration(i)), v)
		for k, s := range l.scales {
			mean, known := l.mean(k)
			if known != (len(all) >= s.Observations) {
				t.Fatalf("after %d: known %v", len(all), known)
			}
			if !known {
				continue
			}
			want := 0.0
			for _, v := range all[len(all)-s.Observations:] {
				want += v / float64(s.Observations)
			}
			if math.Abs(mean-want) > 1e-12 {
				t.Fatalf("after %d: mean of %d is %g, want %g", len(all), s.Observations, mean, want)
			}
			if got := l.start(k, -1); !got.Equal(start.Add(time.Duration(i - s.Observations + 1))) {
				t.Fatalf("after %d: %d begin at %v", len(all), s.Observations, got)
			}
		}
	}
}

func TestScalesRefused(t *testing.T) {
	for want, scales := range map[string][]Scale{
		"9 scales":              slices.Repeat([]Scale{{2, 1, 0.5}}, 9),
		"scale 1 has 1 obs":     {{1, 1, 0.5}},
		"scale 1 has 4097 obs":  {{4097, 1, 0.5}},
		"scale 2 has 5 obs":     {{5, 1, 0.5}, {5, 1, 0.5}},
		"scale 1 has threshold": {{5, 10.5, 0.5}},
		"has threshold NaN":     {{5, math.NaN(), 0.5}},
		"scale 1 clears at 1":   {{5, 1, 1}},
		"clears at NaN":         {{5, 1, math.NaN()}},
		"clears at 0":           {{5, 1, 0}},
	} {
		s := lasts()
		s.Scales = scales
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", scales, err, want)
		}
	}
	s := lasts().Times(0.5)
	if err := s.Validate(); err != nil || s.Threshold != 5 || s.Scales[1] != (Scale{10, 2.5, 1.5}) {
		t.Errorf("half of it: %+v, %v", s, err)
	}
}

func TestScalesAllocateNothing(t *testing.T) {
	d := newDecider(t, lasts())
	evidence := []float64{1, 1}
	at := start
	if n := testing.AllocsPerRun(1000, func() {
		at = at.Add(time.Second)
		d.Push(at, 3, evidence)
	}); n != 0 {
		t.Errorf("%g allocations an observation", n)
	}
}
