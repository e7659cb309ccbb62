package metrics

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
)

// Scores are one detector's scores of a set of clips.
type Scores struct {
	Normal   []float64 // one for each normal clip
	Abnormal []float64 // one for each abnormal clip
}

// Difference says by how much one detector tells the same clips apart better
// than another.
type Difference struct {
	A        float64  `json:"auc_a"`
	B        float64  `json:"auc_b"`
	Value    float64  `json:"difference"` // A-B
	Interval Interval `json:"interval"`
	// Ahead is the share of resamples in which A is larger, ties counting half.
	Ahead float64 `json:"ahead"`
}

// Settled reports whether the interval does not hold 0.
func (d *Difference) Settled() bool { return d.Interval.Low > 0 || d.Interval.High < 0 }

const (
	methodPaired = "paired percentile bootstrap by clip, 2000 resamples"
	methodBounds = "Newcombe 2006, method 5, for each: both areas are at their limit"
)

// Compare returns the difference of the areas under the ROC curves of a and b.
// Element i of both must be the same clip: each resample draws the same clips
// for both, so that what makes a clip easy or hard for both cancels.
func Compare(a, b Scores, seed uint64) (Difference, error) {
	if len(a.Normal) != len(b.Normal) || len(a.Abnormal) != len(b.Abnormal) {
		return Difference{}, fmt.Errorf("metrics: %d and %d clips against %d and %d: a paired comparison needs the same clips",
			len(a.Normal), len(a.Abnormal), len(b.Normal), len(b.Abnormal))
	}
	first, errA := newCounts(a.Normal, a.Abnormal)
	second, errB := newCounts(b.Normal, b.Abnormal)
	if err := errors.Join(errA, errB); err != nil {
		return Difference{}, errors.Join(errA, errB)
	}
	d := Difference{A: first.area(1), B: second.area(1)}
	d.Value = d.A - d.B
	m, n := len(a.Normal), len(a.Abnormal)
	if d.A == d.B && (d.A == 0 || d.A == 1) {
		// Every resample would say that they are equal.
		low, high := newcombe(d.A, m, n)
		d.Interval = Interval{Low: low - high, High: high - low, Method: methodBounds}
		d.Ahead = 0.5
		return d, nil
	}
	rng := rand.New(rand.NewPCG(seed, 0x70616972))
	values := make([]float64, resamples)
	for i := range values {
		first.clear()
		second.clear()
		for class, size := range [2]int{m, n} {
			for range size {
				clip := int(rng.Uint64() % uint64(size))
				first.add(class, clip)
				second.add(class, clip)
			}
		}
		values[i] = first.area(1) - second.area(1)
		if math.Abs(values[i]) < 1e-12 {
			values[i] = 0 // equal but for rounding
		}
		switch {
		case values[i] > 0:
			d.Ahead += 1. / resamples
		case values[i] == 0:
			d.Ahead += 0.5 / resamples
		}
	}
	d.Interval.Low, d.Interval.High = percentiles(values)
	d.Interval.Method = methodPaired
	return d, nil
}

// clear forgets how often each score was counted.
func (c *counts) clear() {
	clear(c.normal)
	clear(c.abnormal)
}

// add counts the score of a clip of class 0, normal, or 1.
func (c *counts) add(class, clip int) {
	if class == 0 {
		c.normal[c.at[0][clip]]++
	} else {
		c.abnormal[c.at[1][clip]]++
	}
}
