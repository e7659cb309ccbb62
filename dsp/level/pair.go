package level

import "math"

// Pair compares two channels of one source: a stereo microphone of which both
// channels are one capsule, or a driver that copies one over the other, pretends
// to be two sensors.
type Pair struct {
	n, equal, opposite uint64
	first              int32 // of one channel
	moves              bool  // whether that channel has had another value since
}

// Write measures two channels, counted from 0, of interleaved samples. Nothing
// is allocated.
func (p *Pair) Write(pcm []int32, a, b, channels int) {
	for i := 0; i+channels <= len(pcm); i += channels {
		x, y := pcm[i+a], pcm[i+b]
		if p.n == 0 {
			p.first = x
		}
		p.n++
		p.moves = p.moves || x != p.first
		if x == y {
			p.equal++
		}
		if int64(x) == -int64(y) {
			p.opposite++
		}
	}
}

// Identical says whether each sample was the same in both channels, and not
// all had one value.
func (p *Pair) Identical() bool { return p.moves && p.equal == p.n }

// Inverted says whether each sample of a channel was the other's with the sign
// changed, and not all had one value.
func (p *Pair) Inverted() bool { return p.moves && p.opposite == p.n }

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
