package detect

import (
	"fmt"
	"math"
)

// Neighbours remembers moments of normal sound.
type Neighbours struct {
	// Mean and StdDev standardise a moment's features. Those of the part of that name
	// are in dB: for each band its mean level less the mean over all bands, then for each
	// band its deviation over time. Those of an embedding have no unit.
	Mean   []float64 `json:"mean"`
	StdDev []float64 `json:"std_dev"`
	// Moments hold the remembered features, one moment after the other, as int8 in
	// sixteenths of a standard deviation.
	Moments []byte `json:"moments"`
}

const (
	maxMoments   = 256
	perDeviation = 16      // steps of a standard deviation
	maxStep      = 1 << 12 // what a feature can differ at most, in steps
	// MinFeatureStdDevDB is the least that a band's feature may be said to vary.
	MinFeatureStdDevDB = 0.25
	// MinEmbeddingStdDev is the least that an embedding's may; all of them vary by about
	// 1 from window to window.
	MinEmbeddingStdDev = 1.0 / 64

	maxEmbedding = 512
)

// Size returns the number of features.
func (n *Neighbours) Size() int { return len(n.Mean) }

func (n *Neighbours) validate(size int, least float64) error {
	if len(n.Mean) != size || len(n.StdDev) != size {
		return fmt.Errorf("%d means and %d deviations for %d features", len(n.Mean), len(n.StdDev), size)
	}
	for i := range n.Mean {
		if !inRange(n.Mean[i]) || !(n.StdDev[i] >= least && n.StdDev[i] <= maxDB) {
			return fmt.Errorf("feature %d has mean %g and deviation %g: must be -%d to %[4]d, and %g to %[4]d", i, n.Mean[i], n.StdDev[i], maxDB, least)
		}
	}
	if count := len(n.Moments) / size; count < 1 || count > maxMoments || len(n.Moments)%size != 0 {
		return fmt.Errorf("%d bytes of moments: must be 1 to %d of %d bytes", len(n.Moments), maxMoments, size)
	}
	return nil
}

// Features writes an observation's 2*bands features to dst, in dB.
func (*Neighbours) Features(dst []float64, o *Observation) {
	bands := len(o.MeanDB)
	mean := 0.0
	for _, v := range o.MeanDB {
		mean += v
	}
	mean /= float64(bands)
	for b, v := range o.MeanDB {
		dst[b] = v - mean
	}
	copy(dst[bands:], o.DeviationDB)
}

// Steps writes standardised features to dst, in sixteenths of a deviation.
func (n *Neighbours) Steps(dst []int32, features []float64) {
	for i, v := range features {
		step := math.RoundToEven(float64((v-n.Mean[i])/n.StdDev[i]) * perDeviation)
		dst[i] = int32(max(-maxStep, min(maxStep, step)))
	}
}

// score returns the mean distance to the two nearest moments, in standard
// deviations a feature.
func (n *Neighbours) score(features []float64, steps []int32, o *Observation) float64 {
	n.Features(features, o)
	n.Steps(steps, features)
	return n.Distance(steps)
}

// Distance returns the mean distance of steps to the two nearest moments, or to
// the only one: root mean square over features, in standard deviations.
func (n *Neighbours) Distance(steps []int32) float64 {
	const far = math.MaxInt64
	nearest, second := int64(far), int64(far)
	size := len(steps)
	for at := 0; at < len(n.Moments); at += size {
		var sum int64
		for i, m := range n.Moments[at : at+size] {
			d := int64(steps[i] - int32(int8(m)))
			sum += d * d
		}
		switch {
		case sum < nearest:
			nearest, second = sum, nearest
		case sum < second:
			second = sum
		}
	}
	if second == far {
		second = nearest
	}
	return (rms(nearest, size) + rms(second, size)) / 2
}

func rms(sum int64, size int) float64 {
	return math.Sqrt(float64(sum)/float64(size)) / perDeviation
}
