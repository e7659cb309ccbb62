// Package pcm provides the encodings that files hold uncompressed samples in.
//
// # Formats
//
// Samples become Q31. Integers of n bytes are shifted to the top of the word, so that no bit
// changes; one byte is unsigned in some files and signed in others. A float x becomes x*2^31
// rounded to the nearest integer, halves to even; from 1-2^-31 and below -1 it is clamped,
// infinities too; NaN becomes 0. A code of A-law is the middle of its interval, of 13 bits, one
// of mu-law of 14.
//
// # Concurrency
//
// An Encoding is a value without state.
//
// # Sources
//
// ITU-T G.711 (1988), tables 1a to 2b, for A-law and mu-law; IEEE 754 (2008) for floats of 16 bits.
package pcm
