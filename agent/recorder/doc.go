// Package recorder writes what a sensor gives into a WAV file.
//
// # Concepts
//
// What is written is what a node hears: the constant that microphones add is removed on
// the way, as the node removes it. The meters see what the converter gave: its constant,
// and where it clips. A gap in the samples stays a gap, filled with silence, so that what
// follows is at its time.
//
// # Limits
//
// A WAV file ends at 4 GiB; a recording that reaches it ends there.
package recorder
