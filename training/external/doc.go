// Package external hands trainings to another program, which computes them with
// another engine, and takes the result back. The same program reads SavedModels.
//
// # Concepts
//
// A Program is that other program: auscult-tf with TensorFlow. Fit writes a job
// into a folder, starts the program, follows its progress and reads what it wrote. To
// the rest of training it looks as network.Network.Fit does. Import gives the network in a
// SavedModel to it and reads back what it found.
//
// # Formats
//
// A job is a folder with
//
//	start.checkpoint  package network's checkpoint before the first step: layers,
//	                  initial weights, epochs, batch, rate and order of samples
//	samples.f32       the samples one after the other, little-endian float32
//	look.json         family.Look, where samples are told from each other by views
//	end.checkpoint    the same checkpoint, trained; the program writes it last,
//	                  under another name first
//
// The program is called as "PROGRAM fit --threads N FOLDER". It prints one JSON
// object a line, Step, and exits with 0 once end.checkpoint is there. What it prints
// on standard error is the reason when it does not.
//
// "PROGRAM import --signature NAME FOLDER FILE" writes the network of a SavedModel to
// FILE, as a checkpoint before the first step, and prints one JSON object, Import.
//
// # Errors
//
// ErrNotFound says that there is no such program, and how to get it. A program
// that fails, prints something else or leaves damaged weights is an error that
// names it.
//
// # Limits
//
// Validation and patience, and going on from a checkpoint, are the Go engine's
// alone.
package external
