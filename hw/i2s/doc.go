// Package i2s defines the port and the connection of microphones on an I²S bus,
// in the style of periph's i2c and spi packages. periph itself only reserves
// the name.
//
// # Concepts
//
// A Port is a bus with whatever is wired to it: a clock, a word select and a
// data line. Connect starts the clock and gives a Conn, which is an hw.Source:
// blocks of samples with the time of the first one and a count of the lost
// ones. Two microphones share one bus, one speaking while word select is low
// (Left), the other while it is high (Right); both are kept, so that one can listen
// to the machine and the other to the room.
//
// Linux has no I²S device that a program could drive by itself: the kernel
// describes bus and microphone as a sound card, and package hw/alsa provides its
// Ports. Package i2sreg opens them by name.
//
// # Formats
//
// As hw says: Q31, interleaved. Microphones of this kind deliver 24 significant
// bits in words of 32, and no bit is dropped.
//
// # Concurrency
//
// A Port may be used by one goroutine at a time. A Conn is as hw says of a
// Source.
//
// # Errors
//
// Connect fails when the bus cannot give the rate, channels or bits asked for; it
// never converts.
//
// # Sources
//
// NXP (Philips Semiconductors), I2S bus specification, UM11732 Rev. 3.0 (2022),
// section 3: word select low is channel 1, left.
package i2s
