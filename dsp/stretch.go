package dsp

import "github.com/auscult/auscult/dsp/level"

// stretch watches for stretches of one value. Samples of one value are passed on until
// there are some in a row; from then on they are counted, not kept, until another value
// comes or they are so many that the sensor, or the recording, is dead.
type stretch struct {
	value  int32
	length uint64 // samples in a row of that value
	hold   uint64 // of which so many are passed on
	most   uint64 // of so many on, it is dead
	total  uint64 // samples that were left out
}

// holdSamples in a row pass: what is quiet repeats itself.
const holdSamples = 32

func newStretch(sampleRateHz int) stretch {
	most := level.DefaultLimits(sampleRateHz).StuckSamples
	return stretch{most: most, hold: min(holdSamples, most/2)}
}

// dead says whether there were so many that it is.
func (s *stretch) dead() bool { return s.length >= s.most }

// step is what is to be done with a sample of the same value.
type step uint8

const (
	passing step = iota // it is passed on
	holding             // it is the first to be held back
	held                // it is held back
	died                // with it, the stretch is dead
)

// add counts one more of the same value.
func (s *stretch) add() step {
	s.length++
	switch {
	case s.length <= s.hold:
		return passing
	case s.length == s.most:
		s.total += s.length - s.hold
		return died
	case s.length == s.hold+1:
		return holding
	}
	if s.dead() {
		s.total++
	}
	return held
}

// end ends the stretch, and returns how many samples of it were held back and are to be passed
// on after all: none of a dead one.
func (s *stretch) end() (held uint64) {
	if s.length > s.hold && !s.dead() {
		held = s.length - s.hold
	}
	s.length = 0
	return held
}
