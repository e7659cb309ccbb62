// Package i2sreg provides the registry of the I²S ports that this machine has.
//
// # Concepts
//
// A driver registers a port under a name that stays the same from boot to boot,
// with aliases, and with a number if the hardware itself has one. Sound cards
// have none: theirs depend on the order in which drivers were loaded.
//
// # Concurrency
//
// All functions may be called from any goroutine.
package i2sreg
