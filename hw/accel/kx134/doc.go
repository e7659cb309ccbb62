// Package kx134 drives Kionix' KX134-1211, a wide accelerometer: ±8 to ±64 g, 25,600 Hz, over SPI or
// I²C.
//
// # Concepts
//
// The chip measures into a buffer of 86 sample times in stream mode, which throws the oldest away, and
// raises INT1 at the watermark. All that the buffer holds is read in one transfer from one register.
// It has no bit that says that sample times were thrown away: a full buffer counts as one that may
// have.
//
// # Formats
//
// 16 bits, low byte first, with full scale at the range: .244 mg a step at ±8 g to 1.95 mg at ±64 g.
//
// # Limits
//
// SPI up to 10 MHz, I²C at 400 kHz. Rates are 25,600 Hz and its halves down to 12.5 Hz, always with the
// high-performance mode and the filter at half the rate. At 25,600 Hz the buffer is full after 3.4 ms, which
// few hosts keep up with: the rate is 3,200 Hz unless another is asked for, over I²C 1,600 Hz.
// The self-test moves each axis by some half g; .2 to .8 g is accepted.
//
// # Sources
//
// Kionix, KX134-1211 Technical Reference Manual Rev. 1.0: output page 10; sample buffer pages 66 and 67
// (of the manual of the KX132-1211, which has the same). KX134-1211 Specifications Rev. 1.0: noise
// 130 µg/√Hz, self-test. The addresses and bits as Linux' kionix-kx022a.c and public drivers have them;
// that 86 sample times fit, and 516 bytes mean full, is from there. The limits of the self-test are
// from memory of the specifications.
//
// Unverified: noise and the limits of the self-test are from memory of the specifications; the pages of
// the buffer are of the KX132-1211's manual; 86 sample times and 516 bytes are as Linux has them.
package kx134
