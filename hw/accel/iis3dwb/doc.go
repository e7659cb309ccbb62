// Package iis3dwb drives STMicroelectronics' IIS3DWB, a vibration sensor for
// industry: ±16 g, 26,667 Hz, flat to 6 kHz, over SPI.
//
// # Concepts
//
// The chip measures at one rate into a FIFO of 512 words of 7 bytes in
// continuous mode and raises INT1 at the watermark. All that the FIFO holds is
// read in one transfer. Each word begins with a tag that says what it holds:
// acceleration, or with each 32nd of them the chip's time. Other words are errors,
// since nothing else is batched.
//
// The time counts 25 µs on the oscillator that also paces the samples, three
// ticks to two sample times. So what a full FIFO overwrote, or what was lost while a burst
// was read, is known to the sample, however long the host stood still.
//
// # Formats
//
// 16 bits with full scale at the range: 0.061 mg a bit at ±2 g to 0.488 at ±16 g,
// which the data sheet rounds.
//
// # Limits
//
// SPI up to 10 MHz; a burst of 512 words is 3,585 bytes, which fits into the
// 4,096 that Linux' spidev takes at a time. On a bus that takes less, a burst is
// split between words.
//
// # Sources
//
// The registers, codes and tags: STMicroelectronics' own driver
// github.com/STMicroelectronics/iis3dwb-pid at 136ac0f (iis3dwb_reg.h). Range,
// rate, sensitivity and bandwidth also from the summary of data sheet
// DS IIS3DWBG1 and from AN5444 Rev 1, page 1. The limits of the self-test,
// 800 to 3,200 mg, from ST's example iis3dwb_self_test.c. No page of the data
// sheet's body was at hand: check the limit of 10 MHz, that reading goes on from
// 0x7E at 0x78 (ST's driver reads many words in one transfer), and that time and
// rate come from one oscillator, as AN5192 says of the LSM6DSO, there. A word of time
// may follow its sample time or go before it; both are understood.
//
// Unverified: no page of the data sheet's body was read. The clock of 10 MHz, that reading goes on from
// 0x7E at 0x78, and that time and rate come from one oscillator are from ST's driver and AN5192, which is
// of another chip.
package iis3dwb
