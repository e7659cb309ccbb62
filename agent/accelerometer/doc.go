// Package accelerometer opens accelerometers on the board's buses by name, as
// sources of vibration.
//
// # Concepts
//
// periph finds the board's buses and pins when the first sensor is opened, and not
// before: a node without sensors never touches them. The chip's driver is one of
// hw/accel's; a chip that the kernel drives itself is read through hw/iio. Gravity, which is far above what a machine adds, is removed by the
// same filter that removes a microphone's constant; training on what 'auscult
// record' wrote hears the same.
//
// # Formats
//
// Three channels x, y, z in Q31 of the sensor's range.
//
// # Errors
//
// A bus that is not there names those that are, and what switches one on.
package accelerometer
