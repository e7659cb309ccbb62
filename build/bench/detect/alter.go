package main

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/dsp/fourier"
)

// pcm is sound of one rate, from -1 to 1.
type pcm struct {
	x      []float64
	rateHz int
}

// like returns other samples of the same rate.
func (p pcm) like(x []float64) pcm { return pcm{x, p.rateHz} }

// power returns the mean square.
func (p pcm) power() float64 {
	sum := 0.0
	for _, v := range p.x {
		sum += v * v
	}
	return sum / float64(max(1, len(p.x)))
}

// louder returns it with so many decibels more.
func (p pcm) louder(db float64) pcm {
	gain, x := math.Pow(10, db/20), make([]float64, len(p.x))
	for i, v := range p.x {
		x[i] = v * gain
	}
	return p.like(x)
}

// asLoudAs returns it with the power of another.
func (p pcm) asLoudAs(other pcm) pcm {
	const silence = 1e-20
	return p.louder(10 * math.Log10(max(silence, other.power())/max(silence, p.power())))
}

// mixed returns it with another sound, over and over, that is db louder, and as loud as before: what was
// mixed in is told by what it is and not by the level.
func (p pcm) mixed(other pcm, db float64) pcm {
	other = other.asLoudAs(p).louder(db)
	x := slices.Clone(p.x)
	for i := range x {
		x[i] += other.x[i%len(other.x)]
	}
	return p.like(x).asLoudAs(p)
}

// spectrum returns the bins of a transform, the frequencies of which are step apart.
func (p pcm) spectrum() (fft *fourier.FFT, bins []complex128, stepHz float64) {
	size := 2
	for size < len(p.x) {
		size *= 2
	}
	padded := make([]float64, size)
	copy(padded, p.x)
	fft = fourier.NewFFT(size)
	return fft, fft.Coefficients(nil, padded), float64(p.rateHz) / float64(size)
}

// filtered returns it through a filter without delay, by frequency in Hz.
func (p pcm) filtered(gainDB func(hz float64) float64) pcm {
	fft, bins, stepHz := p.spectrum()
	for k := range bins {
		bins[k] *= complex(math.Pow(10, gainDB(float64(k)*stepHz)/20)/float64(fft.Len()), 0)
	}
	return p.like(fft.Sequence(nil, bins)[:len(p.x)])
}

// inThird returns it with the third of an octave about a frequency louder.
func (p pcm) inThird(centreHz, db float64) pcm {
	return p.filtered(func(hz float64) float64 {
		if hz >= centreHz*math.Exp2(-1./6) && hz < centreHz*math.Exp2(1./6) {
			return db
		}
		return 0
	})
}

// tilted returns it as another microphone hears it: so many decibels an octave more, about 1 kHz.
func (p pcm) tilted(dbPerOctave float64) pcm {
	const least = 20
	return p.filtered(func(hz float64) float64 { return dbPerOctave * math.Log2(max(hz, least)/1000) })
}

// clicking returns it with 2 ms of noise nine times a second, which are so loud beside it, and as loud as before.
func (p pcm) clicking(db float64, rng *rand.Rand) pcm {
	rate := float64(p.rateHz)
	length, every := int(0.002*rate), int(0.11*rate)
	clicks := make([]float64, len(p.x))
	for at := every / 2; at+length < len(clicks); at += max(1, every) {
		for i := range length {
			clicks[at+i] = rng.NormFloat64()
		}
	}
	return p.mixed(p.like(clicks), db)
}

// beating returns it with a level that swings at a frequency, and as loud as before.
func (p pcm) beating(hz, depth float64) pcm {
	x := make([]float64, len(p.x))
	for i, v := range p.x {
		x[i] = v * (1 + depth*math.Sin(2*math.Pi*hz*float64(i)/float64(p.rateHz)))
	}
	return p.like(x).asLoudAs(p)
}

// thirds returns the centres of the loudest third of an octave of sounds of one rate, and of a quiet one: a
// quarter of them are quieter.
func thirds(all []pcm) (loudHz, quietHz float64) {
	const from, to, ofRate = 100, 7000, 7. / 16
	type third struct{ centreHz, power float64 }
	var each []third
	for k := 0; ; k++ {
		centre := from * math.Exp2(float64(k)/3)
		if centre*math.Exp2(1./6) >= min(to, ofRate*float64(all[0].rateHz)) {
			break
		}
		each = append(each, third{centreHz: centre})
	}
	if len(each) == 0 {
		return from, from
	}
	for _, p := range all {
		_, bins, stepHz := p.spectrum()
		for k, v := range bins[1:] {
			at := int(math.Floor(3*math.Log2(float64(k+1)*stepHz/from) + 0.5))
			if at >= 0 && at < len(each) {
				each[at].power += (real(v)*real(v) + imag(v)*imag(v)) / float64(len(p.x))
			}
		}
	}
	slices.SortFunc(each, func(a, b third) int {
		if a.power < b.power {
			return -1
		}
		return 1
	})
	return each[len(each)-1].centreHz, each[len(each)/4].centreHz
}
