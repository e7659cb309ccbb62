// Package matrix multiplies float32 matrices by vector instructions where the processor has them: for networks of
// float32 in package tflite and for the training engine.
//
// # Concepts
//
// A tile is a block of rows x columns of a product that one call of a
// micro-kernel holds in registers. The kernel adds up, for k along a list of
// segments, A(row,k)*B(k,column). It finds A by an offset for each row, shared
// by all segments, an offset for each segment, shared by all rows, and one step
// from k to k+1. That is general enough for:
//
//   - rows of a matrix (step 1) or of its transpose (step = row length);
//   - the patches of a convolution where they lie: a segment for each row of the
//     kernel, so that no patch is ever copied together, and none for what padding
//     would multiply by zero;
//   - the gradient by a convolution's weights: a segment for each row of
//     positions.
//
// B is either packed to panels of a tile's columns, or read where it lies.
//
// An Impl is one family of kernels. All of them take the same arguments and
// differ in the size of their tiles and in rounding: avx512, avx2 and neon fuse
// multiplication and addition, and so does the generic one where the compiler
// does.
//
// # Concurrency
//
// An Impl may be used by many goroutines, a Work by one at a time. Results
// depend on the arguments only.
//
// # Limits
//
// Offsets are int32, in values. The kernels do not check them: offsets beyond
// the arrays are the caller's bug, which the generic family turns into a panic.
//
// # Sources
//
// Packing and tiles: Goto and van de Geijn, "Anatomy of High-Performance Matrix
// Multiplication", 2008. Rows by offset: Dukhan, "The Indirect Convolution
// Algorithm", 2019 (arXiv 1907.02129).
package matrix
