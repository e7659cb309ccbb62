// Package sensor opens what a source of the configuration listens with.
//
// # Concepts
//
// A sensor is one file: a type that holds the keys of its table, says what is wrong
// with them and opens them, and a Kind that puts it into the registry. The
// configuration decodes a [[source]] by the Kind that its type names, so a key that
// belongs to another kind is an error where it stands. The node, `auscult record`,
// `auscult doctor` and `auscult bench` open sensors through here, so what is recorded
// is what a node would have listened to.
//
// The kinds, by what Open reads:
//
//	accel   a chip on I2C or SPI, driven from here
//	alsa    a sound card
//	iio     an accelerometer that the kernel drives
//	sim     a pump that is computed
//	wav     a recording
//
// What comes is what the sensor measures, with the constant that microphones and their
// converters add and with gravity: dsp.Stream takes both away, on a node and where recordings
// are learned alike.
//
// # Concurrency
//
// As hw says: one goroutine reads, any may call Halt. The registry is filled at start
// and only read afterwards.
//
// # Errors
//
// Validate names a key and says what to write. Open's errors say what helps.
package sensor
