// Package recording provides recordings of any container as sources of samples.
//
// # Concepts
//
// A Recording is an hw.Source over a file, an entry of an archive or whatever else can be
// opened. What a container is, is seen in its first bytes, not in its name; tables alone, which
// have no first bytes of their own, go by the name's ending. A recording is read block by block:
// its length costs no memory. Choose takes one of its channels; the others are then passed over.
//
// Notes says after the end what a listener should know of the samples: that the file is cut off,
// for one.
//
// # Concurrency
//
// As hw says: one goroutine reads, any may call Halt.
//
// # Errors
//
// Open fails where a container is not known or its header cannot be used, with what to do.
// A file that ends early is not an error: what there is of it is read, and Truncated reports it.
package recording
