// Package kernels walks float32 arrays for the training engine, by vector
// instructions where the processor has them.
//
// # Concepts
//
// An Impl is one family of kernels: package matrix's products, and the walks over
// arrays that training needs besides: sums of columns, batch normalisation, the steps
// of Adam. Families differ in rounding.
//
// # Concurrency
//
// An Impl may be used by many goroutines.
package kernels
