package detectors

import (
	"math"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/training/metrics"
)

// fitWhitened describes the bands of normal sound and chooses how many of them count.
func fitWhitened(n *detect.Normal) detect.Detector {
	w := &detect.Whitened{}
	w.Describe(n.Samples, len(n.Samples[0].ResidualDB))
	w.TopBands = topBands(n.Samples, w)
	return w
}

// whitenOthers returns the whitened score of samples, each compared with those of other clips
// alone: what a band's deviation is measured on does not stand out from it, and the
// observations of a clip are alike. Where there is one clip, each is compared with the others.
func whitenOthers(d detect.Detector, samples []detect.Sample) []float64 {
	return whitenedOthers(d.(*detect.Whitened), samples)
}

func whitenedOthers(w *detect.Whitened, samples []detect.Sample) []float64 {
	clip, clips := clipsOf(samples)
	bands := len(w.BandMean)
	all, each := newSums(bands), make([]sums, clips)
	for i := range samples {
		if each[clip[i]].sum == nil {
			each[clip[i]] = newSums(bands)
		}
		for b, v := range samples[i].ResidualDB {
			v -= w.BandMean[b] // the rest of the sums cancels less
			all.add(b, v)
			each[clip[i]].add(b, v)
		}
		all.count++
		each[clip[i]].count++
	}
	out := make([]float64, len(samples))
	parts, ranked := make([]float64, bands), make([]float64, bands)
	others := detect.Whitened{TopBands: w.TopBands}
	others.BandMean, others.BandStdDev = make([]float64, bands), make([]float64, bands)
	at := -1 // the clip that others lacks
	for i := range samples {
		if clip[i] != at {
			at = clip[i]
			n := all.count - each[at].count
			for b := range bands {
				mean := (all.sum[b] - each[at].sum[b]) / n
				variance := (all.squares[b]-each[at].squares[b])/n - mean*mean
				others.BandMean[b] = w.BandMean[b] + mean
				others.BandStdDev[b] = max(math.Sqrt(max(variance, 0)), detect.MinBandStdDev)
			}
		}
		out[i] = others.Whiten(samples[i].ResidualDB, parts, ranked)
	}
	return out
}

// sums are what mean and variance of some samples' bands are made of.
type sums struct {
	count        float64
	sum, squares []float64
}

func newSums(bands int) sums { return sums{0, make([]float64, bands), make([]float64, bands)} }

func (s *sums) add(b int, v float64) {
	s.sum[b] += v
	s.squares[b] += v * v
}

// clipsOf numbers the clips of samples; where all are of one, each sample.
func clipsOf(samples []detect.Sample) (of []int, count int) {
	g := group(samples)
	of = make([]int, len(samples))
	for i := range samples {
		of[i] = i
		if g.clips > 1 {
			of[i] = g.clip[samples[i].Clip]
		}
	}
	if g.clips > 1 {
		return of, g.clips
	}
	return of, len(samples)
}

// Sound that topBands adds to normal sound: so many neighbouring bands (two at least, for
// the bands' triangles overlap, and a tone reaches two of them), in so many places, to so
// many observations, with up to so many decibels of residual.
var addedBands = []int{2, 8, 32}

const (
	addedPlaces       = 8
	addedObservations = 64
	mostAddedDB       = 60
	addedSurprise     = 3 // once in a thousand observations
)

// topBands returns over how many bands the whitened score is averaged, of 1, 2, 4 and so on.
// For each it asks how many decibels it takes, in the geometric mean over sounds of different
// width, until half of the places where the residual of some neighbouring bands is raised
// score as one in a thousand observations of normal sound does. Few bands miss what is
// broad, many drown what is narrow. How high one in a thousand scores is hardly known from
// few clips, so the largest number is taken that needs no more than the best one would with
// that score a standard error higher (the rule of Breiman et al., "Classification and
// Regression Trees", 1984, section 3.4.3): an average depends the least on single bands.
// Only normal sound has a say in it.
func topBands(normal []detect.Sample, w *detect.Whitened) int {
	bands := len(w.BandMean)
	shown := make([]detect.Sample, min(len(normal), addedObservations))
	for i := range shown {
		shown[i] = normal[i*len(normal)/len(shown)]
	}
	a := newAdder(w, shown)
	best, least, bound := 0, math.Inf(1), 0.0
	var needed []float64 // by the power of two
	for k := 1; k <= max(1, bands/2); k *= 2 {
		a.w.TopBands = k
		above, deviation := rare(normal, whitenedOthers(&a.w, normal))
		needed = append(needed, a.needed(above))
		if last := len(needed) - 1; needed[last] < least {
			best, least, bound = last, needed[last], a.needed(above+deviation)
		}
	}
	for i := len(needed) - 1; i > best; i-- {
		if needed[i] <= bound {
			return 1 << i
		}
	}
	return 1 << best
}

// rare returns the score that one in a thousand observations of normal sound reaches, and
// its standard error, by leaving out some clips at a time (jackknife).
func rare(normal []detect.Sample, scores []float64) (value, deviation float64) {
	// As if each observation were a clip: that those of a clip are alike shows in the
	// deviation.
	own := make([]int, len(scores))
	for i := range own {
		own[i] = i
	}
	at := func(scores []float64) float64 {
		calibration := calibrate(scores, own[:len(scores)])
		return calibration.At(addedSurprise)
	}
	value = at(scores)
	left := group(normal)
	if left.count < 2 {
		return value, 0
	}
	each := make([]float64, left.count)
	for g := range each {
		each[g] = at(without(left, scores, g))
	}
	_, deviation = metrics.Moments(each)
	return value, deviation * math.Sqrt(float64(left.count-1))
}

// adder raises residuals.
type adder struct {
	w                     detect.Whitened
	shown                 []detect.Sample
	levels, parts, ranked []float64
}

func newAdder(w *detect.Whitened, shown []detect.Sample) *adder {
	bands := len(w.BandMean)
	return &adder{
		w: *w, shown: shown,
		levels: make([]float64, bands), parts: make([]float64, bands), ranked: make([]float64, bands),
	}
}

// needed returns the geometric mean, over sounds of different width, of the decibels that it
// takes to score above a value.
func (a *adder) needed(above float64) float64 {
	sum, widths := 0.0, 0.0
	for _, width := range addedBands {
		if width <= max(1, len(a.levels)/4) {
			sum += math.Log(a.neededFor(width, above))
			widths++
		}
	}
	return math.Exp(sum / widths)
}

// neededFor returns by how many decibels the residual of some neighbouring bands must rise
// until half of the places and observations score above a value.
func (a *adder) neededFor(width int, above float64) float64 {
	bands := len(a.levels)
	places := min(addedPlaces, bands-width+1)
	low, high := 0.0, float64(mostAddedDB)
	for high-low > 0.05 {
		db := (low + high) / 2
		hits := 0
		for i := range a.shown {
			for p := range places {
				at := p * (bands - width) / max(1, places-1)
				copy(a.levels, a.shown[i].ResidualDB)
				for b := at; b < at+width; b++ {
					a.levels[b] += db
				}
				if a.w.Whiten(a.levels, a.parts, a.ranked) > above {
					hits++
				}
			}
		}
		if 2*hits >= len(a.shown)*places {
			high = db
		} else {
			low = db
		}
	}
	return high
}
