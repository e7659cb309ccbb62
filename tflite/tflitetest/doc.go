// Package tflitetest makes models for tests: a Builder for graphs with given
// weights, Dense for a small autoencoder, and Random for graphs that exercise the
// reader, the writer and the kernels.
//
// # Limits
//
// It serves tests and the oracle only: a wrong argument panics.
package tflitetest
