// Package schema holds the messages of the ONNX format, as code that protoc-gen-go makes of
// onnx.proto.
//
// The script build/onnx-schema makes it anew.
package schema
