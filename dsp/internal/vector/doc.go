// Package vector says whether the assembly of package dsp and those below it may
// run: AVX2 on amd64, NEON on arm64.
//
// # Concepts
//
// Go code defines every result and is compiled on every architecture; assembly
// gives the same bits faster. Tests run both by setting On. The build tags noasm
// and purego leave the assembly out, and the environment variable
// AUSCULT_CPU=generic leaves it unused, to find out whether it is to blame.
//
// # Concurrency
//
// On is read by every transform and written by tests alone, before they start
// what reads it.
package vector
