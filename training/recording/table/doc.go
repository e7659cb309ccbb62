// Package table provides tables of accelerations as recordings.
//
// # Concepts
//
// A Reader is an hw.Source over the columns of a table that are accelerations, or one of
// them. It finds out by the first lines what the columns are: by their names, by their
// numbers, and by what stands above the data. What it found is said in a line, Found, and a
// user can say otherwise by Options.
//
// A column of time gives the sample rate, and the samples that are missing where it runs
// on; it is never a signal, and neither is one that counts the samples. The rate is, in
// this order, what is given, what the column of time says, and what a line above the data
// says (fs = 1600, "Sample rate: 1.6 kHz", dt). A table without a rate is refused.
//
// Stamps that jitter about those of a steady rate are of that rate: how late a stamp is does not
// add up. Where it does, the samples themselves are uneven. They are brought to the rate of the usual interval by
// a cubic, and are good up to the frequency that has five samples in a long interval, the longest but 5 % (Notes,
// Reading.GoodHz): there it is half a decibel down. Where a long interval is more than four usual ones, nobody
// knows what was between, and the table is refused, unless its rate is given.
//
// A cell that is empty or no number is a sample that was lost, as are lines that were
// torn: the samples after it keep their places, and the block after it says so. A last line
// that is cut short is left out.
//
// The unit is, in this order, what is given, what the column's heading or a line above
// says, and what gravity shows: the mean vector of three axes is 1 g long, 9.81 m/s²,
// 1000 mg, or a power of two where whole numbers come from a chip.
//
// # Formats
//
// Text as package delimited reads it. NumPy's arrays, .npy and .npz: floats of 2 to 8
// bytes and whole numbers, in either byte order, row- or column-major, samples x axes or
// axes x samples, structured arrays with a field for each column, and arrays of one
// dimension that belong together (x, y, z; t). Arrays of MATLAB files (package matlab), which belong together
// likewise, and columns of Parquet files (package parquet). What else people take for tables is named, with what
// converts it.
//
// Full scale is FullScaleG. What is beyond is clipped, and counted in Notes. Gravity stays in
// it: the chain that hears it takes it away (package dsp).
//
// # Errors
//
// Open fails where a table cannot be understood, with what to do. What is odd further down is
// not an error but a note.
//
// # Limits
//
// 1024 columns, 256 arrays. A table's length costs no memory. An array of an archive that unpacks
// to more than 256 MiB and more than 200 times its size is refused by its header.
//
// # Sources
//
// NumPy enhancement proposal 1 (.npy). g: ISO 80000-3. Distance of words: Levenshtein 1966.
package table
