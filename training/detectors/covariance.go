package detectors

import (
	"gonum.org/v1/gonum/mat"

	"github.com/auscult/auscult/agent/detect"
)

// mostAxes is how many directions the covariance may know.
const mostAxes = 8

// fewestOfDomain is the least number of clips, and four times that of observations, that
// make a domain of its own.
const fewestOfDomain = 4

// fitCovariance fits one covariance to all samples, or one to those of the source domain and
// one to those of the target domain where there is enough of both.
func fitCovariance(n *detect.Normal) detect.Detector {
	var domains [2][]detect.Sample
	for _, s := range n.Samples {
		k := 0
		if s.Target {
			k = 1
		}
		domains[k] = append(domains[k], s)
	}
	for _, d := range domains {
		if len(d) < 4*fewestOfDomain || group(d).clips < fewestOfDomain {
			return &detect.Covariance{Domain: fitDomain(n.Samples)}
		}
	}
	target := fitDomain(domains[1])
	return &detect.Covariance{Domain: fitDomain(domains[0]), Target: &target}
}

func fitDomain(samples []detect.Sample) detect.Domain {
	n := detect.Normal{Samples: samples}
	bands := len(samples[0].ResidualDB)
	c := detect.Domain{MeanDB: make([]float64, bands), StdDevDB: make([]float64, bands), Rest: 1}
	for b := range bands {
		mean, deviation := n.Moments(func(i int) float64 { return samples[i].ResidualDB[b] })
		c.MeanDB[b], c.StdDevDB[b] = detect.Rounded(mean), max(detect.MinFeatureStdDevDB, detect.Rounded(deviation))
	}
	z := mat.NewDense(len(samples), bands, nil)
	for i := range samples {
		for b, v := range samples[i].ResidualDB {
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
			axis[b] = max(-1, min(1, detect.Rounded(vectors.At(b, at))))
		}
		c.Axes, c.Variance = append(c.Axes, axis), append(c.Variance, detect.Rounded(values[at]))
		total -= values[at]
	}
	c.Rest = max(detect.MinVariance, detect.Rounded(total/float64(bands-len(c.Axes))))
	return c
}
