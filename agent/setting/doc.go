// Package setting provides what every table of the configuration is written and
// checked with: durations, names, and the words for a key that is wrong.
//
// # Concepts
//
// A Problem names a key, relative to the table that was checked, and says what to
// write instead. The package that reads the file adds where the key stands.
//
// # Errors
//
// Texts of problems are one line without control characters, whatever the file holds.
package setting
