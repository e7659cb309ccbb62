// Package sim provides a simulated pump as a source of samples, with faults that
// can be switched on, for tests and for a first look without a microphone.
//
// # Concepts
//
// A healthy pump sounds of its shaft (the first three harmonics), its vanes
// passing the outlet (two harmonics), the flow's broadband noise, and a faint knock
// once a turn. Options.LevelDBFS is the root mean square of all of it.
// Faults add to that or take away, from a time on and for a time, see Kind.
// Further channels hear the same pump, each 1.5 dB fainter than the one before,
// with noise of their own 40 dB below the pump.
//
// The simulation is a test signal, not a model of a machine: detection rates on
// it say nothing about real pumps.
//
// # Formats
//
// The signal is summed in integers, so equal options give equal samples however
// they are read. Amplitudes and filter coefficients are rounded from float64 at
// the start, where math.Sin, math.Cos and math.Exp may differ in the last bit
// between architectures: the same samples are likely there, not promised.
//
// # Concurrency
//
// As hw says: one goroutine reads, any may call Halt.
//
// # Sources
//
// Resonance: two-pole digital resonator, energy of its response in closed form
// (A. V. Oppenheim, R. W. Schafer, Discrete-Time Signal Processing, problem set 2).
package sim
