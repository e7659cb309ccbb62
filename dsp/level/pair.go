package level

import "math"

// Pair compares two channels of one source: a stereo microphone of which both
// channels are one capsule, or a driver that copies one over the other, pretends
// to be two sensors.
type Pair struct {
	n, equal, opposite uint64
	meanA, meanB       float64
	squareA, squareB   float64 // sums of squared distances from the mean
	product            float64 // sum of their products
}

// Reset forgets what was measured.
func (p *Pair) Reset() { *p = Pair{} }

// Write measures two channels, counted from 0, of interleaved samples. Nothing
// is allocated.
func (p *Pair) Write(pcm []int32, a, b, channels int) {
	for i := 0; i+channels <= len(pcm); i += channels {
		x, y := pcm[i+a], pcm[i+b]
		p.n++
		if x == y {
			p.equal++
		}
		if int64(x) == -int64(y) {
			p.opposite++
		}
		dx, dy := float64(x)-p.meanA, float64(y)-p.meanB
		p.meanA += dx / float64(p.n)
		p.meanB += dy / float64(p.n)
		p.squareA += float64(dx * (float64(x) - p.meanA))
		p.squareB += float64(dy * (float64(y) - p.meanB))
		p.product += float64(dx * (float64(y) - p.meanB))
	}
}

// Samples returns how many samples per channel were measured.
func (p *Pair) Samples() uint64 { return p.n }

// Identical says whether each sample was the same in both channels, and not
// all had one value.
func (p *Pair) Identical() bool { return p.n > 0 && p.equal == p.n && p.squareA > 0 }

// Inverted says whether each sample of a channel was the other's with the sign
// changed, and not all had one value.
func (p *Pair) Inverted() bool { return p.n > 0 && p.opposite == p.n && p.squareA > 0 }

// Correlation returns Pearson's coefficient, -1 to 1, and 0 when a channel is
// constant. Two microphones on one machine have less than 0.99 but for the
// lowest sounds.
func (p *Pair) Correlation() float64 {
	if !(p.squareA > 0) || !(p.squareB > 0) {
		return 0
	}
	return max(-1, min(1, p.product/(math.Sqrt(p.squareA)*math.Sqrt(p.squareB))))
}

// Swapped returns the pairs of channels that seem to have changed places since
// the reference was taken. Both hold a list of band levels in decibels per
// channel. Channel i's distance from channel j's reference is the mean magnitude
// of the difference of their shapes: each list's mean is taken off first, since
// loudness changes. A pair is swapped when for both channels the other's reference
// is the nearest, and nearer than their own by at least marginDB. Lists of
// different lengths are compared as far as both go.
func Swapped(reference, now [][]float64, marginDB float64) [][2]int {
	n := min(len(reference), len(now))
	nearest := make([]int, n)
	for i := range nearest {
		own := shapeDistance(now[i], reference[i])
		best := own
		nearest[i] = i
		for j := range n {
			if d := shapeDistance(now[i], reference[j]); d < best && d+marginDB <= own {
				nearest[i], best = j, d
			}
		}
	}
	var pairs [][2]int
	for i, j := range nearest {
		if i < j && nearest[j] == i {
			pairs = append(pairs, [2]int{i, j})
		}
	}
	return pairs
}

// shapeDistance returns the mean magnitude of the difference of two lists whose
// means are taken off.
func shapeDistance(a, b []float64) float64 {
	n := min(len(a), len(b))
	if n == 0 {
		return 0
	}
	var offset float64
	for i := range n {
		offset += a[i] - b[i]
	}
	offset /= float64(n)
	var sum float64
	for i := range n {
		sum += math.Abs(a[i] - b[i] - offset)
	}
	return sum / float64(n)
}
