// Package devices lists the microphones and the buses of accelerometers that a machine
// has, with the name to write into the configuration and what is wrong with each.
//
// # Concepts
//
// Look reads /dev, /proc and /sys below a root and opens nothing for longer than it takes
// to ask whether it may. No sample is read and nothing is changed. On an I2C bus that nobody
// else uses it asks, at the addresses that accelerometers have, which chip answers.
//
// # Errors
//
// What is wrong with a device is a Problem of it. An error means that the machine could
// not be looked at.
package devices
