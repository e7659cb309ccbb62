package library

import (
	"errors"
	"fmt"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/tflite/backend"
)

// Functions of TensorFlow Lite's C API that are needed.
var tfliteFunctions = []string{
	"TfLiteVersion", "TfLiteModelCreate", "TfLiteModelDelete",
	"TfLiteInterpreterOptionsCreate", "TfLiteInterpreterOptionsDelete", "TfLiteInterpreterOptionsSetNumThreads",
	"TfLiteInterpreterOptionsAddDelegate",
	"TfLiteInterpreterCreate", "TfLiteInterpreterDelete", "TfLiteInterpreterAllocateTensors", "TfLiteInterpreterInvoke",
	"TfLiteInterpreterGetInputTensorCount", "TfLiteInterpreterGetInputTensor",
	"TfLiteInterpreterGetOutputTensorCount", "TfLiteInterpreterGetOutputTensor",
	"TfLiteTensorType", "TfLiteTensorByteSize", "TfLiteTensorCopyFromBuffer", "TfLiteTensorCopyToBuffer",
}

// TFLiteNames are what libraries with this interface are called, and where wheels of Python have them.
var TFLiteNames = []string{"libtensorflowlite_c.so", "libtensorflow-lite.so", "libtensorflowlite.so"}

// TFLiteOptions say how TensorFlow Lite computes.
type TFLiteOptions struct {
	Library string // "": the first of TFLiteNames that the loader finds
	// Delegate is a plugin with tflite_plugin_create_delegate; "": none.
	Delegate string
	Keys     []string // options of the plugin
	Values   []string // likewise
	// NoXNNPACK leaves what the plugin does not take to TensorFlow Lite's own kernels.
	NoXNNPACK bool
}

// TFLiteVersion asks a library for its version; of "" the first of TFLiteNames is asked.
func TFLiteVersion(path string) (string, error) {
	lib, err := openFirst(path, TFLiteNames, "TfLiteVersion")
	if err != nil {
		return "", err
	}
	return goString(lib.call("TfLiteVersion")), nil
}

// tfliteEngine is a model in TensorFlow Lite.
type tfliteEngine struct {
	engine
	inputs, outputs []uintptr
	interpreter     uintptr
}

// OpenTFLite loads a model into TensorFlow Lite.
func OpenTFLite(job backend.Job, o TFLiteOptions) (backend.Engine, error) {
	base, err := newEngine(job, o.Library, TFLiteNames, tfliteFunctions)
	if err != nil {
		return nil, err
	}
	e := &tfliteEngine{engine: base}
	version := goString(e.lib.call("TfLiteVersion"))
	e.text = fmt.Sprintf("TensorFlow Lite %s (%s)", version, e.lib.path)
	if err := e.load(job, o, version); err != nil {
		e.Close()
		return nil, err
	}
	return e, nil
}

// load makes the interpreter.
func (e *tfliteEngine) load(job backend.Job, o TFLiteOptions, version string) error {
	if len(e.model) == 0 {
		return errors.New("an empty model")
	}
	model := e.lib.call("TfLiteModelCreate", pointer(&e.model[0]), uintptr(len(e.model)))
	if model == 0 {
		return errors.New("TensorFlow Lite does not take this file for a model")
	}
	e.later("TfLiteModelDelete", model)
	options := e.lib.call("TfLiteInterpreterOptionsCreate")
	e.later("TfLiteInterpreterOptionsDelete", options)
	threads := max(1, job.Threads)
	e.lib.call("TfLiteInterpreterOptionsSetNumThreads", options, uintptr(threads))
	if o.Delegate != "" {
		if err := e.addPlugin(options, o); err != nil {
			return err
		}
	}
	if !o.NoXNNPACK {
		if err := e.addXNNPACK(options, version, threads); err != nil {
			return err
		}
	}
	e.interpreter = e.lib.call("TfLiteInterpreterCreate", model, options)
	if e.interpreter == 0 {
		return errors.New("TensorFlow Lite cannot run this model: an operator that it lacks, or a delegate that refused")
	}
	e.later("TfLiteInterpreterDelete", e.interpreter)
	if status := int32(e.lib.call("TfLiteInterpreterAllocateTensors", e.interpreter)); status != 0 {
		return fmt.Errorf("TensorFlow Lite cannot allocate the model's tensors: status %d", status)
	}
	var err error
	if e.inputs, err = e.tensors("Input", job.Inputs); err != nil {
		return err
	}
	e.outputs, err = e.tensors("Output", job.Outputs)
	return err
}

// tensors finds the tensors of a side, and compares them with what the caller has.
func (e *tfliteEngine) tensors(side string, want []tflite.TensorInfo) ([]uintptr, error) {
	count := int32(e.lib.call("TfLiteInterpreterGet"+side+"TensorCount", e.interpreter))
	if int(count) != len(want) {
		return nil, fmt.Errorf("the model has %d tensors of %s, the caller %d", count, side, len(want))
	}
	all := make([]uintptr, count)
	for i := range all {
		t := e.lib.call("TfLiteInterpreterGet"+side+"Tensor", e.interpreter, uintptr(i))
		if t == 0 {
			return nil, fmt.Errorf("the model has no tensor %d of %s", i, side)
		}
		kind, bytes := int32(e.lib.call("TfLiteTensorType", t)), e.lib.call("TfLiteTensorByteSize", t)
		if kind != runtimeType(want[i].Type) || bytes != uintptr(want[i].Bytes) {
			return nil, fmt.Errorf("tensor %d of %s has type %d and %d bytes, the caller's has %d and %d",
				i, side, kind, bytes, runtimeType(want[i].Type), want[i].Bytes)
		}
		all[i] = t
	}
	return all, nil
}

// runtimeType returns a type's number in the libraries, which count otherwise than the file format.
func runtimeType(t tflite.Type) int32 {
	switch t {
	case tflite.Float32:
		return 1
	case tflite.Int32:
		return 2
	case tflite.Uint8:
		return 3
	case tflite.Int64:
		return 4
	case tflite.Int16:
		return 7
	case tflite.Int8:
		return 9
	case tflite.Float16:
		return 10
	}
	return -1
}

// Invoke computes.
func (e *tfliteEngine) Invoke(inputs, outputs [][]byte) error {
	for i, t := range e.inputs {
		status := e.lib.call("TfLiteTensorCopyFromBuffer", t, pointer(&inputs[i][0]), uintptr(len(inputs[i])))
		if int32(status) != 0 {
			return fmt.Errorf("input %d: status %d", i, int32(status))
		}
	}
	if status := int32(e.lib.call("TfLiteInterpreterInvoke", e.interpreter)); status != 0 {
		return fmt.Errorf("TfLiteInterpreterInvoke: status %d", status)
	}
	for i, t := range e.outputs {
		status := e.lib.call("TfLiteTensorCopyToBuffer", t, pointer(&outputs[i][0]), uintptr(len(outputs[i])))
		if int32(status) != 0 {
			return fmt.Errorf("output %d: status %d", i, int32(status))
		}
	}
	return nil
}
