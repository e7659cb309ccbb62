// Package matlab provides the numeric arrays of MATLAB files of version 5, as bearing data sets are published in.
//
// # Concepts
//
// Scan walks through a file once and says where its arrays lie: variables, and what is in structures and cells, by
// names such as Y.vibration_1. A structure with a text Name and an array Data or Value, as measuring programs write
// them for each channel, goes by that name. The numbers themselves are read later, by who wants them.
//
// # Formats
//
// MAT-files of level 5 in either byte order, plain or packed by zlib, one variable each as MATLAB 5 to 7.2,
// SciPy and Octave write them. Values are stored column by column. Sparse arrays, complex numbers, objects and
// functions are passed over. Version 7.3 is HDF5, another format.
//
// # Concurrency
//
// Each array that is opened reads by itself; the file must take reads at any place from several at a time.
//
// # Errors
//
// A file that is damaged or cut short gives the arrays before that, and an error only where there are none.
//
// # Limits
//
// 256 arrays, 16 structures within each other, 4096 fields and elements of structures and cells, names of 256 bytes. A
// variable that unpacks to more than 256 MiB and more than 200 times its size is passed over.
//
// # Sources
//
// MathWorks, MAT-File Format, version 5.
package matlab
