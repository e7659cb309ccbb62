package seam

import (
	"math"
	"math/rand/v2"
)

// Order says how much better heads[i] follows tails[i] than the other heads do, all of one series: in standard
// deviations of what chance gives, from the rank that each has among the others. Simulated sound whose parts all begin
// at the same phase fits everywhere; only its noise tells the order.
func Order(tails, heads [][]int32) float64 {
	n := len(tails)
	if n < 2 {
		return 0
	}
	sum := 0.0
	for i := range tails {
		sum += rank(tails[i], heads, i)
	}
	// Ranks from 0 to 1 are .5 in the middle, with a variance of (n+1)/12(n-1).
	return (0.5 - sum/float64(n)) / math.Sqrt(float64(n+1)/float64(12*(n-1)*n))
}

// rank returns which share of the other heads follow a tail better than the one with a number; half where nothing can
// be told.
func rank(tail []int32, heads [][]int32, own int) float64 {
	const unknown = 0.5
	before := thinned(tail, 1, true)
	if len(before) < least {
		return unknown
	}
	mean := centre(before)
	p, ok := newPredictor(before)
	if !ok {
		return unknown
	}
	rng := rand.New(rand.NewPCG(uint64(len(tail)), 1)) //nolint:gosec // places to look at, no secret
	var within []miss
	for range places {
		at := order + rng.IntN(len(before)-order-behind)
		within = append(within, p.miss(before[:at], before[at:]))
	}
	usual := powers(within)
	score := func(head []int32) (sum float64) {
		if len(head) < behind {
			return math.Inf(1)
		}
		after := thinned(head[:behind], 1, false)
		for i := range after {
			after[i] -= mean
		}
		for k, d := range p.miss(before, after) {
			sum += math.Log1p(d * d / usual[k]) // what knocks is not all that counts
		}
		return sum
	}
	mine, better := score(heads[own]), 0.0
	for i, head := range heads {
		switch other := score(head); {
		case i == own:
		case other < mine:
			better++
		case other == mine:
			better += unknown
		}
	}
	return better / float64(len(heads)-1)
}
