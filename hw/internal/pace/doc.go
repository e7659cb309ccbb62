// Package pace provides the clock of sources that play what exists already: a
// recording or a simulation.
//
// # Concurrency
//
// A Pacer belongs to the goroutine that reads the source. Halt alone may be
// called from any goroutine.
package pace
