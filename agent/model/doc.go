// Package model joins an autoencoder in a .tflite file with the settings that
// it carries, and scores windows with it.
//
// # Concepts
//
// A Model is one file. Its settings say how samples become frames, frames
// become a window, and windows and their reconstructions become a score. A
// Scorer takes frames one at a time and gives a Score whenever enough windows
// are complete. The node, the tool's evaluation and a replay all score through
// this package, so they agree to the last bit.
//
// # Formats
//
// The settings are JSON in the TFLite metadata entry named "auscult"; Settings
// documents every field. Unknown fields, missing fields that are needed and
// other versions are errors.
//
// The entry "auscult.sha256" is a checksum over the whole file, see ChecksumName: the golden
// pair alone leaves most damage unnoticed. A file without it whose settings have version 2 is
// damaged; with version 1 it was written before there was one, and is taken as it is.
//
// The input tensor is int8 with scale 1/255 and zero point -128, whatever the
// training data were: code q of the front end is the tensor's byte q, and the
// profile's range in dB alone says what level it stands for. The output tensor
// is int8 with any scale; it holds the reconstruction on the same 0 to 1 scale.
// Of a float32 model both hold cells from 0 to 1. Such a model is there to compare
// with: it is slower, and its last bits differ between processors.
//
// # Numbers
//
// A residual is the difference of an input cell and its reconstruction, in
// 1/256 of a code (Q8), taken from a table of 256 reconstructed values: below
// 2^16. Its square is summed per band over the pooled windows in uint64: 1,024
// frames of 4,096 windows stay below 2^54. Levels are logarithms of these
// integers (dsp.Decibels). What follows is one difference, quotient, product or
// sum at a time, each rounded on its own, so that every architecture gives the
// same bits.
//
// # Concurrency
//
// A Model is read-only and may be shared. A Scorer belongs to one goroutine.
package model
