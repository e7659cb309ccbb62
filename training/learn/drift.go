package learn

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/metrics"
)

// When recordings drift.
const (
	driftUnits = 6    // recordings, or blocks of a long one, at least
	driftMost  = 300  // of more recordings as many are heard
	driftS     = 300  // one that is cut to blocks has so many seconds at least
	driftCut   = 30   // blocks of it
	driftDB    = 1.0  // less is what a microphone does with the temperature
	driftShare = 0.01 // chance that recordings without a drift are said to
	driftBands = 8    // bands of the spectrum
)

// drift warns of normal sound that is not at its end what it was at its begin: a machine that runs in, or warms
// up. Nothing is left out for that: who records knows why.
func (t *trainer) drift() (warnings []string) {
	units, names := t.driftUnits()
	n := len(units) / 3
	if len(units) < driftUnits {
		return nil
	}
	edges, err := model.BandEdges(t.o.Profile)
	if err != nil {
		return nil // features that were heard have edges
	}
	largest, at := 0.0, -1
	level := driftShare / float64(len(units[0]))
	for i := range units[0] {
		change, chance := thirdsDiffer(units, n, i)
		if math.Abs(change) > math.Abs(largest) && math.Abs(change) >= driftDB && chance < level {
			largest, at = change, i
		}
	}
	if at < 0 {
		return nil
	}
	what := "in how it moves (impulses and beats)"
	if at < driftBands {
		lo, hi := driftBand(at, len(edges))
		what = fmt.Sprintf("at %.0f to %.0f Hz", edges[lo].LowHz, edges[hi-1].HighHz)
	}
	of := "of the recording"
	if names[0] != "" {
		of = fmt.Sprintf("of the recordings (%s to %s)", names[0], names[n-1])
	}
	return []string{fmt.Sprintf("normal sound drifts: from the first third %s to the last it changes by %+.1f dB %s. "+
		"If that is time, the machine runs in or warms up, and what comes next may sound otherwise than all that was "+
		"learned: record on when it has settled, and leave out what is not its usual sound. Recordings of several "+
		"states, by name, look like this too", of, largest, what)}
}

// driftBand returns which bands one of the spectrum's has.
func driftBand(i, bands int) (lo, hi int) {
	return i * bands / driftBands, (i + 1) * bands / driftBands
}

// thirdsDiffer returns by how much a value of the last third of units is more than of the first, and how
// likely that is by chance, by Welch's test.
func thirdsDiffer(units [][]float64, n, value int) (change, chance float64) {
	var mean, square [2]float64
	for side, part := range [][][]float64{units[:n], units[len(units)-n:]} {
		values := make([]float64, n)
		for k, u := range part {
			values[k] = u[value]
		}
		m, deviation := metrics.Moments(values)
		mean[side] = m
		square[side] = deviation * deviation / float64(max(1, n-1)) // Moments divides by n
	}
	change = mean[1] - mean[0]
	const least = 1e-6 // dB², what is equal to the last code
	sum := square[0] + square[1] + least
	freedom := sum * sum / ((square[0]*square[0] + square[1]*square[1] + least*least) / float64(n-1))
	student := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: max(1, freedom)}
	return change, 2 * student.Survival(math.Abs(change)/math.Sqrt(sum))
}

// driftUnits returns the values of recordings in their order, or of blocks of a long one, and the
// recordings' names, empty for blocks: the spectrum in some bands, and what there is of motion, in dB.
func (t *trainer) driftUnits() (units [][]float64, names []string) {
	clips := t.features.Len()
	cut := clips < driftUnits
	frames := t.features.Frames()
	seconds := float64(frames*t.o.Profile.HopLength) / float64(t.o.Profile.SampleRateHz)
	if cut && seconds < driftS {
		return nil, nil
	}
	step := (clips + driftMost - 1) / driftMost
	u := newDriftUnit(t)
	for i, f := range t.features.All() {
		if !cut && i%step != 0 {
			continue
		}
		f.Each(func(codes []int8) {
			u.add(codes)
			if cut && u.frames >= frames/driftCut {
				units, names = append(units, u.take()), append(names, "")
			}
		})
		if !cut {
			units, names = append(units, u.take()), append(names, f.Name)
		}
	}
	return units, names
}

// driftUnit adds up a recording.
type driftUnit struct {
	frames int
	sums   []int64 // of codes from 0
	codeDB float64
	bands  int
}

func newDriftUnit(t *trainer) *driftUnit {
	return &driftUnit{sums: make([]int64, t.o.Profile.Values()), codeDB: t.spanDB() / 255, bands: t.o.Profile.Bands}
}

func (u *driftUnit) add(codes []int8) {
	for i, c := range codes {
		u.sums[i] += int64(c) + 128
	}
	u.frames++
}

// take returns the values, and starts anew.
func (u *driftUnit) take() (values []float64) {
	n := float64(max(1, u.frames))
	for i := range driftBands {
		lo, hi := driftBand(i, u.bands)
		sum := int64(0)
		for _, v := range u.sums[lo:hi] {
			sum += v
		}
		values = append(values, float64(sum)/n/float64(max(1, hi-lo))*u.codeDB)
	}
	for i, v := range u.sums[u.bands:] {
		step := float64(dsp.MotionDB(i, 1) - dsp.MotionDB(i, 0))
		values = append(values, float64(v)/n*step)
	}
	clear(u.sums)
	u.frames = 0
	return values
}
