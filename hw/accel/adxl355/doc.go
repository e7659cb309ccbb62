// Package adxl355 drives Analog Devices' ADXL355 and ADXL357, quiet accelerometers of 20 bits: ±2 to
// ±8 g and ±10 to ±40 g, 4,000 Hz, over SPI or I²C.
//
// # Concepts
//
// The chip measures into a FIFO of 96 words, 32 sample times of x, y and z, which overwrites its
// oldest, and raises INT1 at the watermark. All that the FIFO holds is read in one transfer from one
// register. A bit in each word says whether it belongs to x, another that the FIFO was empty: with
// them a FIFO that is out of step, or a bus that makes bits up, is an error instead of axes that
// have changed places.
//
// Status and level are read in one transfer; reading the status clears its overrun.
//
// # Formats
//
// 20 bits at the top of 24, high byte first. The word reaches a little beyond the range: 2^19 steps of
// 1/256,000 g are ±2.048 g at ±2 g, and 1/51,200 g ±10.24 g at ±10 g; the wider ranges are twice and
// four times that.
//
// # Limits
//
// SPI up to 10 MHz, I²C at 400 kHz here. Rates are 4,000 Hz and its halves down to 3.90625 Hz; the
// filter is flat to a quarter of the rate, 1,000 Hz at 4,000. Over I²C the rate is 1,000 Hz
// unless another is asked for. The two chips answer with the same identification, so the range is
// right only if the configuration names the chip that is there; doctor's gravity shows it. The
// self-test moves z by .5 to 3 g, x and y by .1 to .6 g.
//
// # Sources
//
// Analog Devices, ADXL354/ADXL355 data sheet Rev. B and ADXL356/ADXL357 data sheet Rev. A: table 1
// (noise 22.5 and 75 µg/√Hz, sensitivity, self-test), serial communications, FIFO, and the register
// map; their page numbers were not at hand. Registers and identification as Linux'
// drivers/iio/accel/adxl355_core.c has them. That the lowest bit marks x and the next an empty FIFO
// is from the description of FIFO_DATA. The limits of the self-test are from memory of table 1.
//
// Unverified: no page was read. Noise, sensitivity, the bits of FIFO_DATA and the limits of the self-test
// are from memory of table 1; registers are as Linux has them.
package adxl355
