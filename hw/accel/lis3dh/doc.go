// Package lis3dh drives STMicroelectronics' LIS3DH: ±16 g, 5,376 Hz, over SPI or
// I²C.
//
// # Concepts
//
// The chip measures into a FIFO of 32 sample times in stream mode and raises
// INT1 at the watermark. All that the FIFO holds is read in one transfer: the
// register's number runs from 0x28 to 0x2D and starts over.
//
// # Formats
//
// Words are left-justified. Up to 400 Hz and at 1,344 Hz, the default, they hold 12 bits: 12 mg
// a step at ±16 g, 1 mg at ±2 g. This high-resolution mode is flat to a ninth of the rate, 149 Hz
// at 1,344 Hz (tables 10 and 11), and falls off above. At 1,600 and 5,376 Hz words hold 8 bits
// (low-power mode), 192 mg a step at ±16 g: too coarse for all but impacts. The word reaches beyond the range: its
// full scale is 2.048, 4.096, 8.192 and 24.576 g, by the sensitivities of table 4.
//
// # Limits
//
// SPI up to 10 MHz, I²C up to 400 kHz (tables 7 and 8). The self-test shows
// 17 to 360 times 4 mg, whichever the direction.
//
// # Sources
//
// STMicroelectronics, LIS3DH data sheet, DocID17530 Rev 2, December 2016: modes
// page 16 and 17, FIFO pages 22 and 23; tables 4, 7, 8, 10 and 24 to 52 were read
// in its text without page numbers. That the address starts over while the FIFO is
// read is from memory of application note AN3308; no page of it was at hand.
// Whether the FIFO keeps up at 5,376 Hz is disputed among its users, and must be
// seen on hardware.
//
// Unverified: that the address starts over while the FIFO is read is from memory of AN3308; whether the
// FIFO keeps up at 5,376 Hz, hardware must show.
package lis3dh
