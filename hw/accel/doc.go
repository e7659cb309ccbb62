// Package accel provides accelerometers as sources of samples: chips with a FIFO
// on I²C or SPI, read so that nothing is lost unnoticed.
//
// # Concepts
//
// A Sensor is a chip's driver, a package of its own below this one. A Source reads a
// Sensor's FIFO in bursts, when the chip's interrupt line rises at the watermark or by
// polling, and delivers the samples as any hw.Source does. An
// Accelerometer is what both the Source here and the kernel's devices in hw/iio
// are: a source with a scale, a measured clock and counts.
//
// A sensor runs on an oscillator of its own, a few per cent off at worst. The
// Source estimates its true rate from how many samples the FIFO had taken by
// which moment of the host's monotonic clock. Observations are late, never early, by
// the bus, the scheduler and the phase of the sample, so only the least late of
// each stretch of time counts, and the slope is the median of slopes half a
// window of 64 s apart: in the simulations of this package's tests within 10 parts in
// a million after 75 s, with wake-ups up to 2 ms late.
//
// A chip says that its FIFO was full, not how much it overwrote. A Counter, as the
// IIS3DWB and the LSM6DSO, puts its own time among the samples, so that what is missing is known
// to the sample in the block that follows. For the others the Source counts
// what is missing by the measured clock: at once from below, and to the sample
// within the next 48 bursts, when the least late of 24 observations tells by how
// many whole samples the count has fallen behind. A host that is late each time, for
// milliseconds, sees a gap so much too large. Until enough was observed (a
// second at fast rates) the nominal rate has to serve. A gap that arose while a burst was read is
// found the same way.
//
// # Formats
//
// Three channels x, y, z, interleaved, in Q31. A sample of 2^31 stands for
// Config.FullScaleMicroG, the range, but for chips whose words reach beyond it.
// Chip values stand in the upper bits as they came; nothing is filtered.
//
// # Concurrency
//
// A Sensor belongs to one goroutine, or to its Source. A Source is read by one
// goroutine; Halt, Clock and Stats may be called from any. Reading allocates nothing
// once started; the interrupt pin is the host driver's, and periph's allocates at each edge.
//
// # Errors
//
// An error of the bus ends the Source: open it anew. ErrSilent says that the chip
// answers but measures nothing. A level that cannot be is an error, not a burst.
//
// # Limits
//
// What a watermark's worth costs the bus, at each chip's fastest, with nothing
// but the bus' clocks (paper), and with 60 µs more for each I²C and 20 µs for each SPI transfer (host),
// which is assumed; Stats.BusShare is measured. Slack is how late the host may wake.
// Package acceltest computes it, an example there prints this table:
//
//	chip      bus           rate Hz   paper    host    slack
//	ADXL345   SPI 2 MHz        3200    9.1%   15.9%    5.28ms
//	ADXL345   I2C 400 kHz       800   17.3%   22.4%   21.09ms
//	ADXL345   I2C 400 kHz      3200   69.2%   89.5%    5.16ms
//	IIS3DWB   SPI 10 MHz      26667   17.1%   17.5%    9.58ms
//	LIS3DH    SPI 10 MHz       5376    2.7%    4.0%    2.95ms
//	LIS3DH    I2C 400 kHz      5376   78.4%   82.4%    2.82ms
//	ADXL355   SPI 10 MHz       4000    3.0%    4.0%    3.98ms
//	ADXL355   I2C 400 kHz      1000   21.5%   22.2%   15.82ms
//	LIS2DW12  I2C 400 kHz      1600   23.3%   24.5%    9.84ms
//	LSM6DSO   SPI 10 MHz       6667    4.3%    4.4%   38.38ms
//	LSM6DSO   I2C 400 kHz      1667   30.1%   30.2%  153.39ms
//	KX134     SPI 10 MHz       3200    1.6%    1.9%   13.42ms
//	KX134     SPI 10 MHz      25600   12.5%   14.9%    1.66ms
//	ICM-20948 I2C 400 kHz      1125   16.0%   16.5%   37.88ms
//	MPU-6050  I2C 400 kHz      1000   13.8%   14.1%   84.66ms
//
// ADXL345 over I²C at 3,200 Hz is beyond its data sheet, which allows 800 Hz.
//
// # Sources
//
// I²C clocks: NXP UM10204, one start, 9 clocks a byte, one stop. All figures of
// chips stand in their packages, with where each was read. What a package calls unverified was
// read in no page of a data sheet: compare it before relying on it.
package accel
