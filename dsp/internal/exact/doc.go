// Package exact computes the functions from which the front end's tables are
// made, with the same bits on every architecture.
//
// # Concepts
//
// Go's math.Cos, math.Log and math.Exp may differ in the last bit between
// architectures: some have assembly, and a compiler may fuse x*y+z into one
// rounding. A table that is rounded from such values could differ by one unit
// and with it a node's spectrum. Here sines and binary logarithms are computed
// in integers, and the two functions in float64 round each product explicitly,
// which the Go specification says prevents fusion.
//
// # Formats
//
// Q62 is an int64 whose value is the integer divided by 2^62. A phase is a
// uint64 fraction of one turn, so that it wraps as angles do.
//
// # Sources
//
// Taylor series of sine and cosine; logarithm by repeated squaring (Knuth, The
// Art of Computer Programming 1, section 1.2.2, exercise 25 and its text);
// atanh series of the natural logarithm.
package exact
