// Package lsm6dso drives the accelerometer of STMicroelectronics' LSM6DSO, LSM6DSOX and ISM330DHCX:
// ±16 g, 6,667 Hz, over SPI or I²C.
//
// # Concepts
//
// The chip measures into a FIFO of 512 words of 7 bytes in continuous mode and raises INT1 at the
// watermark. The words have tags and tell the chip's time, so that what a full FIFO overwrote is known
// to the sample: see package stfifo, which the IIS3DWB shares. The gyroscope stays off.
//
// # Formats
//
// 16 bits with full scale at the range: .061 mg a step at ±2 g to .488 at ±16 g, which the data sheet
// rounds.
//
// # Limits
//
// SPI up to 10 MHz, I²C at 400 kHz, where the rate is 1,667 Hz unless another is asked for. Rates are
// 6,667 Hz and its halves down to 13 Hz, in high-performance mode with the filter at half the rate;
// ST calls them 6,667 (6.66 kHz), 3,333, 1,667, 833, 417, 208, 104, 52, 26 and 12.5 Hz. The
// self-test moves each axis by 40 to 1,700 mg.
//
// LSM6DS3, LSM6DSL, LSM6DSM and their age have a FIFO without tags, LSM6DSV and its age other
// codes for the rates: they are refused by name.
//
// # Sources
//
// STMicroelectronics, LSM6DSO data sheet DS12140 and ISM330DHCX data sheet DS13012: noise (70 and 60
// µg/√Hz), sensitivity and self-test in the tables of mechanical characteristics, registers in the
// register description; their page numbers were not at hand. Registers, codes and tags as ST's drivers
// lsm6dso-pid and ism330dhcx-pid have them. Application note AN5192: that rate and time come from one
// oscillator, 6 ticks of 25 µs a sample time at the fastest rate, that slower rates divide it by powers
// of 2, and that the register's number goes from 0x7E on at 0x78.
//
// Unverified: no page was read. Noise, sensitivity and self-test are from memory of the tables; registers
// and tags are as ST's drivers have them.
package lsm6dso
