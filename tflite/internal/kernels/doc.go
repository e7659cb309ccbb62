// Package kernels computes operators: those of int8 bit for bit as LiteRT with its XNNPACK delegate does, those of
// float32 as near as rounding lets them.
//
// # Concepts
//
// A kernel is a struct that holds all that does not depend on the input:
// geometry, packed weights, folded biases, tables of offsets. Run computes
// outputs from inputs and allocates nothing. Package tflite checks shapes and types
// before it builds a kernel; a kernel trusts them, and a wrong length panics.
//
// Convolutions, transposed convolutions and dense layers share one routine, Gemm:
//
//	input --Stage--> image with padding --Gemm--> codes
//
// Stage copies the input once into an image whose padding is written out, or does
// nothing where there is none. A position's inputs are then segments at fixed
// distances from its start, one for each kernel row, and Gemm multiplies several
// positions' segments with a panel of weights, several output channels wide, by a
// routine for the processor. What lies beyond a segment in its last group of
// inputs meets weights of zero. A transposed convolution is cut into phases, one for
// each remainder of the output position by the stride: each phase is an ordinary
// convolution with its part of the taps, so that no inserted zero is ever
// multiplied.
//
// Impl is a family of routines for one kind of processor: those for matrices (Gemm) and those for depthwise
// convolutions (diagonal), each for so many outputs and with its own layout of weights. The zero point is folded
// into the bias: sums of x*w equal sums of (x-zeroPoint)*w from there.
//
// A last panel, or block of channels, that is partial is computed first and in place: what it writes too much lies in
// the next position's outputs, which come after it. Only the last positions go through a copy. A depthwise convolution
// with several outputs for each channel stages each channel so often; one of a single channel is a convolution
// (AcrossOne). Arithmetics of TFLite's own kernels take the native sums and map them in plain Go.
//
// Float32 goes the same way: staged, then multiplied by package matrix.
//
// Elements have routines of their own (type elements): pools and reductions join what lies apart channel by channel
// (columns); functions of one or two elements take 16 at a time, of which an operand that broadcasts is repeated to a
// long run first (periods). Where a family has no routine, plain Go computes.
//
// A Team divides a large image: the kernel is cut into parts, of which each worker takes the next.
//
// # Formats
//
// Tensors are NHWC, row-major. Weights are [output channel, kernel row, kernel
// column, input channel], depthwise weights [1, row, column, channel]. Sums are
// int32 and wrap modulo 2^32, as they do in every runtime; with int8 operands
// they cannot overflow below 131,072 taps.
//
// # Concurrency
//
// A kernel owns its scratch memory: one goroutine at a time. Weights and tables
// are only read.
//
// # Sources
//
// Read to learn what is computed, then compared by results: google/XNNPACK at
// commit 75db3c093b6d, and the builtin kernels of google-ai-edge/LiteRT at commit
// f67457790c9c for the operators that the delegate leaves (AVERAGE_POOL_2D,
// SOFTMAX).
package kernels
