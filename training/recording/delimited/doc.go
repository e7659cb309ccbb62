// Package delimited reads tables in text files as people and programs write them:
// it finds out how cells, numbers and lines are written, and gives one line after
// another as cells.
//
// # Concepts
//
// A Dialect is how a file writes its cells: what stands between them, and whether
// numbers have a decimal comma. Nobody says which; it is what makes most sense of the
// first lines: that under which as many lines as possible have the same number of cells
// and the same kinds of cells in the same columns. A Layout is a dialect with what it
// shows of those lines: the columns and the first line of data. What is above it are
// names, units and remarks, which a caller reads in its own way.
//
// # Formats
//
// Text is UTF-8, UTF-16 of either byte order, with or without a byte order mark, or
// else Windows-1252 (Latin-1), byte by byte where UTF-8 is not valid. Lines end in LF, CR
// or CRLF. Cells are separated by commas, semicolons, tabs, vertical bars or runs of
// spaces, and quoted as RFC 4180 has it; Excel's first line "sep=;" is obeyed. Lines that
// begin with #, %, //, ! or a semicolon that separates nothing are remarks.
//
// Numbers may have a decimal point or comma, groups of thousands, an exponent by E or D,
// a sign of U+2212, or be hexadecimal. Missing is what is empty or one of the words of
// programs for it: nan, NA, null, #N/A and so on. Dates and times are those of ISO 8601,
// with a space or a T, those with points or slashes, and times of day, each with fractions.
//
// # Concurrency
//
// A Reader belongs to one goroutine.
//
// # Limits
//
// 1 MiB a line, 4096 cells a line; the dialect is found in the first 64 KiB. Memory
// does not grow with the file.
//
// # Sources
//
// RFC 4180 (cells). Package encoding/csv splits them.
package delimited
