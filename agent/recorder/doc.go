// Package recorder writes what a sensor gives into a WAV file.
//
// # Concepts
//
// What is written is what a node hears: the constant that microphones add is removed on
// the way, as the node removes it. The meters see what the converter gave: its constant,
// and where it clips. A gap in the samples stays a gap, filled with silence, so that what
// follows is at its time.
//
// # What is on the disk when
//
// A file has its name from the start. Its header says once a second how much it holds, so
// a program that is killed loses a second at most; every ten seconds all is on the disk,
// for a power cut. A file that cannot be written any more, on a full disk for one, keeps
// what it has. Beyond 4 GiB a file becomes RF64.
package recorder
