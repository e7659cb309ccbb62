// Package savedmodel takes autoencoders out of SavedModels, as Keras exports them, for
// package network, and so for the quantiser.
//
// # Concepts
//
// A signature of a SavedModel calls functions that call functions. They are written out
// into one graph, which is followed from its output back to its input: it must be a
// chain. Whatever does not depend on the input is a constant and computed by TensorFlow,
// such as what batch normalisation does in inference, however a version of Keras spells
// it. Factors and offsets, normalisation among them, become part of the weights before
// or behind them.
//
// What comes out is compared with the SavedModel on random inputs before it is given to
// anyone, so that a graph that was misread cannot pass.
//
// # Errors
//
// An operation that package network has no layer for, a branch, a normalisation that no layer
// can take up, unknown sizes, other types than float32 and any difference of the outputs
// are errors that name the place.
//
// # Sources
//
// TensorFlow 2.21: SavedModel's format (tensorflow/core/protobuf/saved_model.proto,
// function.proto), broadcasting as NumPy has it.
package savedmodel
