// Package model joins an autoencoder in a .tflite file with the settings that
// it carries, and scores windows with it.
//
// # Concepts
//
// A Model is one file. Its settings say how samples become frames, frames
// become a window, and a window and its reconstruction become a score. A Scorer
// takes frames one at a time and gives a Score whenever a window is complete.
// The node, the tool's evaluation and a replay all score through this package,
// so they agree to the last bit.
//
// # Formats
//
// The settings are JSON in the TFLite metadata entry named "auscult"; Settings
// documents every field. Unknown fields, missing fields that are needed and
// other versions are errors.
//
// The input tensor is int8 with scale 1/255 and zero point -128, whatever the
// training data were: code q of the front end is the tensor's byte q, and the
// profile's range in dB alone says what level it stands for. The output tensor
// is int8 with any scale; it holds the reconstruction on the same 0 to 1 scale.
//
// # Numbers
//
// A residual is the difference of an input cell and its reconstruction, in
// 1/256 of a code (Q8), taken from a table of 256 reconstructed values. Its
// square is summed per band in uint64: at most 2^32 a cell, so 2^20 cells
// cannot reach 2^53, and the conversion to float64 is exact. What follows is
// one division, product or sum at a time, each rounded on its own, so that
// every architecture gives the same bits.
//
// # Concurrency
//
// A Model is read-only and may be shared. A Scorer belongs to one goroutine.
package model
