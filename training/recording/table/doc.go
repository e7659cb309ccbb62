// Package table provides tables of accelerations as recordings.
//
// # Concepts
//
// A Reader is an hw.Source over one column of a table, chosen by its number. Package
// recording opens it, for files whose names say that they are tables.
//
// # Formats
//
// Text: comma-, semicolon-, tab- or space-separated numbers in g, one sample time a line. NumPy's
// archives (.npz): arrays in g, samples x axes, or x, y and z. Full scale is FullScaleG, the mean
// is removed, and the sample rate is the caller's to say.
//
// # Limits
//
// MaxSamples a column, 64 columns.
package table
