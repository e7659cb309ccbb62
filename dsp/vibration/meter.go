package vibration

import (
	"fmt"
	"math"
	"slices"
)

const (
	maxRateHz = 768000
	maxBands  = 64
)

// Band is a range of frequencies, ends included.
type Band struct {
	MinHz float64
	MaxHz float64
}

// Config says what a Meter measures.
type Config struct {
	SampleRateHz    float64 // of one axis
	FullScaleMPerS2 float64 // acceleration that a sample of 2^31 would stand for
	SegmentLength   int     // samples of one segment of the spectrum
	Velocity        Band    // range of the velocity's RMS
	Bands           []Band  // ranges of the bands' RMS
}

// DefaultConfig returns a Config for a sensor: segments of about a second,
// velocity from 10 to 1000 Hz or as far as the rate allows, no bands.
func DefaultConfig(sampleRateHz, fullScaleMPerS2 float64) Config {
	c := Config{SampleRateHz: sampleRateHz, FullScaleMPerS2: fullScaleMPerS2, SegmentLength: 64, Velocity: Band{10, 1000}}
	for c.SegmentLength < 16384 && float64(c.SegmentLength)*1.5 < sampleRateHz {
		c.SegmentLength *= 2
	}
	c.Velocity.MaxHz = min(c.Velocity.MaxHz, sampleRateHz/2)
	return c
}

// Features are what a Meter measured since it was made or reset.
type Features struct {
	Samples     uint64
	Gaps        uint64 // how often samples were lost
	LostSamples uint64
	Segments    int // of the spectrum; with none, velocity and bands are NaN

	AccelMeanMPerS2 float64 // gravity, and the sensor's offset
	AccelRMSMPerS2  float64 // without the mean
	AccelPeakMPerS2 float64 // largest distance from the mean
	CrestFactor     float64 // 0 for a constant
	Kurtosis        float64 // 0 for a constant

	VelocityRMSMMPerS float64
	BandRMSMPerS2     []float64 // per band of the Config
}

// Meter measures one axis.
type Meter struct {
	config  Config
	moments moments
	welch   *Welch
	psd     []float64
	gaps    uint64
	lost    uint64
}

// NewMeter returns a meter, or an error that names the setting.
func NewMeter(c Config) (*Meter, error) {
	if !(c.FullScaleMPerS2 > 0) || math.IsInf(c.FullScaleMPerS2, 1) {
		return nil, fmt.Errorf("vibration: full scale of %g m/s^2: must be above 0", c.FullScaleMPerS2)
	}
	welch, err := NewWelch(c.SampleRateHz, c.SegmentLength)
	if err != nil {
		return nil, err
	}
	if len(c.Bands) > maxBands {
		return nil, fmt.Errorf("vibration: %d bands: at most %d", len(c.Bands), maxBands)
	}
	for i, b := range append([]Band{c.Velocity}, c.Bands...) {
		name := fmt.Sprintf("band %d", i)
		if i == 0 {
			name = "velocity"
		}
		if !(b.MinHz > 0) || !(b.MaxHz >= b.MinHz) || !(b.MaxHz <= c.SampleRateHz/2) {
			return nil, fmt.Errorf("vibration: %s from %g to %g Hz: need 0 < min <= max <= %g (half the sample rate)",
				name, b.MinHz, b.MaxHz, c.SampleRateHz/2)
		}
		if first, last := bins(b, welch.BinHz()); first > last {
			return nil, fmt.Errorf("vibration: %s from %g to %g Hz holds no bin of the spectrum (one every %.4g Hz): "+
				"use longer segments or a wider range",
				name, b.MinHz, b.MaxHz, welch.BinHz())
		}
	}
	c.Bands = slices.Clone(c.Bands)
	return &Meter{config: c, welch: welch, psd: make([]float64, c.SegmentLength/2+1)}, nil
}

// bins returns the first and last bin whose centre lies in a band.
func bins(b Band, binHz float64) (first, last int) {
	return int(math.Ceil(b.MinHz / binHz)), int(math.Floor(b.MaxHz / binHz))
}

// Write takes the samples that follow those of the previous call (Q31), any
// number of them.
func (m *Meter) Write(pcm []int32) {
	m.moments.add(pcm)
	m.welch.Write(pcm)
}

// Gap says that samples were lost between the last Write and the next one; lost
// is how many, as far as it is known. See the package's chapter on gaps.
func (m *Meter) Gap(lost uint64) {
	m.gaps++
	m.lost += lost
	m.welch.Gap()
}

// Reset begins a new period: everything is forgotten, the stream's past too.
func (m *Meter) Reset() {
	m.moments = moments{}
	m.gaps, m.lost = 0, 0
	m.welch.Reset()
}

// Features returns what was measured. Without samples all levels are 0; without a
// whole segment velocity and bands are NaN.
func (m *Meter) Features() Features {
	unit := m.config.FullScaleMPerS2 / (1 << 31)
	f := Features{
		Samples:           uint64(m.moments.n),
		Gaps:              m.gaps,
		LostSamples:       m.lost,
		Segments:          m.welch.segments,
		AccelMeanMPerS2:   m.moments.mean * unit,
		AccelRMSMPerS2:    math.Sqrt(m.moments.variance()) * unit,
		AccelPeakMPerS2:   m.moments.peak() * unit,
		Kurtosis:          m.moments.kurtosis(),
		VelocityRMSMMPerS: math.NaN(),
		BandRMSMPerS2:     make([]float64, len(m.config.Bands)),
	}
	if f.AccelRMSMPerS2 > 0 {
		f.CrestFactor = f.AccelPeakMPerS2 / f.AccelRMSMPerS2
	}
	psd := m.PSD()
	if len(psd) > 0 {
		f.VelocityRMSMMPerS = 1000 * m.rms(psd, m.config.Velocity, true)
	}
	for i, b := range m.config.Bands {
		f.BandRMSMPerS2[i] = math.NaN()
		if len(psd) > 0 {
			f.BandRMSMPerS2[i] = m.rms(psd, b, false)
		}
	}
	return f
}

// rms integrates a power density over a band, as it is or from acceleration to
// velocity.
func (m *Meter) rms(psd []float64, b Band, velocity bool) float64 {
	binHz := m.welch.BinHz()
	first, last := bins(b, binHz)
	sum := 0.0
	for k := first; k <= min(last, len(psd)-1); k++ {
		p := float64(psd[k] * binHz)
		if velocity {
			omega := float64(2 * math.Pi * float64(float64(k)*binHz))
			p /= float64(omega * omega)
		}
		sum += p
	}
	return math.Sqrt(sum)
}

// PSD returns the acceleration's power density, (m/s^2)^2/Hz, one value every
// BinHz from 0 on, or nothing when no segment is complete. The memory is reused.
func (m *Meter) PSD() []float64 {
	m.psd = m.welch.PSD(m.psd[:cap(m.psd)])
	square := float64(m.config.FullScaleMPerS2 * m.config.FullScaleMPerS2)
	for k := range m.psd {
		m.psd[k] = float64(m.psd[k] * square)
	}
	return m.psd
}

// BinHz returns the distance of two values of PSD.
func (m *Meter) BinHz() float64 { return m.welch.BinHz() }
