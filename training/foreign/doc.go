// Package foreign reads networks that were trained elsewhere from the files that other
// frameworks write, without those frameworks.
//
// # Concepts
//
// Open tells a file by what is in it, not by its name, and makes a graph of it. A float32
// .tflite file is read by package tflite, which knows all shapes once the batch is 1; an .onnx
// file by package onnx. What comes out is not simplified yet.
//
// Subgraphs are put in the place of the operators that run them: recurrent layers, which
// converters write as loops, are unrolled, as their number of rounds is known once the window is.
//
// Random numbers, which a variational autoencoder draws, are 0 here: its mean is what a score
// can be taken of.
//
// # Errors
//
// What is no network, what is one of a framework whose files hold programs (PyTorch, Keras) and
// what is quantised already is called what it is, with what to do.
//
// # Limits
//
// Files of at most 256 MB, and the limits of package graph.
package foreign
