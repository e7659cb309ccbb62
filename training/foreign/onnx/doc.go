// Package onnx reads ONNX models as graphs.
//
// # Concepts
//
// Of an ONNX model, only the input's values are not known beforehand: all shapes are, once the
// batch is 1, and whatever computes shapes is computed while reading (array). What is left are
// operators on float32, which become TFLite's (graph). Pictures are [batch, channel, height,
// width] in ONNX and are transposed around each operator that minds.
//
// # Formats
//
// Operator sets 7 to 21 of the domain ai.onnx, as both of torch's exporters, tf2onnx and
// skl2onnx write them. Weights lie in the file or, as torch writes by default, in one beside
// it, whose name must not lead out of the folder.
//
// # Errors
//
// An operator that is not known is named with its number and its name in the file.
//
// # Limits
//
// Files of at most MaxFileBytes, and so are files of weights; maxEntries messages; the limits
// of package graph. Functions and control flow are refused.
//
// # Sources
//
// github.com/onnx/onnx docs/Operators.md and docs/Changelog.md at 1.23.
package onnx
