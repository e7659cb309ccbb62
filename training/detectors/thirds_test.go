package detectors

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/auscult/auscult/agent/detect"
)

// swaying makes up clips whose bands get louder and quieter together, by a few decibels, each also by a little
// of its own.
func swaying(rng *rand.Rand, clips, each int) []detect.Sample {
	all := samples(rng, clips, each)
	for i := range all {
		if i%each == 0 {
			together := 3 * rng.NormFloat64()
			for k := range each {
				for b := range all[i+k].Power {
					db := together + 0.3*rng.NormFloat64()
					all[i+k].Power[b] = uint64(float64(all[i+k].Power[b]) * math.Pow(10, db/10))
				}
			}
		}
	}
	return all
}

// TestThirdsTellANarrowBand: a machine whose level sways by decibels hides a band that is 6 dB louder from the
// level, and not from the thirds.
func TestThirdsTellANarrowBand(t *testing.T) {
	for seed := range uint64(3) {
		rng := rand.New(rand.NewPCG(seed, 22))
		all := swaying(rng, 60, 4)
		names := []detect.Name{detect.ByLevel, detect.ByThirds}
		e, _, err := fitted(all, names, detect.Max)
		if err != nil {
			t.Fatal(err)
		}
		s, err := e.NewScorer(size)
		if err != nil {
			t.Fatal(err)
		}
		evidence := make([]float64, e.EvidenceLen(bands))
		var level, thirds []float64
		for _, o := range swaying(rng, 40, 1) {
			o.Power[bands-1] = uint64(float64(o.Power[bands-1]) * math.Pow(10, 0.6))
			s.Score(&o.Observation, evidence)
			level, thirds = append(level, evidence[bands]), append(thirds, evidence[bands+1])
		}
		slices.Sort(level)
		slices.Sort(thirds)
		if l, th := level[20], thirds[20]; !(th > 2 && th > l+1) {
			t.Errorf("seed %d: median surprise %.2f of the thirds, %.2f of the level", seed, th, l)
		}
	}
}

// TestThirdsInStates: means are those of the operating states, and what levels do between them is none of
// what they do within.
func TestThirdsInStates(t *testing.T) {
	all := inStates(rand.New(rand.NewPCG(2, 5)), 60, 5, 0, 20, 40)
	d := fitThirds(&detect.Normal{Samples: all, EdgeHz: edgeHz}).(*detect.Thirds)
	if err := d.Validate(size); err != nil {
		t.Fatal(err)
	}
	if len(d.MeanDB) != 3 || math.Abs(d.MeanDB[2][0]-d.MeanDB[0][0]-40) > 1 {
		t.Errorf("%d states, %v", len(d.MeanDB), d.MeanDB)
	}
	score, e := d.Scorer(size), detect.Evidence{Details: make([]float64, d.Details())}
	highest := 0.0
	for i := range all {
		highest = max(highest, score(&all[i].Observation, e))
	}
	o := inStates(rand.New(rand.NewPCG(3, 5)), 1, 1, 10)[0]
	if got := score(&o.Observation, e); got < highest {
		t.Errorf("between the states: %.2f, normal sound up to %.2f", got, highest)
	}
}

// TestThirdsOfFew: a sample alone, and samples that are all the same, give a detector that takes half a decibel
// for nothing.
func TestThirdsOfFew(t *testing.T) {
	one := samples(rand.New(rand.NewPCG(1, 1)), 1, 1)
	for _, all := range [][]detect.Sample{one, slices.Repeat(one, 8)} {
		d := fitThirds(&detect.Normal{Samples: all, EdgeHz: edgeHz})
		if err := d.Validate(size); err != nil {
			t.Fatal(err)
		}
		louder := one[0].Clone()
		for b := range louder.Power {
			louder.Power[b] = uint64(float64(louder.Power[b]) * math.Pow(10, 0.05))
		}
		if got := d.Scorer(size)(&louder, detect.Evidence{Details: make([]float64, d.Details())}); got > 1 {
			t.Errorf("%d samples: half a decibel scores %.2f", len(all), got)
		}
	}
}
