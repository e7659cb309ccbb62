// Package adxl345 drives Analog Devices' ADXL345: ±16 g, 3,200 Hz, over SPI or I²C.
//
// # Concepts
//
// The chip measures into a FIFO of 32 sample times in stream mode and raises
// INT1 at the watermark. An output register behind the FIFO holds one more.
// Each sample time is read in a transfer of its own, all six bytes at once:
// that is how the chip moves the next one up, and why axes never tear.
//
// # Formats
//
// Full resolution, left-justified: 10 bits at ±2 g to 13 bits at ±16 g, with full
// scale at the range. At 1,600 and 3,200 Hz the lowest bit is always 0.
//
// # Limits
//
// The data sheet recommends 3,200 and 1,600 Hz only with SPI at 2 MHz or more,
// and allows 800 Hz over I²C at 400 kHz, although the bus could carry more;
// see accel for the budget. SPI stops at 5 MHz, not 10. Between two
// readings of the FIFO 5 µs must pass. At SPIClock the next address takes 4 µs, and chip
// select rises between two transfers, for longer than the missing 1 µs with any
// operating system.
//
// Whether the chip has overwritten samples cannot be read from it: it says
// only that it is full.
//
// # Sources
//
// Analog Devices, ADXL345 data sheet, Rev. E: SPI and clocks page 15 and 17, I²C page 19, self-test
// with its limits page 22, formats at the upper rates page 32. Rates (table 7),
// reading the FIFO and its 5 µs were read in the data sheet's text without page
// numbers. That FIFO_STATUS counts to 33 is quoted from it in Linux'
// drivers/iio/accel/adxl345.h.
// periph.io/x/devices/v3/adxl345 is not used: it drops bus errors and reads
// axes one by one.
//
// Unverified: rates (table 7) and how the FIFO is read (5 µs between readings) stand in the data sheet,
// without a page; that FIFO_STATUS counts to 33 is as Linux has it.
package adxl345
