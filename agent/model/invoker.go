package model

import "github.com/auscult/auscult/tflite"

// Invoker runs a model's graph. *tflite.Interpreter is the one that is always there;
// a delegate in another process is another. It belongs to one goroutine.
type Invoker interface {
	// Inputs and Outputs describe the tensors, as the graph orders them.
	Inputs() []tflite.TensorInfo
	Outputs() []tflite.TensorInfo
	// InputBytes and OutputBytes return a tensor's memory, which stays the same until
	// Close. Invoke may overwrite inputs.
	InputBytes(i int) []byte
	OutputBytes(i int) []byte
	// Invoke computes the outputs. It cannot fail: an Invoker whose hardware does falls
	// back by itself, within the same window.
	Invoke()
	// Reset gives what the graph keeps between inferences its first value again.
	Reset()
	// Close frees what the Invoker holds.
	Close()
}

var _ Invoker = (*tflite.Interpreter)(nil)
