package detect

import (
	"fmt"
	"math"
)

// Memory remembers moments of normal sound by their features.
type Memory struct {
	// Mean and StdDev standardise a moment's features, in the unit that these have.
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
)

func (m *Memory) validate(size int, least float64) error {
	if len(m.Mean) != size || len(m.StdDev) != size {
		return fmt.Errorf("%d means and %d deviations for %d features", len(m.Mean), len(m.StdDev), size)
	}
	for i := range m.Mean {
		if !inRange(m.Mean[i]) || !(m.StdDev[i] >= least && m.StdDev[i] <= maxDB) {
			return fmt.Errorf("feature %d has mean %g and deviation %g: must be -%d to %[4]d, and %g to %[4]d",
				i, m.Mean[i], m.StdDev[i], maxDB, least)
		}
	}
	if count := len(m.Moments) / size; count < 1 || count > maxMoments || len(m.Moments)%size != 0 {
		return fmt.Errorf("%d bytes of moments: must be 1 to %d of %d bytes", len(m.Moments), maxMoments, size)
	}
	return nil
}

// steps writes standardised features to dst, in sixteenths of a deviation.
func (m *Memory) steps(dst []int32, features []float64) {
	for i, v := range features {
		step := math.RoundToEven(float64((v-m.Mean[i])/m.StdDev[i]) * perDeviation)
		dst[i] = int32(max(-maxStep, min(maxStep, step)))
	}
}

// distance returns the mean distance of steps to the two nearest moments, or to
// the only one: root mean square over features, in standard deviations.
func (m *Memory) distance(steps []int32) float64 {
	const far = math.MaxInt64
	nearest, second := int64(far), int64(far)
	size := len(steps)
	for at := 0; at < len(m.Moments); at += size {
		var sum int64
		for i, code := range m.Moments[at : at+size] {
			d := int64(steps[i] - int32(int8(code)))
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

// remember chooses moments to remember by the samples' features, which are said to vary by
// no less than least.
func (m *Memory) remember(n *Normal, features [][]float64, least float64) {
	size := len(features[0])
	m.Mean, m.StdDev, m.Moments = make([]float64, size), make([]float64, size), nil
	for j := range size {
		mean, deviation := n.Moments(func(i int) float64 { return features[i][j] })
		m.Mean[j], m.StdDev[j] = Rounded(mean), max(least, Rounded(deviation))
	}
	steps := make([][]int32, len(features))
	for i, f := range features {
		steps[i] = make([]int32, size)
		m.steps(steps[i], f)
		for j, v := range steps[i] {
			steps[i][j] = max(math.MinInt8, min(math.MaxInt8, v))
		}
	}
	for _, i := range farthestFirst(steps, maxMoments) {
		for _, v := range steps[i] {
			m.Moments = append(m.Moments, byte(int8(v)))
		}
	}
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
