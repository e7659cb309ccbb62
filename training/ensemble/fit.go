package ensemble

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/dsp"
)

// broadEdgesHz part the level detector's bands: octaves.
var broadEdgesHz = []float64{125, 250, 500, 1000, 2000, 4000, 8000, 16000, 32000}

// minBroad is the least number of bands in a broad band.
const minBroad = 2

// broad returns the first band of each broad band.
func broad(bands int, edgeHz func(int) float64) []int {
	first := []int{0}
	for _, hz := range broadEdgesHz {
		at := first[len(first)-1] + minBroad
		for at < bands && edgeHz(at) < hz {
			at++
		}
		if at > bands-minBroad {
			break
		}
		first = append(first, at)
	}
	return first
}

func fitLevels(samples []Sample, edgeHz func(int) float64) *detect.Levels {
	l := &detect.Levels{First: broad(len(samples[0].Observation.MeanDB), edgeHz)}
	n := len(l.First) + 1
	l.MeanDB, l.StdDevDB = make([]float64, n), make([]float64, n)
	decibels := dsp.NewDecibels()
	levels := make([][]float64, len(samples))
	for i := range samples {
		levels[i] = make([]float64, n)
		l.Broad(levels[i], &samples[i].Observation, decibels)
	}
	for b := range n {
		mean, deviation := moments(len(samples), func(i int) float64 { return levels[i][b] })
		l.MeanDB[b], l.StdDevDB[b] = rounded(mean), max(detect.MinLevelStdDevDB, rounded(deviation))
	}
	return l
}

// mostAxes is how many directions the covariance may know.
const mostAxes = 8

// fewestOfDomain is the least number of clips, and four times that of observations, that
// make a domain of its own.
const fewestOfDomain = 4

// fitDomains fits one covariance to all samples, or one to those of the source domain and
// one to those of the target domain where there is enough of both.
func fitDomains(samples []Sample) (source, target *detect.Covariance) {
	var domains [2][]Sample
	for _, s := range samples {
		k := 0
		if s.Target {
			k = 1
		}
		domains[k] = append(domains[k], s)
	}
	for _, d := range domains {
		if len(d) < 4*fewestOfDomain || group(d).clips < fewestOfDomain {
			return fitCovariance(samples), nil
		}
	}
	return fitCovariance(domains[0]), fitCovariance(domains[1])
}

func fitCovariance(samples []Sample) *detect.Covariance {
	bands := len(samples[0].Observation.ResidualDB)
	c := &detect.Covariance{MeanDB: make([]float64, bands), StdDevDB: make([]float64, bands), Rest: 1}
	for b := range bands {
		mean, deviation := moments(len(samples), func(i int) float64 { return samples[i].Observation.ResidualDB[b] })
		c.MeanDB[b], c.StdDevDB[b] = rounded(mean), max(detect.MinFeatureStdDevDB, rounded(deviation))
	}
	z := mat.NewDense(len(samples), bands, nil)
	for i := range samples {
		for b, v := range samples[i].Observation.ResidualDB {
			z.Set(i, b, (v-c.MeanDB[b])/c.StdDevDB[b])
		}
	}
	var cov mat.SymDense
	cov.SymOuterK(1/float64(max(1, len(samples)-1)), z.T())
	var eigen mat.EigenSym
	if !eigen.Factorize(&cov, true) {
		return c // every direction alike: still a distance
	}
	values := eigen.Values(nil) // rising
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	total := 0.0
	for _, v := range values {
		total += v
	}
	// An axis needs some observations to be told from chance.
	for len(c.Axes) < min(mostAxes, len(samples)/4, bands-1) {
		at := bands - 1 - len(c.Axes)
		if values[at] < 2 { // hardly more than a band on its own
			break
		}
		axis := make([]float64, bands)
		for b := range axis {
			axis[b] = max(-1, min(1, rounded(vectors.At(b, at))))
		}
		c.Axes, c.Variance = append(c.Axes, axis), append(c.Variance, rounded(values[at]))
		total -= values[at]
	}
	c.Rest = max(detect.MinVariance, rounded(total/float64(bands-len(c.Axes))))
	return c
}

// mostMoments is how many moments are remembered.
const mostMoments = 256

func fitNeighbours(samples []Sample) *detect.Neighbours {
	features := make([][]float64, len(samples))
	for i := range samples {
		features[i] = make([]float64, 2*len(samples[i].Observation.MeanDB))
		(*detect.Neighbours)(nil).Features(features[i], &samples[i].Observation)
	}
	return remembered(features, detect.MinFeatureStdDevDB)
}

func fitEmbedding(samples []Sample) *detect.Neighbours {
	features := make([][]float64, len(samples))
	for i := range samples {
		features[i] = samples[i].Observation.Embedding
	}
	return remembered(features, detect.MinEmbeddingStdDev)
}

func fitDivergence(samples []Sample) *detect.Divergence {
	mean, deviation := moments(len(samples), func(i int) float64 { return samples[i].Observation.Divergence })
	return &detect.Divergence{Mean: rounded(mean), StdDev: max(detect.MinDivergenceStdDev, rounded(deviation))}
}

// remembered chooses moments to remember by their features, which are said to vary by
// no less than least.
func remembered(features [][]float64, least float64) *detect.Neighbours {
	size := len(features[0])
	n := &detect.Neighbours{Mean: make([]float64, size), StdDev: make([]float64, size)}
	for j := range size {
		mean, deviation := moments(len(features), func(i int) float64 { return features[i][j] })
		n.Mean[j], n.StdDev[j] = rounded(mean), max(least, rounded(deviation))
	}
	steps := make([][]int32, len(features))
	for i, f := range features {
		steps[i] = make([]int32, size)
		n.Steps(steps[i], f)
		for j, v := range steps[i] {
			steps[i][j] = max(math.MinInt8, min(math.MaxInt8, v))
		}
	}
	for _, i := range farthestFirst(steps, mostMoments) {
		for _, v := range steps[i] {
			n.Moments = append(n.Moments, byte(int8(v)))
		}
	}
	return n
}

// farthestFirst chooses up to most rows: each the one that is farthest from those
// chosen before.
func farthestFirst(rows [][]int32, most int) []int {
	away := make([]int64, len(rows))
	for i := range away {
		away[i] = math.MaxInt64
	}
	var chosen []int
	for at := 0; len(chosen) < min(most, len(rows)); {
		chosen = append(chosen, at)
		next := 0
		for i, row := range rows {
			var sum int64
			for j, v := range row {
				d := int64(v - rows[at][j])
				sum += d * d
			}
			away[i] = min(away[i], sum)
			if away[i] > away[next] {
				next = i
			}
		}
		at = next
		if away[at] == 0 {
			break // the rest are repetitions
		}
	}
	return chosen
}

// rounded keeps six significant digits, so that settings stay short.
func rounded(v float64) float64 {
	if v == 0 {
		return 0
	}
	scale := math.Pow(10, 5-math.Floor(math.Log10(math.Abs(v))))
	if math.IsInf(scale, 0) {
		return 0
	}
	return math.Round(v*scale) / scale
}
