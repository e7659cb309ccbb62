// Package vibration measures acceleration on a stream: levels, velocity, bands and
// the shape of its distribution.
//
// # Concepts
//
// A Meter takes samples of one axis and holds, for a period that its user ends
// with Reset, the Features: RMS, peak, crest factor and kurtosis of the
// acceleration; velocity RMS over a range (10 to 1000 Hz is usual for the state of
// a machine); RMS per band. A Welch averages power spectra of half-overlapping
// segments, as scipy.signal.welch does with its defaults.
//
// # Formats
//
// Samples are Q31; Config.FullScaleMPerS2 is the acceleration of full scale.
// Units stand in the names. Spectra are one-sided power densities, (m/s^2)^2/Hz,
// of Hann-windowed segments whose mean was removed; their integer part (package
// dsp) gives the same bits everywhere, the averages are float64 with every
// product rounded explicitly.
//
//	velocity RMS, mm/s = 1000 sqrt( sum PSD(f) df / (2 pi f)^2 )
//	band RMS, m/s^2    = sqrt( sum PSD(f) df )
//	crest factor       = peak / RMS, both without the mean
//	kurtosis           = m4 / m2^2, 3 for normal noise, 1.5 for a sine
//
// where a sum takes the bins whose centre lies in the range, ends included.
//
// # Gaps
//
// Lost samples are told by Gap. What needs neighbours ends there: an unfinished
// segment is dropped from the spectrum. What does not need them goes on: RMS,
// peak, kurtosis. Both are counted. A spectrum without a whole segment is
// missing, not zero: see Features.Segments.
//
// # Concurrency
//
// A Meter and a Welch belong to one goroutine each. Both allocate only when they
// are made; Features allocates its slice of bands.
//
// # Errors
//
// Only building fails: NewMeter's error names the setting and its range.
//
// # Limits
//
// Rates up to 768 kHz, segments of 32 to 16384 samples, 64 bands. No limit values
// of any standard are built in: they depend on the machine, and secondary sources
// disagree.
//
// # Sources
//
// P. D. Welch, IEEE Trans. AU 15 (1967) 70; P. Pebay, SAND2008-6212, for moments
// in one pass.
package vibration
