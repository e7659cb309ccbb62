package dsp

import (
	"fmt"

	"github.com/auscult/auscult/dsp/fft"
	"github.com/auscult/auscult/dsp/mel"
)

// Scale names the frequency scale on which the bands are spaced evenly.
type Scale string

// Frequency scales of the filter bank.
const (
	// Slaney is the auditory toolbox's mel scale: linear below 1 kHz and
	// logarithmic above, with triangles of unit area (librosa's default).
	Slaney Scale = "slaney"
	// HTK is 2595*log10(1+f/700), with triangles of unit area.
	HTK Scale = "htk"
	// Linear has bands of equal width in Hz, for machines whose faults are
	// multiples of a frequency, and for vibration.
	Linear Scale = "linear"
)

// FloorDB is the lowest level that a band can have: librosa's amin of 1e-10 in
// power. Digital silence reads FloorDB.
const FloorDB = -100

// Profile holds every parameter of the front end. Two front ends with equal
// profiles give equal bits on every machine. A Profile travels inside a model.
type Profile struct {
	SampleRateHz int     `json:"sample_rate_hz"`
	FrameLength  int     `json:"frame_length"` // samples of one FFT input: even, half of it a product of 2, 3 and 5
	HopLength    int     `json:"hop_length"`   // samples between the starts of two frames
	Bands        int     `json:"bands"`        // bands of the filter bank
	Scale        Scale   `json:"scale"`        // spacing of the bands
	MinHz        float64 `json:"min_hz"`       // lower edge of the lowest band
	MaxHz        float64 `json:"max_hz"`       // upper edge of the highest band
	MinDB        float64 `json:"min_db"`       // level that int8 code -128 stands for, dB re full scale
	MaxDB        float64 `json:"max_db"`       // level that int8 code +127 stands for
	// Magnitude has bands sum the moduli |X|, not their squares, as librosa's power=1 does; levels are 20*log10 of that.
	Magnitude bool `json:"magnitude,omitempty"`
	// Motion says that frames hold motion behind the bands: see MotionValues.
	Motion bool `json:"motion,omitempty"`
}

// DefaultProfile returns the profile that models are trained with unless told
// otherwise: 64 ms frames every 32 ms at 16 kHz, 128 Slaney bands to 7 kHz, where all
// that converts rates is still flat (see "The highest band" in the package comment).
func DefaultProfile() Profile {
	return Profile{
		SampleRateHz: 16000,
		FrameLength:  1024,
		HopLength:    512,
		Bands:        128,
		Scale:        Slaney,
		MinHz:        0,
		MaxHz:        7000,
		MinDB:        -80,
		MaxDB:        40,
	}
}

// DefaultProfileAt returns DefaultProfile for another sample rate: the same 128
// bands, up to 7/16 of the rate, and frames as near to 64 ms as a power of two
// can be, every half frame.
func DefaultProfileAt(sampleRateHz int) Profile {
	p := DefaultProfile()
	ideal := float64(p.FrameLength) * float64(sampleRateHz) / float64(p.SampleRateHz)
	p.SampleRateHz, p.MaxHz = sampleRateHz, float64(sampleRateHz)*7/16
	p.FrameLength = fft.MinLength
	for p.FrameLength < fft.MaxLength && float64(p.FrameLength)*1.5 < ideal {
		p.FrameLength *= 2
	}
	p.HopLength = p.FrameLength / 2
	return p
}

// VibrationProfileAt returns a profile for accelerometers: frames as near to
// a third of a second as a power of two can be, every quarter frame, and bands of
// equal width up to 7/16 of the rate, each three bins of the spectrum or more.
func VibrationProfileAt(sampleRateHz int) Profile {
	p := DefaultProfileAt(sampleRateHz)
	p.FrameLength = fft.MinLength
	for p.FrameLength < fft.MaxLength && float64(p.FrameLength)*1.5 < float64(sampleRateHz)/3 {
		p.FrameLength *= 2
	}
	p.HopLength = p.FrameLength / 4
	p.Scale = Linear
	p.Bands = min(p.FrameLength/4, 128)
	p.MinDB, p.MaxDB = FloorDB, 20
	return p
}

// Limits of a profile. They bound memory and time, whoever wrote the profile.
const (
	maxSampleRate = 768000
	maxBands      = 1024
)

// Validate returns nil when a front end can be built from p, else an error
// that names the parameter and what to change. A profile of which a band would
// hold no bin of the spectrum is such an error.
func (p Profile) Validate() error {
	_, err := p.bank()
	return err
}

// bank checks p and returns its filter bank.
func (p Profile) bank() (*mel.Bank, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	scale := mel.Slaney()
	switch p.Scale {
	case HTK:
		scale = mel.HTK()
	case Linear:
		scale = mel.Linear()
	}
	bank, err := mel.New(p.SampleRateHz, p.FrameLength, p.Bands, scale, p.MinHz, p.MaxHz)
	if err != nil {
		return nil, fmt.Errorf("dsp: %w", err)
	}
	return bank, nil
}

// check checks each parameter against its limits.
func (p Profile) check() error {
	switch {
	case p.SampleRateHz < 1 || p.SampleRateHz > maxSampleRate:
		return fmt.Errorf("dsp: sample rate %d Hz: must be 1 to %d", p.SampleRateHz, maxSampleRate)
	case fft.CheckLength(p.FrameLength) != nil:
		return fmt.Errorf("dsp: frames: %w", fft.CheckLength(p.FrameLength))
	case p.HopLength < 1 || p.HopLength > p.FrameLength:
		return fmt.Errorf("dsp: hop length %d: must be 1 to the frame length (%d)", p.HopLength, p.FrameLength)
	case p.Bands < 1 || p.Bands > maxBands:
		return fmt.Errorf("dsp: %d bands: must be 1 to %d", p.Bands, maxBands)
	case p.Scale != Slaney && p.Scale != HTK && p.Scale != Linear:
		return fmt.Errorf("dsp: unknown scale %q: use %q, %q or %q", p.Scale, Slaney, HTK, Linear)
	case !(p.MinHz >= 0) || !(p.MaxHz > p.MinHz) || !(p.MaxHz <= float64(p.SampleRateHz)/2):
		return fmt.Errorf("dsp: bands from %g to %g Hz: need 0 <= min < max <= %g (half the sample rate)",
			p.MinHz, p.MaxHz, float64(p.SampleRateHz)/2)
	case !(p.MinDB >= -200) || !(p.MaxDB <= 100) || !(p.MaxDB-p.MinDB >= 1):
		return fmt.Errorf("dsp: range %g to %g dB: need -200 <= min, max <= 100, at least 1 dB apart", p.MinDB, p.MaxDB)
	}
	if p.Motion {
		return p.CanMove()
	}
	return nil
}
