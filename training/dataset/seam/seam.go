package seam

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Samples is how many samples of each recording Evidence wants: the last of the one, the first of the other.
const Samples = 1 << 15

// Sizes.
const (
	least    = 512  // samples of each that there must be
	order    = 32   // of the prediction
	behind   = 32   // samples behind the seam that are looked at
	places   = 300  // that are looked at for what is usual, and for what is strange
	block    = 64   // samples by the seam that must be about as loud as others
	quietest = 0.25 // of the usual loudness
	loudest  = 4
	perfect  = 1e-5 // what is missed of what is there: no converter and no machine is so exact
	most     = 12   // of evidence that one seam can give, in nats
)

// Evidence says how much more likely head, the first samples of a recording, is if it goes on where tail, the last
// samples of another, ends than if it does not: the logarithm of the ratio, below 0 where it is less likely,
// 0 where nothing can be seen. That of several seams that are alike adds up.
func Evidence(tail, head []int32) float64 {
	best, found := 0.0, 0.0
	for _, scale := range scales {
		before, after := thinned(tail, scale, true), thinned(head, scale, false)
		if len(before) < least || len(after) < least {
			break
		}
		if expected, evidence := look(before, after); expected > best {
			best, found = expected, evidence
		}
	}
	return max(-most, min(found, most))
}

// look says what evidence is to be expected of a seam between such recordings, and what there is of this one.
func look(before, after []float64) (expected, evidence float64) {
	centre(before, after)
	if !lively(before, after) {
		return 0, 0
	}
	p, ok := newPredictor(before, after)
	if !ok {
		return 0, 0
	}
	rng := rand.New(rand.NewPCG(uint64(len(before)), uint64(len(after)))) //nolint:gosec // places to look at, no secret
	var within, across power
	for range places {
		for _, x := range [][]float64{before, after} {
			at := order + rng.IntN(len(x)-order-behind)
			within.add(p.miss(x[:at], x[at:]))
		}
		i := order + rng.IntN(len(before)-order)
		k := 1 + rng.IntN(len(after)-behind-1)
		across.add(p.miss(before[:i], after[k:]))
	}
	if within.mean(0) < perfect*loudness(before)*loudness(after) {
		return 0, 0 // tones from a computer: they fit wherever they are cut at a whole cycle
	}
	for n, d := range p.miss(before, after) {
		usual, strange := within.mean(n), max(across.mean(n), within.mean(n))
		evidence += (math.Log(strange/usual) + d*d/strange - d*d/usual) / 2
		expected += (math.Log(strange/usual) + usual/strange - 1) / 2
	}
	return expected, evidence
}

// scales are by how much a recording is thinned out, so that slow sounds are seen too.
var scales = [...]int{1, 4, 16}

// miss is by how much samples miss what is likely, one by one behind a seam.
type miss [behind]float64

// power is the mean square of many.
type power struct {
	n   int
	sum [behind]float64
}

func (p *power) add(m miss) {
	p.n++
	for i, d := range m {
		p.sum[i] += d * d
	}
}

func (p *power) mean(i int) float64 { return p.sum[i] / float64(p.n) }

// thinned returns means of so many samples each, of whole ones from the end or from the begin on.
func thinned(x []int32, by int, fromEnd bool) []float64 {
	if fromEnd {
		x = x[len(x)%by:]
	}
	out := make([]float64, len(x)/by)
	for i := range out {
		for _, v := range x[i*by : (i+1)*by] {
			out[i] += float64(v) / float64(by)
		}
	}
	return out
}

// centre takes the mean of all away.
func centre(parts ...[]float64) {
	sum, n := 0.0, 0
	for _, x := range parts {
		for _, v := range x {
			sum += v
		}
		n += len(x)
	}
	for _, x := range parts {
		for i := range x {
			x[i] -= sum / float64(n)
		}
	}
}

// lively says whether both recordings are about as loud at the seam as elsewhere.
func lively(before, after []float64) bool {
	here := []float64{loudness(before[len(before)-block:]), loudness(after[:block])}
	for i, x := range [][]float64{before, after} {
		var all []float64
		for ; len(x) >= block; x = x[block:] {
			all = append(all, loudness(x[:block]))
		}
		slices.Sort(all)
		if middle := all[len(all)/2]; middle == 0 || here[i] < quietest*middle || here[i] > loudest*middle {
			return false
		}
	}
	return true
}

// loudness returns the standard deviation.
func loudness(x []float64) float64 {
	sum, squares := 0.0, 0.0
	for _, v := range x {
		sum += v
		squares += v * v
	}
	n := float64(len(x))
	return math.Sqrt(max(0, squares/n-sum/n*sum/n))
}
