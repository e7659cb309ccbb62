// Package parquet provides the columns of numbers of Parquet files, row by row, in bounded memory, and writes small
// tables.
//
// # Concepts
//
// A File knows the columns from the footer. A Cursor goes through one column, page by page over all row groups;
// nothing but the page at hand, and its dictionary, is in memory. Columns of text and nested ones are listed, and
// have no numbers.
//
// Write writes columns of numbers and of text that are at hand.
//
// It is of our own since it is less than what would be linked for it: parquet-go 0.32 brings nine modules and 8 MB
// into the program, trusts the sizes in a file, and misreads uncompressed pages.
//
// # Formats
//
// Columns at the top level, required or optional, of BOOLEAN, INT32, INT64, INT96, FLOAT and DOUBLE; decimals and
// unsigned numbers are what they stand for; times are seconds since 1970. Data pages of version 1 and 2; the encodings
// PLAIN, PLAIN_DICTIONARY, RLE_DICTIONARY, DELTA_BINARY_PACKED, BYTE_STREAM_SPLIT, and RLE for BOOLEAN; uncompressed,
// Snappy, GZIP and Zstandard. Brotli, LZ4 and encrypted files are refused by name.
//
// What Write writes has one row group, a page of PLAIN values for each column, uncompressed: numbers are optional
// DOUBLE, texts required UTF-8.
//
// # Concurrency
//
// A Cursor belongs to one goroutine.
//
// # Errors
//
// Open fails for what is no Parquet file, or is cut off: its footer is at the end. A Cursor's error is that of
// damage, or of what is not read.
//
// # Limits
//
// A footer of 64 MiB, 4096 columns, pages of 64 MiB each and 256 MiB together.
//
// # Sources
//
// Apache Parquet, parquet.thrift and Encodings.md, format 2.11; Apache Thrift, compact protocol.
package parquet
