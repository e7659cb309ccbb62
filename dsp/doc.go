// Package dsp computes log-mel frames from a stream of samples in fixed-point
// arithmetic, with the same bits on every machine.
//
// # Concepts
//
// A FrontEnd cuts a stream of samples into frames that overlap, and turns each
// into the levels of a bank of bands: what an ear would hear, as a short list of
// numbers. A Quantiser maps levels to a model's int8 codes. A Profile holds all
// that there is to choose; it travels inside a model, and tool and node use it
// alike, so what was learned is what is compared.
//
// A Stream is a FrontEnd with all that must happen to samples before it; a Spectrum is
// its first half: the power spectrum of a windowed frame. Beside this package, resample
// converts rates and takes the direct component away, level watches a signal's health,
// and vibration measures acceleration. fft and mel can be used alone.
//
// To start: take DefaultProfile, change what must differ, ask Validate, build a
// Stream and a Quantiser, and Write what the microphone gives.
//
// # What is heard
//
// Learning, judging, replaying and the live node hear through a Stream, and nothing else
// stands between samples and frames, so they cannot differ. In this order:
//
//  1. Channel: one of those that are interleaved.
//  2. Dead stretches: 100 ms or more of one value are a sensor that is dead, or a recorder
//     that was; neither is a sound. They are left out, and the frames that follow begin
//     anew. All but the first 32 samples are counted, not heard; the count stays when the
//     stretch goes on for days.
//  3. Direct component: a high-pass filter of first order, 3 dB down at an eighth of the
//     spectrum's resolution (2 Hz for frames of 64 ms, 0.4 Hz for the third of a second of
//     VibrationProfileAt): microphones add a constant, which drifts, and accelerometers
//     measure gravity. Its mean begins with that of the first frame, so that a recording
//     does not begin with a click, and lives on over gaps.
//  4. Rate: converted to the profile's, unless it is that.
//  5. FrontEnd.
//
// A source that lost samples says so by Gap: no frame spans it.
//
// # The highest band
//
// A recording may have been converted before, and a node may have to convert, so bands
// are compared whose sound went through different filters. Converters are flat to some
// edge, and differ above it. White noise that was converted between 16 and 22.05, 44.1, 48, 96
// and 192 kHz, in both directions, against itself, in dB at worst up to an edge:
//
//	                                        7000   7250   7500   7800 Hz
//	this package                            0.00   0.00   0.00   0.00 (7800 with four times the taps)
//	libsoxr and SoX (-h, -v, HQ, VHQ, MQ)  -0.14  -0.18  -0.31  -12.0
//	ffmpeg                                 -0.27  -0.92  -2.31   -5.2
//	scipy.signal.resample_poly             -0.16  -0.60  -1.46   -3.3
//	torchaudio                             -1.57  -2.34  -3.32   -4.8
//	FFT                                    -0.01  -0.01  -0.01   -0.01
//
// One code is 0.47 dB. So the bands of DefaultProfile end at 7/16 of the rate, 7 kHz of
// 16; 0.27 dB at the edge of the last band is what remains of a choice of converters, and
// sigma-delta converters of microphones are flat to there or a little less. Up to MaxHz,
// a conversion by a Stream is flat to 0.001 dB: package resample makes its filter for it.
// A profile may reach up to half of the rate; above FlatHz such bands read lower where the
// rate is converted.
//
// Why integers: a threshold that was chosen on a workstation is applied on a
// node with another processor. In floating point the two differ in last bits
// that depend on compilers and fused instructions; here they do not differ.
//
// Why one exponent per frame: a microphone's levels span 120 dB and a frame's
// bands 90 dB, more than scaling in every FFT stage would leave of 32 bits.
// One exponent, chosen before the FFT, loses nothing in between.
//
// # Motion
//
// A spectrum says what a frame holds, and nothing of when: the click of a chipped tooth and hiss
// may look alike. Where the profile asks for it, MotionValues numbers behind the bands say how the
// samples move: how impulsive they are, and how their envelope beats. See mover.
//
// # Formats
//
// A frame of N samples passes these steps:
//
//  1. Window. Sample x (Q31) times window w (periodic Hann, Q30, 0 to 2^30):
//     int64 in Q61, exact.
//  2. Block exponent. The smallest right shift e >= 0 with which the sum of
//     |x*w| over the samples of even index is at most 2^30-2^15 (fft.MaxL1), and
//     that over those of odd index. Every intermediate value of an FFT is a sum of
//     inputs times factors of modulus 1 or less, so the sums bound it: the FFT
//     cannot overflow, whatever the samples are. The peak as a bound would have
//     to assume that all N samples have it, and would waste about 2 bits of a
//     tone and 3 of noise. A quiet frame keeps the lower bits of its products,
//     down to e = 0.
//  3. Shift and round, halves upwards: int32, unit 2^(e-61) of full scale. The
//     rounding is the largest error of all, N/12 units squared in the spectrum.
//  4. FFT of real values (package fft): int32, factors in Q30, products in int64,
//     no scaling between stages. Power |X_k|^2: uint64, below 2^62.
//  5. Bands (package mel): integer weights of up to 32 bits, each band's scaled so
//     that they sum to less than 2^32, which makes two uint64 accumulators hold
//     the exact 96-bit sum.
//  6. Level: 10*log10 by a table of 256 entries in Q28 with linear interpolation
//     (at most 8.3e-6 dB low), the exponents of steps 2 and 5 added exactly,
//     rounded to DB (Q11.20) and limited below to FloorDB.
//     With Profile.Magnitude bands sum |X_k|, in Q30 of the same unit, and the level
//     is twice as much: 20*log10 of the sum.
//  7. Code (Quantiser): int8, the nearest of 256 steps from MinDB to MaxDB.
//
// 0 dB is the power that librosa gives for samples of full scale 1 with ref=1.0:
// melspectrogram(n_fft=N, power=2, center=False) and power_to_db(amin=1e-10,
// top_db=None). A full-scale sine reads about +34 dB in the default profile, not 0.
// Of magnitudes it is melspectrogram(power=1) and amplitude_to_db(amin=1e-5).
//
// # Error
//
// Against librosa 0.11 in float64, over the signals in testdata: at most 0.007 dB
// in bands within 90 dB of the frame's loudest for full-scale tones and
// sweeps (0.010 dB in frames of 6250 samples), 0.003 dB beside a large direct
// component, 0.0002 dB for broadband signals at any level. Codes of broadband
// signals are equal, those of full-scale tones and sweeps differ in 0.3 % of
// cells, by 1. Full-scale square waves, random signs and impulses: 0.0006 dB
// within 60 dB of the loudest.
//
// Why: step 3 rounds N values with a variance of 1/12 unit squared each, which
// adds N/12 to the power of every bin, and the FFT adds no more than that again.
// With e > 0 one of the two sums is above 2^29, give or take the bounds' margin; a
// tone's largest |X| is pi/2 times the sum, so its power is at least 2^59. For
// N = 1024 the noise lies 155 dB below it. A band 90 dB below the tone has its
// noise 65 dB below, which moves its level by 20*log10(1+10^(-65/20)) = 0.005 dB
// in the root mean square if the band is a single bin, less if it is wider. Four
// times as long frames double it. Tests assert 0.02 dB. A quiet frame (e = 0)
// keeps all bits of its products: its rounding lies below the converter's last bit.
//
// The tables are computed in integers, or in float64 with every product rounded
// explicitly (package internal/exact), since math.Cos and math.Log are not the
// same everywhere. Tests hold a hash of all tables and one of all golden frames;
// amd64, 386, arm64 and arm give the same, with and without assembly.
//
// # Speed
//
// The generic Go code defines every bit and is always compiled. On amd64 with AVX2
// and on arm64 assembly takes its place in steps 1 to 5 (on amd64 in 6 too), and
// gives the same bits: tests run both on the same inputs. The build tags noasm and
// purego leave it out, AUSCULT_CPU=generic leaves it unused. A frame of the default
// profile takes 1.4 us on one core of an AMD Zen 5 (generic 8.6, scipy's float32
// batches 3.3, librosa 7.4), and 29 thousand instructions on a Cortex-A53 (generic
// 96 thousand); make bench-dsp prints the table for the machine at hand.
//
// # Concurrency
//
// A FrontEnd belongs to one goroutine and allocates only when it is made. A
// Quantiser and a Profile may be shared.
//
// # Errors
//
// Only building can fail; samples cannot. Profile.Validate and NewFrontEnd return
// the same error, which names the parameter and what to change. A band so narrow
// that no bin of the spectrum falls into it is an error, since it would read
// FloorDB for ever.
//
// # Limits
//
// Frames of 32 to 16384 samples, even, half of it a product of 2, 3 and 5; up to
// 1024 bands; up to 768 kHz. Powers of two are the fastest.
// A band more than about 100 dB below the frame's loudest is mostly the
// rounding of step 3.
//
// # Sources
//
// S. B. Davis, P. Mermelstein, IEEE Trans. ASSP 28 (1980) 357, for bands on a mel
// scale; librosa 0.11 for the conventions; F. J. Harris, Proc. IEEE 66 (1978) 51,
// for the window; A. V. Oppenheim, C. J. Weinstein, Proc. IEEE 60 (1972) 957, for
// the effects of finite registers and block floating point.
package dsp
