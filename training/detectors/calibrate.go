package detectors

import (
	"cmp"
	"math"
	"slices"

	"github.com/auscult/auscult/agent/detect"
)

// Points of a calibration among the scores that were heard: how much of normal
// sound scores as high.
var shares = []float64{0.9, 0.75, 0.5, 0.35, 0.25, 0.18, 0.1}

// Points beyond them, in mean excesses over the last one.
var excesses = []float64{0.25, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, 128, 256}

// fewest is the least number of observations above the last share's point: the
// mean of what they exceed it by says how fast normal scores fall off.
const fewest = 12

// calibrate returns the surprises of a detector whose scores of normal sound are given, with
// the number of the clip that each is of.
//
// Above the last share scores are taken to be exponential. Its scale is known from
// few observations, of which those of one clip are alike: what follows for a score
// to come, given those of n clips, is not an exponential but a Lomax
// distribution, of which (1 + x/(n*mean))^-n lies above x.
func calibrate(scores []float64, clip []int) detect.Calibration {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[a], scores[b]) })
	n := len(order)
	sorted := make([]float64, n)
	for i, at := range order {
		sorted[i] = scores[at]
	}
	c := detect.Calibration{Score: []float64{sorted[0]}, Surprise: []float64{0}}
	from := 0 // the observations above the last point
	for _, share := range shares {
		at := n - int(share*float64(n))
		if at >= n || n-at < min(fewest, n/2) {
			break
		}
		if last := len(c.Score) - 1; sorted[at] > c.Score[last] {
			c.Score, c.Surprise = append(c.Score, sorted[at]), append(c.Surprise, -math.Log10(float64(n-at)/float64(n)))
			from = at
		}
	}
	last := len(c.Score) - 1
	score, surprise := c.Score[last], c.Surprise[last]
	excess := 0.0
	for _, v := range sorted[from:] {
		excess += (v - score) / float64(n-from)
	}
	// Scores that do not differ at all still need a scale.
	excess = max(excess, 0.01*math.Abs(score), 1e-3)
	heard := map[int]bool{}
	for _, at := range order[from:] {
		heard[clip[at]] = true
	}
	independent := float64(len(heard))
	for _, x := range excesses {
		c.Score = append(c.Score, score+x*excess)
		c.Surprise = append(c.Surprise, surprise+independent*math.Log10(1+x/independent))
	}
	last = len(c.Score) - 1
	c.Slope = (c.Surprise[last] - c.Surprise[last-1]) / (c.Score[last] - c.Score[last-1])
	return c
}
