// Package lis2dw12 drives STMicroelectronics' LIS2DW12 and IIS2DLPC, which is the same chip for
// industry: ±16 g, 1,600 Hz, 14 bits, over SPI or I²C.
//
// # Concepts
//
// The chip measures in its high-performance mode into a FIFO of 32 sample times, which overwrites its
// oldest, and raises INT1 at the watermark. All that the FIFO holds is read in one transfer: the
// register's number runs from 0x28 to 0x2D and starts over.
//
// # Formats
//
// 14 bits, left-justified, low byte first, with full scale at the range: .244 mg a step at ±2 g, which
// the data sheet rounds, 1.952 mg at ±16 g.
//
// # Limits
//
// SPI up to 10 MHz, I²C at 400 kHz. Rates are 1,600, 800, 400, 200, 100, 50, 25 and 12.5 Hz; the filter
// is flat to half the rate. The self-test moves each axis by 70 to 1,500 mg.
//
// # Sources
//
// STMicroelectronics, LIS2DW12 data sheet DocID030716 and IIS2DLPC data sheet: sensitivity, noise (90
// µg/√Hz in high-performance mode with the low-noise bit) and self-test in the table of mechanical
// characteristics, registers in the register description; application note AN5038 for the FIFO and
// that the register's number starts over. Registers as ST's driver lis2dw12-pid has them. Page
// numbers were not at hand.
//
// Unverified: no page was read. Noise, sensitivity and self-test are from memory of the tables, that the
// register's number starts over from that of AN5038; registers are as ST's driver has them.
package lis2dw12
