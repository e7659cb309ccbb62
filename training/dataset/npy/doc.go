// Package npy reads and writes arrays in NumPy's .npy format, as numpy.load
// and its relatives read them (format: NumPy enhancement proposal 1).
//
// A Header says what a file holds before any value is read, and allocates nothing by it: a
// caller compares it with the file's size, and reads value by value.
package npy
