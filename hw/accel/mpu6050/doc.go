// Package mpu6050 drives InvenSense's MPU-6050 and what most boards of that name carry by now,
// MPU-6500, 9250, 9255, 6515, 6052C and ICM-20689: ±16 g, 1,000 Hz, over I²C, the newer ones over SPI
// too.
//
// # Concepts
//
// The chip writes acceleration alone into its FIFO of 1,024 bytes: 170 sample
// times of 6 bytes and 4 bytes over. It has no interrupt at a level, so it is
// polled. Since 1,024 is no multiple of 6, an overflow leaves the FIFO out of
// step with the axes: it is then emptied, and all that was in it counts as lost.
//
// The sample clock is taken from the x gyroscope's oscillator, as the makers
// recommend; the other two gyroscopes are off.
//
// # Formats
//
// 16 bits, high byte first, with full scale at the range.
//
// # Limits
//
// I²C at 400 kHz, SPI at 1 MHz, on which I²C is switched off.
// Rates are 1,000, 800, 500, 250, 200, 125, 100, 50 and 40 Hz; above
// 1,000 Hz samples would only repeat. The low-pass filter is the widest below half the
// rate, at 1,000 Hz the widest there is, 260 Hz.
//
// The newer chips divide 1,000 Hz only, so they have no 800 Hz; their filter for
// acceleration is a register of its own, up to 460 Hz wide. Of a chip that answers 0x72 no
// data sheet is public: it is set like an MPU-6500, which an MPU-6050 would understand too.
//
// # Sources
//
// InvenSense, MPU-6000/6050 Register Map and Descriptions, RM-MPU-6000A-00 Rev 4.2:
// map page 6 to 8, self-test and factory trim pages 9 to 11, sample rate page
// 12, data page 29, FIFO page 44. The formula of the factory trim is a picture there; it
// is taken from public drivers, as is the table of filters of register 26 (page 13).
// InvenSense, MPU-6500 Register Map RM-MPU-6500A-00 Rev 2.1 and MPU-9250 Register Map
// RM-MPU-9250A-00 Rev 1.6: identification (register 117), ACCEL_CONFIG 2 (29), sample rate (25);
// ICM-20689 data sheet DS-000143, the same registers. They were read as public drivers cite
// them, without page numbers: the FIFO's size in bit 6 of register 29 and the
// factory trim are from InvenSense's motion driver 6.12.
// Product Specification PS-MPU-6000A-00 Rev 3.4: sensitivity and limits of the
// self-test page 13.
//
// Unverified: the formula of the trim and the table of filters are as public drivers have them; of the
// MPU-6500, MPU-9250 and ICM-20689 no page was read.
package mpu6050
