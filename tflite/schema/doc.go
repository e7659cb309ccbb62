// Package schema names the numbers of the TensorFlow Lite file format: the
// position of each field in its table, and the values of its enumerations.
//
// # Formats
//
// A .tflite file is a FlatBuffer whose root is a Model table. A field's id is
// its position in the table's declaration, from 0; a union takes two ids, the
// type first. Fields that are deprecated keep their id. The reader and the
// writer in package tflite know the format through this package only.
//
// # Sources
//
// The public TFLite schema, version 3 (3c):
// tensorflow/tensorflow, tensorflow/compiler/mlir/lite/schema/schema.fbs at
// commit 0373b8f3cb4d; the same file has been tensorflow/lite/schema/schema.fbs
// before. The FlatBuffers binary layout is described in google/flatbuffers,
// docs/source/internals.md.
package schema
