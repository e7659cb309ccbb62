// Package resample converts a stream of samples to a lower rate, and takes its
// direct component away, in integer arithmetic with the same bits on every
// machine.
//
// # Concepts
//
// A Resampler is a polyphase low-pass filter: 48 to 16 kHz keeps one sample of
// three, 44.1 to 16 kHz computes 160 for 441. What lies above half of the new
// rate would fold into the spectrum and be taken for sound of the machine, so
// it is removed first. A DCBlocker is a high-pass filter of first order for
// converters with an offset.
//
// With f the new rate: the passband ends at 0.4375 f (7 kHz of 16), the stopband
// begins at 0.5 f. Ripple in the passband is below 0.01 dB and the stopband at
// least 85 dB down; tests measure both with tones.
//
// # Formats
//
// Samples are Q31 in and out. Coefficients are Q30, and those of each phase sum
// to exactly 2^30: a constant passes unchanged. A Kaiser window of 90 dB makes
// them, about 92 taps per phase times the ratio of the rates.
//
// No overflow: New computes S, the largest sum of the coefficients' magnitudes
// of a phase, and refuses ratios with S >= 2^32-1; the ratios in use have
// S < 2.6*2^30. A sample is at most 2^31, so the exact 64-bit sum stays below
// 2^31*S + 2^29 < 2^63. It is rounded once, halves upwards, to Q31 and limited
// to an int32: the filter can overshoot full scale by its ringing.
//
// Output k depends on the input from sample 0 to floor(k*from/to) alone, with
// zeros before sample 0. It is known as soon as that sample has been written,
// and how a stream is cut into calls does not change any bit.
//
// # Concurrency
//
// A Resampler and a DCBlocker belong to one goroutine each. Both allocate only
// when they are made.
//
// # Limits
//
// Rates from 1 Hz to 768 kHz, downwards only, by a factor of at most 64, and
// with at most 1024 phases: rates without a large common divisor are refused.
//
// # Sources
//
// R. E. Crochiere, L. R. Rabiner, Multirate Digital Signal Processing (1983),
// chapter 3, for the structure; J. F. Kaiser, IEEE ISCAS (1974) 20, for the
// window and its formulas.
package resample
