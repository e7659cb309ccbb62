// Package npy reads and writes arrays in NumPy's .npy format, as numpy.load
// and its relatives read them (format: NumPy enhancement proposal 1).
package npy
