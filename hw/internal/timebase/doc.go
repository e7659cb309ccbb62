// Package timebase estimates the clock of a sensor from counts of its samples and
// the times at which they were seen.
//
// # Concurrency
//
// A Base belongs to one goroutine at a time. It allocates nothing.
package timebase
