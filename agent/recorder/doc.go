// Package recorder writes what a sensor gives into a WAV file.
//
// # Concepts
//
// What is written is what the sensor measures, bit for bit, with the constant that
// microphones add and with gravity: whoever learns from the file takes them away as the node
// does, by dsp.Stream. A gap in the samples stays a gap, in which each channel keeps its last
// value, so that what follows is at its time; the file says where it is, and whoever reads the
// file with this project's readers hears a gap there. It says too what the samples are: of which
// sensor, full scale and true rate, and how a card's mixer stood (hw.Origin).
//
// # What is on the disk when
//
// A file has its name from the start. Its header says once a second how much it holds, so
// a program that is killed loses a second at most; every ten seconds all is on the disk,
// for a power cut. A file that cannot be written any more, on a full disk for one, keeps
// what it has. Beyond 4 GiB a file becomes RF64.
package recorder
