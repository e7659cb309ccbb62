// Package stfifo provides the FIFO of words with tags that STMicroelectronics' IIS3DWB, LSM6DSO and
// their kin have in common, and the registers round it.
//
// # Concepts
//
// Each word has 7 bytes: a tag that says what it holds, and 6 of data. A driver has the chip put
// acceleration there, and with each 32nd sample time the chip's own time, which counts 25 µs on the
// oscillator that also paces the samples. Other words are errors, since nothing else is batched. By
// the words of time it is known to the sample what a full FIFO overwrote.
//
// # Formats
//
// Tag: what the word holds in bits 7 to 3, the sample time's number modulo 4 in bits 2 and 1, parity
// in bit 0. Acceleration is 16 bits an axis, low byte first; time 32 bits, low byte first.
//
// # Limits
//
// 512 words. A word of time may follow its sample time or go before it; both are understood.
//
// # Sources
//
// STMicroelectronics' drivers iis3dwb-pid at 136ac0f and lsm6dso-pid (FIFO_DATA_OUT_TAG,
// FIFO_STATUS1 and 2); AN5192 for what time and rate have in common.
package stfifo
