// Package icm20948 drives the accelerometer of InvenSense's ICM-20948: ±16 g, 1,125 Hz, over I²C or
// SPI.
//
// # Concepts
//
// The registers lie in four banks, of which one is seen at a time; only settings need another than the
// first. The chip writes acceleration alone into its FIFO of 512 bytes: 85 sample times of 6 bytes and
// 2 bytes over. It has no interrupt at a level, so it is polled. Since 512 is no multiple of 6, an
// overflow leaves the FIFO out of step with the axes: it is then emptied, and all that was in it
// counts as lost. Gyroscopes, magnetometer and the motion processor stay off.
//
// # Formats
//
// 16 bits, high byte first, with full scale at the range.
//
// # Limits
//
// I²C at 400 kHz, SPI at 7 MHz. Rates are 1,125 Hz divided by a whole number, rounded to Hz: 1,125, 563,
// 375, 281, 225 and so on down to 4. The low-pass filter is the widest below half the rate, 473 Hz at
// 1,125 Hz.
//
// # Sources
//
// TDK InvenSense, ICM-20948 data sheet DS-000189: noise 230 µg/√Hz, sensitivity and clock in the
// tables of characteristics, banks and registers in the register map, filters in the description of
// ACCEL_CONFIG. They were read as public drivers cite them, without page numbers. The factory's
// trims are coded as in the MPU-6500. Where a chip's FIFO holds more than 512 bytes, as its motion
// processor's may, the rest is read at the next look.
//
// Unverified: no page was read. Noise, sensitivity, clock, banks and filters are as public drivers cite
// the data sheet; that the trims are coded as in the MPU-6500 is a guess.
package icm20948
