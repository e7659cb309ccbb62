package falsealarms

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/decide"
)

// surprises makes up clips of surprises, independent of each other.
func surprises(seed uint64, clips, each int) (all [][]float64) {
	rng := rand.New(rand.NewPCG(seed, 7))
	for range clips {
		clip := make([]float64, each)
		for i := range clip {
			clip[i] = rng.ExpFloat64() / math.Ln10
		}
		all = append(all, clip)
	}
	return all
}

// TestExpect compares with the events of long sound like the clips', at thresholds that are passed often
// enough to count them. The interval leaves out one in ten.
func TestExpect(t *testing.T) {
	const observationS = 2
	quick := decide.Settings{Method: "test", AverageWindows: 1, K: 2, N: 3, ClearRatio: 0.9}
	within, total := 0, 0
	for _, threshold := range []float64{1.2, 1.6, 2} {
		d := quick
		d.Threshold = threshold
		hours := 100.0
		long := surprises(99, 1, int(hours*3600/observationS))
		events, err := newJudge(d, observationS*time.Second).alarms([]Recording{{Scores: long[0]}})
		if err != nil {
			t.Fatal(err)
		}
		perWeek := float64(events) * 168 / hours
		for _, clips := range []int{4, 12, 40} {
			for seed := range uint64(4) {
				e, err := Expect(surprises(seed, clips, 15), observationS*time.Second, d, true)
				if err != nil {
					t.Fatal(err)
				}
				total++
				if e.Low <= perWeek && perWeek <= e.High {
					within++
				}
				if e.Clips != clips || e.DurationS != float64(clips*15*observationS) || !(e.MoreS > 0) ||
					!(e.Low <= e.PerWeek && e.PerWeek <= e.High) {
					t.Errorf("threshold %g, %d clips: %+v", threshold, clips, e)
				}
				if clips == 40 && (e.PerWeek < perWeek/20 || e.PerWeek > 20*perWeek) {
					t.Errorf("threshold %g: %.3g a week expected, %.3g came", threshold, e.PerWeek, perWeek)
				}
			}
		}
	}
	if within < total*8/10 {
		t.Errorf("%d of %d intervals hold what came", within, total)
	}
	t.Logf("%d of %d intervals hold what came", within, total)
}

// TestExpectScales: what a slower scale raises counts.
func TestExpectScales(t *testing.T) {
	clips := surprises(3, 30, 30)
	d := decide.Settings{Method: "test", AverageWindows: 1, K: 2, N: 3, ClearRatio: 0.9, Threshold: 3.5}
	without, err := Expect(clips, 2*time.Second, d, true)
	if err != nil {
		t.Fatal(err)
	}
	d.Scales = []decide.Scale{{Observations: 8, Threshold: 0.8, Clear: 0.6}}
	with, err := Expect(clips, 2*time.Second, d, true)
	if err != nil {
		t.Fatal(err)
	}
	if with.PerWeek < 10*without.PerWeek {
		t.Errorf("%.3g a week with a scale that is passed often, %.3g without", with.PerWeek, without.PerWeek)
	}
}

func TestExpectEdges(t *testing.T) {
	d := decide.Settings{Method: "test", AverageWindows: 1, K: 2, N: 3, ClearRatio: 0.9, Threshold: 2}
	if _, err := Expect(nil, time.Second, d, true); err == nil {
		t.Error("nothing was enough")
	}
	for _, clips := range [][][]float64{{{0}}, {{0, 0, 0, 0}, {0}}, {{1, 1, 1}, {1, 1, 1}}, {{5, 5, 5}}, {{}, {1}}} {
		for _, known := range []bool{false, true} {
			e, err := Expect(clips, time.Second, d, known)
			if err != nil {
				t.Fatalf("%v: %v", clips, err)
			}
			d := d
			d.Expected = e
			if err := d.Validate(); err != nil {
				t.Errorf("%v: %v", clips, err)
			}
		}
	}
}

func TestPoissonQuantile(t *testing.T) {
	// SciPy 1.17: scipy.stats.poisson.ppf(p, mean).
	for _, c := range []struct{ mean, p, want float64 }{
		{0, 0.95, 0}, {0.05, 0.95, 0}, {1, 0.05, 0}, {1, 0.95, 3}, {7, 0.05, 3}, {7, 0.95, 12},
		{580, 0.05, 541}, {580, 0.95, 620},
	} {
		if got := poissonQuantile(c.mean, c.p); got != c.want {
			t.Errorf("mean %g, %g: %g, want %g", c.mean, c.p, got, c.want)
		}
	}
	if got := poissonQuantile(1e6, 0.95); math.Abs(got-1001645) > 2 {
		t.Errorf("mean 1e6: %g", got)
	}
}
