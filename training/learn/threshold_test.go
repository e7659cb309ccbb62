package learn

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/decide"
)

// TestQuiet replays the decision at the threshold and just below it, where scores are of a unit
// that says nothing of how rare they are.
func TestQuiet(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for range 200 {
		s := scored{periodS: 2}
		for range 1 + rng.Uint64()%4 {
			n := alarmK + int(rng.Uint64()%8)
			s.lengths = append(s.lengths, n)
			for range n {
				s.scores = append(s.scores, 1+rng.Float64())
			}
		}
		d, err := s.decision()
		if err != nil || !strings.Contains(d.Method, "2 of 3") || d.Scales != nil {
			t.Fatalf("%+v, %v", d, err)
		}
		if alarms(t, s.lengths, s.scores, d) {
			t.Errorf("the threshold %g raises an alarm on %v", d.Threshold, s.scores)
		}
		below := d.Threshold
		d.Threshold *= 1 - 1e-9
		if !alarms(t, s.lengths, s.scores, d) {
			t.Errorf("a threshold below %g raises no alarm on %v", below, s.scores)
		}
	}
	one := scored{scores: []float64{3}, lengths: []int{1}, periodS: 2}
	if d, err := one.decision(); err != nil || d.Threshold != 3 {
		t.Errorf("a clip of one observation: %+v, %v; want 3", d, err)
	}
	silent := scored{scores: make([]float64, 10), lengths: []int{10}, periodS: 2}
	if _, err := silent.decision(); err == nil {
		t.Error("a decision by scores that are all 0")
	}
}

// drawn draws surprises as they are meant to be: each of several detectors' share of normal
// sound above s is 10^-s. Part of what makes them differ is each clip's own.
type drawn struct {
	rng       *rand.Rand
	detectors int
	own       float64 // share of a score's variance that its clip has, 0 to 1
}

func (m *drawn) clip(n int) (scores []float64) {
	common := make([]float64, m.detectors)
	for i := range common {
		common[i] = m.rng.NormFloat64()
	}
	for range n {
		highest := 0.0
		for i := range m.detectors {
			z := math.Sqrt(m.own)*common[i] + math.Sqrt(1-m.own)*m.rng.NormFloat64()
			highest = max(highest, -math.Log10(0.5*math.Erfc(z/math.Sqrt2)))
		}
		scores = append(scores, highest)
	}
	return scores
}

// events plays clips as one stream.
func events(t *testing.T, d decide.Settings, clips [][]float64) (count int) {
	t.Helper()
	decider, err := decide.New(d, 1)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(0, 0)
	for _, clip := range clips {
		for _, v := range clip {
			at = at.Add(2 * time.Second)
			if o, ok := decider.Push(at, v, []float64{0}); ok && o.Transition == decide.Started {
				count++
			}
		}
	}
	return count
}

// TestBudget learns from few and from many clips of machines whose observations are independent, and
// of ones where part of what makes them differ is the clip's: in a week of unseen clips there are
// about as few events as is meant. Eight clips cannot tell what is so rare; where clips are
// alike within, their observations are fewer than they look. There the bound is wider.
func TestBudget(t *testing.T) {
	const perClip, weeks = 5, 1
	for _, c := range []struct {
		own   float64
		clips int
		most  float64 // events a week, mean of machines
	}{{0, 8, 80}, {0, 40, 3}, {0, 400, 3}, {0.3, 40, 12}} {
		total, machines := 0, 6
		for k := range machines {
			m := &drawn{rng: rand.New(rand.NewPCG(uint64(k), 4)), detectors: 1 + k%4, own: c.own}
			s := scored{periodS: 2.048, surprises: m.detectors}
			for range c.clips {
				s.scores = append(s.scores, m.clip(perClip)...)
				s.lengths = append(s.lengths, perClip)
			}
			d, err := s.decision()
			if err != nil {
				t.Fatal(err)
			}
			var unseen [][]float64
			for range int(weeks * weekS / s.periodS / perClip) {
				unseen = append(unseen, m.clip(perClip))
			}
			n := events(t, d, unseen)
			total += n
			t.Logf("%.1f own, %d clips, %d detectors: threshold %.2f, scales %v, %d events",
				c.own, c.clips, m.detectors, d.Threshold, d.Scales, n)
		}
		if mean := float64(total) / float64(machines) / weeks; mean > c.most {
			t.Errorf("%g own, %d clips: %.1f events a week, want at most %g", c.own, c.clips, mean, c.most)
		}
	}
}

// TestSlowerScalesTellLess adds what single observations cannot tell: the slower scales have the
// lower thresholds, and are not made of too few clips.
func TestSlowerScalesTellLess(t *testing.T) {
	m := &drawn{rng: rand.New(rand.NewPCG(1, 4)), detectors: 4}
	s := scored{periodS: 2.048, surprises: 4}
	for range 30 {
		s.scores, s.lengths = append(s.scores, m.clip(5)...), append(s.lengths, 5)
	}
	d, err := s.decision()
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Scales) < 3 {
		t.Fatalf("scales %+v below %g", d.Scales, d.Threshold)
	}
	if last := d.Scales[len(d.Scales)-1]; !(last.Threshold < 0.6*d.Threshold) {
		t.Errorf("the slowest scale needs %g, single observations %g", last.Threshold, d.Threshold)
	}
	weak := slices.Repeat([]float64{0.75 * d.Threshold}, 150)
	if n := events(t, d, [][]float64{weak}); n != 1 {
		t.Errorf("%d events in five minutes of %g, threshold %g", n, weak[0], d.Threshold)
	}
	slow := s
	slow.periodS = 40 // longer than the shortest scale: that has no observation
	if d, err = slow.decision(); err != nil || len(d.Scales) == 0 || d.Scales[0].Observations < 2 {
		t.Errorf("observations of 40 s: scales %v, %v", d.Scales, err)
	}
	few := scored{scores: s.scores[:15], lengths: s.lengths[:3], periodS: s.periodS, surprises: 4}
	if d, err = few.decision(); err != nil || d.Scales != nil {
		t.Errorf("scales %v of three clips, %v", d.Scales, err)
	}
}
