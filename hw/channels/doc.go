// Package channels provides a source that gives some of another's channels.
//
// # Concurrency
//
// As hw says of a Source. Halt halts the source below.
package channels
