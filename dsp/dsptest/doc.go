// Package dsptest provides test signals with the same samples on every machine.
//
// # Concepts
//
// A Signal is a sum of components, limited and rounded to a converter's width.
// It is described by integers alone, so that a program in another language, the
// oracle in build/oracle/dsp, makes the same samples from the same description.
//
// # Formats
//
// Amplitudes are Q31. A phase is a fraction of a turn times 2^64; a step adds to
// it per sample, so a tone of f Hz at rate r has the step f/r*2^64.
package dsptest
