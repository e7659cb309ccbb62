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
	most     = 5    // of evidence that one seam can give, in nats: more is not seen by so many places
	far      = 50   // of scores
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
	return found
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
	var within, across []miss
	for range places {
		for _, x := range [][]float64{before, after} {
			at := order + rng.IntN(len(x)-order-behind)
			within = append(within, p.miss(x[:at], x[at:]))
		}
		i := order + rng.IntN(len(before)-order)
		k := 1 + rng.IntN(len(after)-behind-1)
		across = append(across, p.miss(before[:i], after[k:]))
	}
	usual, strange := powers(within), powers(across)
	if usual[0] <= perfect*loudness(before)*loudness(after) {
		return 0, 0 // tones from a computer: they fit wherever they are cut at a whole cycle
	}
	// What a seam scores is compared with what places score: machines knock, and what is missed is not Gaussian.
	score := func(m *miss) (sum float64) {
		for n, d := range m {
			strange := max(strange[n], usual[n])
			sum += (math.Log(strange/usual[n]) + d*d/strange - d*d/usual[n]) / 2
		}
		return max(-far, min(sum, far))
	}
	inside, outside := density{}, density{}
	for i := range within {
		inside = append(inside, score(&within[i]))
	}
	for i := range across {
		outside = append(outside, score(&across[i]))
	}
	ratio := ratioOf(inside, outside)
	for _, v := range inside[:places/4] {
		expected += ratio(v) / (places / 4)
	}
	here := p.miss(before, after)
	return expected, ratio(score(&here))
}

// scales are by how much a recording is thinned out, so that slow sounds are seen too.
var scales = [...]int{1, 4, 16}

// miss is by how much samples miss what is likely, one by one behind a seam.
type miss [behind]float64

// powers returns what is usual of squares, whatever the largest are: as Gaussian ones of this median would have it.
func powers(all []miss) (p miss) {
	const gaussian = 0.455 // median of a square
	squares := make([]float64, len(all))
	for n := range p {
		for i := range all {
			squares[i] = all[i][n] * all[i][n]
		}
		slices.Sort(squares)
		p[n] = squares[len(squares)/2]/gaussian + math.SmallestNonzeroFloat64
	}
	return p
}

// density are scores of places, of which a density is to be told.
type density []float64

// width returns the width of a kernel (Silverman's rule).
func (d density) width() float64 {
	sorted := slices.Sorted(slices.Values(d))
	spread := (sorted[len(d)*3/4] - sorted[len(d)/4]) / 1.349
	return 0.9*spread*math.Pow(float64(len(d)), -0.2) + 0.3
}

// at returns the density at a score.
func (d density) at(v, width float64) (sum float64) {
	for _, x := range d {
		z := (v - x) / width
		sum += math.Exp(-z * z / 2)
	}
	return sum / width / float64(len(d))
}

// ratioOf returns the logarithm of the ratio of two densities.
func ratioOf(inside, outside density) func(v float64) float64 {
	const nothing = 1e-4
	in, out := inside.width(), outside.width()
	return func(v float64) float64 {
		return max(-most, min(math.Log((inside.at(v, in)+nothing)/(outside.at(v, out)+nothing)), most))
	}
}

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

// centre takes the mean of all away, and returns it.
func centre(parts ...[]float64) (mean float64) {
	sum, n := 0.0, 0
	for _, x := range parts {
		for _, v := range x {
			sum += v
		}
		n += len(x)
	}
	mean = sum / float64(n)
	for _, x := range parts {
		for i := range x {
			x[i] -= mean
		}
	}
	return mean
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
