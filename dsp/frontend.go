package dsp

import "github.com/auscult/auscult/dsp/mel"

// FrontEnd turns a stream of samples into frames of band levels. Its memory is
// allocated at construction. A FrontEnd belongs to one goroutine.
type FrontEnd struct {
	profile  Profile
	spectrum *Spectrum
	bank     *mel.Bank
	log      *logTable
	// exponents of the bands' weights: the value is the weight times 2^exponent.
	exponents []int32

	samples []int32 // the last filled samples, oldest first
	filled  int
	sums    []mel.Sum
	levels  []DB
	mover   *mover // nil: no motion is asked for
}

// NewFrontEnd returns a front end for p, or an error that names the parameter
// that cannot be used and what to change.
func NewFrontEnd(p Profile) (*FrontEnd, error) {
	bank, err := p.bank()
	if err != nil {
		return nil, err
	}
	spectrum, err := NewSpectrum(p.FrameLength)
	if err != nil {
		return nil, err
	}
	f := &FrontEnd{
		profile:   p,
		spectrum:  spectrum,
		bank:      bank,
		log:       newLogTable(),
		exponents: make([]int32, p.Bands),
		samples:   make([]int32, p.FrameLength),
		sums:      make([]mel.Sum, p.Bands),
		levels:    make([]DB, p.Values()),
	}
	if p.Motion {
		f.mover = newMover(p.HopLength)
	}
	for i := range f.exponents {
		f.exponents[i] = int32(-bank.Shift(i))
	}
	return f, nil
}

// Profile returns the profile that the front end was built from.
func (f *FrontEnd) Profile() Profile { return f.profile }

// BandHz returns the lower edge, centre and upper edge of a band in Hz. Bands
// count from 0, the lowest.
func (f *FrontEnd) BandHz(band int) (lower, centre, upper float64) { return f.bank.Edges(band) }

// Reset forgets all buffered samples: the next sample starts frame 0.
func (f *FrontEnd) Reset() { f.filled = 0 }

// Write takes the samples that follow those of the previous call, one channel
// in Q31, any number of them, and calls emit for each frame that they complete,
// in order. Frame i covers samples i*HopLength to i*HopLength+FrameLength-1
// since the start or Reset: no padding, librosa's center=False. The frame
// holds Bands levels, lowest band first, and motion behind them where the
// profile asks for it; its memory is reused, so emit copies what it keeps. How a
// stream is cut into calls does not change any bit.
func (f *FrontEnd) Write(pcm []int32, emit func(frame []DB)) {
	for len(pcm) > 0 {
		n := copy(f.samples[f.filled:], pcm)
		pcm = pcm[n:]
		f.filled += n
		if f.filled < len(f.samples) {
			return
		}
		f.analyse()
		f.filled = copy(f.samples, f.samples[f.profile.HopLength:])
		emit(f.levels)
	}
}

// analyse computes the levels of the frame in samples.
func (f *FrontEnd) analyse() {
	power, exponent := f.spectrum.Power(f.samples)
	bands := f.levels[:len(f.sums)]
	if f.profile.Magnitude {
		exponent = magnitudes(power, exponent)
	}
	f.bank.Apply(f.sums, power)
	f.log.levels(bands, f.sums, f.exponents, exponent)
	if f.profile.Magnitude {
		for b, level := range bands {
			bands[b] = max(2*level, dbFloor)
		}
	}
	if f.mover != nil {
		f.mover.measure(f.levels[len(f.sums):], f.samples[f.profile.FrameLength-f.profile.HopLength:])
	}
}
