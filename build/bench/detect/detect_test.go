package main

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/auscult/auscult/training/evaluate"
	"github.com/auscult/auscult/training/metrics"
)

// pieces makes up standard normal pieces about a centre.
func pieces(seed uint64, n, bands int, centre float64) (all [][]float64) {
	rng := rand.New(rand.NewPCG(seed, 3))
	for range n {
		piece := make([]float64, bands)
		for b := range piece {
			piece[b] = centre + rng.NormFloat64()
		}
		all = append(all, piece)
	}
	return all
}

// TestBaselinesHear: each finds what lies far from normal pieces, from few of them and from many.
func TestBaselinesHear(t *testing.T) {
	for _, of := range onSpectra {
		for _, n := range []int{1, 2, 5, 60} {
			score := standardised(pieces(1, n, 16, -20), of.fit)
			near, far := 0.0, 0.0
			for _, p := range pieces(2, 20, 16, -20) {
				near += score(p)
			}
			for _, p := range pieces(3, 20, 16, -14) {
				far += score(p)
			}
			if !(far > near) || math.IsNaN(near) || math.IsInf(far, 0) {
				t.Errorf("%s of %d pieces: %.3g far, %.3g near", of.name, n, far, near)
			}
		}
	}
}

// TestMahalanobis: of many pieces of known variances the distance is the Euclidean one in standard deviations.
func TestMahalanobis(t *testing.T) {
	normal := pieces(4, 20000, 4, 0)
	for i := range normal {
		normal[i][1] *= 3
	}
	score := mahalanobis(normal)
	for _, c := range []struct {
		piece []float64
		want  float64
	}{{[]float64{2, 0, 0, 0}, 2}, {[]float64{0, 6, 0, 0}, 2}, {[]float64{1, 3, 1, 1}, 2}} {
		if got := score(c.piece); math.Abs(got-c.want) > 0.05 {
			t.Errorf("%v: %.3f, want %.1f", c.piece, got, c.want)
		}
	}
}

// TestLedoitWolf compares with scikit-learn 1.9.1, LedoitWolf(assume_centered=True).
func TestLedoitWolf(t *testing.T) {
	score := mahalanobis([][]float64{{1, 2, 0}, {-1, -1, 1}, {2, 3, -1}, {-2, -2, 0.5}, {0.5, -1, 1}, {-0.5, -1, -1.5}})
	for _, c := range []struct {
		piece []float64
		want  float64
	}{{[]float64{1, 2, 0}, 1.216740}, {[]float64{1, -2, 0}, 2.279351}, {[]float64{0, 0, 2}, 1.850040}} {
		if got := score(c.piece); math.Abs(got-c.want) > 0.005 { // a thousandth of the variance is added
			t.Errorf("%v: %.6f, want %.6f", c.piece, got, c.want)
		}
	}
}

// TestMixture: two states are two Gaussians, and what lies between them is odd; one state is one.
func TestMixture(t *testing.T) {
	states := append(pieces(5, 40, 3, -8), pieces(6, 40, 3, 8)...)
	score := mixture(states)
	at := func(v float64) float64 { return score([]float64{v, v, v}) }
	if !(at(0) > at(8)+20 && at(0) > at(-8)+20) {
		t.Errorf("between %.1f, within %.1f and %.1f", at(0), at(-8), at(8))
	}
	if g := fitGaussians(states, 2); math.Abs(g.weight[0]-0.5) > 0.01 || math.Abs(math.Abs(g.mean[0][0])-8) > 0.5 {
		t.Errorf("%+v", g)
	}
}

func TestJoin(t *testing.T) {
	a, b := make([]int32, 1000), make([]int32, 800)
	for i := range a {
		a[i] = 1000
	}
	got := join(a, b, 2000) // a fade of 100 samples
	if len(got) != 1700 || got[899] != 1000 || got[900] != 1000 || got[950] < 480 || got[950] > 500 || got[999] != 0 {
		t.Errorf("%d samples, %v at the fade", len(got), got[895:1005])
	}
	if got := join(a, b[:10], 2000); len(got) != 1000 {
		t.Errorf("%d samples with one that is shorter than the fade", len(got))
	}
}

// TestLeaveOut: what the others choose is judged on the family that is left out.
func TestLeaveOut(t *testing.T) {
	machine := func(name string, first, second float64) *result {
		r := &result{Machine: name, Normal: 1, Abnormal: 1, Parts: make([]evaluate.DetectorMetrics, 2)}
		r.Parts[0].Detector, r.Parts[1].Detector = "level", "motion"
		half := 0.5
		r.Together = map[evaluate.Level]metrics.Metrics{evaluate.AsRecorded: {AUC: &half}}
		r.Clips = []clip{{Surprises: []float64{1, 1}}, {Abnormal: true, Surprises: []float64{first, second}}}
		return r
	}
	got := leaveOut([]*result{machine("pump01", 2, 0), machine("pump02", 2, 0), machine("fan", 0, 3)}, byFaults())
	if len(got) != 2 || got[0].Family != "pump" || got[0].Machines != 2 || got[1].Family != "fan" ||
		got[1].Shipped != 0.5 {
		t.Fatalf("%+v", got)
	}
	// The fan is told by motion and by the highest; the name decides.
	if got[0].Chosen != "max of means" || got[0].Worst != 1 {
		t.Errorf("pumps: %+v", got[0])
	}
	if got[1].Chosen != "level" || got[1].Others != 1 || got[1].Mean != 0 {
		t.Errorf("the fan: %+v", got[1])
	}
	if leaveOut([]*result{machine("fan", 2, 0)}, byFaults()) != nil {
		t.Error("a family alone was left out")
	}
}

func TestFind(t *testing.T) {
	machines, err := find("../../../training/testdata/recordings", nil)
	if err != nil || len(machines) != 1 || machines[0].name != "mimii_fan_id00" {
		t.Errorf("%v, %v", machines, err)
	}
	if _, err := find("../../../training/testdata/recordings", []string{"absent"}); err == nil {
		t.Error("a machine that is not there was found")
	}
}
