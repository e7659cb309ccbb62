package detect

import (
	"fmt"
	"math"

	"github.com/auscult/auscult/dsp"
)

// Levels is the level detector: how loud the whole and some broad bands are.
type Levels struct {
	// First[i] is the first band of broad band i+1, which ends before the next
	// one's; broad band 0 is the whole spectrum. It begins with 0.
	First []int `json:"first"`
	// MeanDB and StdDevDB describe each broad band's level on normal sound, in dB
	// re the profile's highest code. They have one element more than First.
	MeanDB   []float64 `json:"mean_db"`
	StdDevDB []float64 `json:"std_dev_db"`
}

// MinLevelStdDevDB is the least that a level may be said to vary: what a
// microphone's gain does with the temperature is no fault.
const MinLevelStdDevDB = 0.5

const maxBroad = 32

func (l *Levels) validate(bands int) error {
	n := len(l.First)
	if n < 1 || n > maxBroad || len(l.MeanDB) != n+1 || len(l.StdDevDB) != n+1 {
		return fmt.Errorf("%d broad bands, %d means, %d deviations: must be 1 to %d bands, and one more of the others", n, len(l.MeanDB), len(l.StdDevDB), maxBroad)
	}
	for i, b := range l.First {
		if i == 0 && b != 0 || i > 0 && b <= l.First[i-1] || b >= bands {
			return fmt.Errorf("first[%d] is %d: must rise from 0 and stay below %d", i, b, bands)
		}
	}
	for i := range l.MeanDB {
		if !inRange(l.MeanDB[i]) || !(l.StdDevDB[i] >= MinLevelStdDevDB && l.StdDevDB[i] <= maxDB) {
			return fmt.Errorf("broad band %d has mean %g and deviation %g: must be -%d to %[4]d, and %g to %[4]d", i, l.MeanDB[i], l.StdDevDB[i], maxDB, MinLevelStdDevDB)
		}
	}
	return nil
}

// Broad writes the level of each broad band to dst, the whole first: the mean
// power of its cells.
func (l *Levels) Broad(dst []float64, o *Observation, decibels dsp.Decibels) {
	top := decibels.Of(1 << 40)
	var whole uint64
	for i, first := range l.First {
		end := len(o.Power)
		if i+1 < len(l.First) {
			end = l.First[i+1]
		}
		var sum uint64
		for _, p := range o.Power[first:end] {
			sum += p / uint64(o.Frames) // so that the whole stays below 2^50
		}
		whole += sum
		dst[i+1] = (decibels.Of(sum/uint64(end-first)) - top).Float64()
	}
	dst[0] = (decibels.Of(whole/uint64(len(o.Power))) - top).Float64()
}

// score returns how many standard deviations the broad band that is farthest off
// is off, and writes how many dB each is off.
func (l *Levels) score(off []float64, o *Observation, decibels dsp.Decibels) float64 {
	l.Broad(off, o, decibels)
	highest := 0.0
	for i := range off {
		off[i] -= l.MeanDB[i]
		highest = max(highest, math.Abs(off[i])/l.StdDevDB[i])
	}
	return highest
}
