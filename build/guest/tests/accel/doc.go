// Package accel runs the drivers of hw/accel on a real kernel, over /dev/i2c-7,
// /dev/spidev7.0 and lines of a gpio chip, against the simulated chips of
// module/simaccel.c.
//
// # Concepts
//
// Each sample of the simulated chips tells its index, so every sample says
// whether it is torn, and how many are missing before it. The chips run 1,500
// parts in a million fast, and count what their FIFO overwrote.
package accel
