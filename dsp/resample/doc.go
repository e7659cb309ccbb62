// Package resample converts a stream of samples to another rate, and takes its
// direct component away, in integer arithmetic with the same bits on every
// machine.
//
// # Concepts
//
// A Resampler is a low-pass filter for sound up to some frequency, passHz: 48 to
// 16 kHz keeps one sample of three, 44.1 to 16 kHz computes 160 for 441. What lies
// above half of the new rate would fold into the spectrum and be taken for sound of
// the machine, so it is removed first. A DCBlocker is a high-pass filter of first
// order for converters with an offset.
//
// With f the lower of both rates: the passband ends at passHz, or at 0.4875 f (7.8
// kHz of 16) where passHz is higher than that, and the stopband begins as far above
// half of f as the passband ends below it. What lies in between is not removed as
// well, but it folds, or is mirrored, to between the passband's edge and half of f:
// whoever looks at no more than passHz does not see it. That costs half of the taps
// that a filter with a stopband from half of f would need.
//
// Ripple in the passband is below 0.001 dB and the stopband at least 85 dB down;
// tests measure both with tones.
//
// Three kinds of filter compute the same: where one sample of so many is kept, a
// symmetric one with half of the multiplications; for ratios of small numbers one set of
// coefficients for each phase; and for all others (44,056 or 16,001 to 16,000 Hz) straight
// lines between neighbours of some hundred phases, which are off by less than 100 dB.
//
// # Formats
//
// Samples are Q31 in and out. Coefficients are Q30, and those of each phase sum
// to exactly 2^30: a constant passes unchanged. A Kaiser window of 90 dB makes
// them, 5.7 times the old rate over the width of the transition.
//
// No overflow: the magnitudes of the coefficients of a phase sum to S < 3.7*2^30 at
// the sharpest, which a test computes. A sample is at most 2^31, so the exact 64-bit
// sum stays below 2^31*S + 2^29 < 2^63. It is rounded once, halves upwards, to Q31
// (between phases, two sums without their lowest 16 bits are joined first) and limited
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
// Rates from 1 Hz to 10 MHz, downwards by a factor of at most 1024, upwards where the
// source has what lies up to passHz (see LowestHz).
//
// # Sources
//
// R. E. Crochiere, L. R. Rabiner, Multirate Digital Signal Processing (1983),
// chapter 3, for the structure; J. F. Kaiser, IEEE ISCAS (1974) 20, for the
// window and its formulas.
package resample
