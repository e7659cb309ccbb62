// Package level provides streaming meters for the health of a signal: level,
// peak, direct component, clipping, values that stick, and channels that are
// dead or identical.
//
// # Concepts
//
// A Meter watches one channel and a Pair two; both hold numbers. Limits turn a
// Meter's numbers into Faults, which have a name and a text for people.
//
// # Formats
//
// Samples are Q31 of one channel. Sums are exact: squares in 128 bits, values in
// an int64 pair, for up to 2^63 samples. Levels are float64 decibels re full
// scale: 0 dBFS is the level of a full-scale square wave, so a full-scale sine
// has an RMS of -3.01 dBFS. Silence is negative infinity.
//
// # Concurrency
//
// A Meter belongs to one goroutine.
package level
