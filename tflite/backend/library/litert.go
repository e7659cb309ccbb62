package library

import (
	"errors"
	"fmt"
	"math/bits"
	"runtime"
	"strings"

	"github.com/ebitengine/purego"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/tflite/backend"
)

// LiteRTNames are what LiteRT's library is called.
var LiteRTNames = []string{"libLiteRt.so"}

// Functions of LiteRT's C API that are needed. LiteRtCreateModelFromFd marks the versions whose models belong to an
// environment; before it the same functions had other arguments.
var litertFunctions = []string{
	"LiteRtCreateEnvironment", "LiteRtDestroyEnvironment", "LiteRtCreateModelFromFd", "LiteRtCreateModelFromBuffer",
	"LiteRtDestroyModel", "LiteRtCreateOptions", "LiteRtSetOptionsHardwareAccelerators", "LiteRtDestroyOptions",
	"LiteRtCreateOpaqueOptions", "LiteRtAddOpaqueOptions", "LiteRtCreateCompiledModel", "LiteRtDestroyCompiledModel",
	"LiteRtGetModelSignature", "LiteRtGetNumSignatureInputs", "LiteRtGetNumSignatureOutputs",
	"LiteRtGetSignatureInputTensorByIndex", "LiteRtGetSignatureOutputTensorByIndex", "LiteRtGetSignatureSubgraph",
	"LiteRtGetSubgraphInput", "LiteRtGetSubgraphOutput", "LiteRtGetRankedTensorType",
	"LiteRtGetCompiledModelInputBufferRequirements", "LiteRtGetCompiledModelOutputBufferRequirements",
	"LiteRtCreateManagedTensorBufferFromRequirements", "LiteRtGetTensorBufferPackedSize", "LiteRtLockTensorBuffer",
	"LiteRtUnlockTensorBuffer", "LiteRtDestroyTensorBuffer", "LiteRtRunCompiledModel",
}

// LiteRTOptions say how LiteRT computes.
type LiteRTOptions struct {
	Library      string   // "": the one that the loader finds
	Accelerators []string // of cpu, gpu, npu; none: cpu
}

// accelerators are the bits that LiteRT knows them by.
var accelerators = map[string]uintptr{"cpu": 1, "gpu": 2, "npu": 4}

// Modes of LiteRtLockTensorBuffer.
const (
	lockRead  = 0
	lockWrite = 1
)

// tensorType stands for LiteRtRankedTensorType: the element's type, the rank and a bit, dimensions, strides.
type tensorType struct{ words [18]uint32 }

// litertEngine is a model in LiteRT.
type litertEngine struct {
	engine
	settings        *byte // the library reads it as long as it lives
	env, compiled   uintptr
	inputs, outputs []uintptr // tensor buffers, in the signature's order
	// Which of the caller's tensors each of them is: a signature orders them by name.
	inputOf, outputOf []int
}

// nothing is called where LiteRT would free what is Go's.
var nothing = purego.NewCallback(func(uintptr) uintptr { return 0 })

// OpenLiteRT loads a model into LiteRT.
func OpenLiteRT(job backend.Job, o LiteRTOptions) (backend.Engine, error) {
	if bits.UintSize != 64 {
		return nil, errors.New("LiteRT has no library for processors of 32 bits")
	}
	base, err := newEngine(job, o.Library, LiteRTNames, litertFunctions)
	if errors.Is(err, errOther) {
		return nil, fmt.Errorf("%w (LiteRT 2.1.6 or later is needed)", err)
	}
	if err != nil {
		return nil, err
	}
	if len(o.Accelerators) == 0 {
		o.Accelerators = []string{"cpu"}
	}
	e := &litertEngine{engine: base}
	e.text = fmt.Sprintf("LiteRT (%s) on %s", e.lib.path, strings.Join(o.Accelerators, "+"))
	if err := e.load(job, o); err != nil {
		e.Close()
		return nil, err
	}
	return e, nil
}

// try calls a function that gives a status.
func (e *litertEngine) try(function string, args ...uintptr) error {
	if status := int32(e.lib.call(function, args...)); status != 0 {
		return fmt.Errorf("%s: status %d", function, status)
	}
	return nil
}

// load compiles the model and makes its buffers.
func (e *litertEngine) load(job backend.Job, o LiteRTOptions) error {
	if len(e.model) == 0 {
		return errors.New("an empty model")
	}
	if err := e.try("LiteRtCreateEnvironment", 0, 0, pointer(&e.env)); err != nil {
		return err
	}
	e.later("LiteRtDestroyEnvironment", e.env)
	var model uintptr
	err := e.try("LiteRtCreateModelFromBuffer", e.env, pointer(&e.model[0]), uintptr(len(e.model)), pointer(&model))
	if err != nil {
		return fmt.Errorf("LiteRT does not take this file for a model: %w", err)
	}
	e.later("LiteRtDestroyModel", model)
	options, err := e.options(job, o)
	if err != nil {
		return err
	}
	if err := e.try("LiteRtCreateCompiledModel", e.env, model, options, pointer(&e.compiled)); err != nil {
		return fmt.Errorf("LiteRT cannot run this model on %s: %w", strings.Join(o.Accelerators, "+"), err)
	}
	e.later("LiteRtDestroyCompiledModel", e.compiled)
	var signature uintptr
	if err := e.try("LiteRtGetModelSignature", model, 0, pointer(&signature)); err != nil {
		return err
	}
	if e.inputs, e.inputOf, err = e.buffers("Input", signature, job.Inputs); err != nil {
		return err
	}
	e.outputs, e.outputOf, err = e.buffers("Output", signature, job.Outputs)
	return err
}

// options says on what to run, and with how many threads.
func (e *litertEngine) options(job backend.Job, o LiteRTOptions) (uintptr, error) {
	var set, options, opaque uintptr
	for _, name := range o.Accelerators {
		bit, ok := accelerators[name]
		if !ok {
			return 0, fmt.Errorf("accelerator %q: LiteRT has cpu, gpu and npu", name)
		}
		set |= bit
	}
	if err := e.try("LiteRtCreateOptions", pointer(&options)); err != nil {
		return 0, err
	}
	e.later("LiteRtDestroyOptions", options)
	if err := e.try("LiteRtSetOptionsHardwareAccelerators", options, set); err != nil {
		return 0, err
	}
	e.settings = cString(fmt.Sprintf("num_threads = %d\n", max(1, job.Threads)))
	name := cString("xnnpack")
	err := e.try("LiteRtCreateOpaqueOptions", pointer(name), pointer(e.settings), nothing, pointer(&opaque))
	runtime.KeepAlive(name)
	if err != nil {
		return 0, err
	}
	return options, e.try("LiteRtAddOpaqueOptions", options, opaque)
}

// buffers makes the buffers of a side in the signature's order, and says which of the caller's tensors each is.
func (e *litertEngine) buffers(side string, signature uintptr, want []tflite.TensorInfo) ([]uintptr, []int, error) {
	var count, subgraph uintptr
	if err := errors.Join(
		e.try("LiteRtGetNumSignature"+side+"s", signature, pointer(&count)),
		e.try("LiteRtGetSignatureSubgraph", signature, pointer(&subgraph)),
	); err != nil {
		return nil, nil, err
	}
	if int(count) != len(want) {
		return nil, nil, fmt.Errorf("the model has %d tensors of %s, the caller %d", count, side, len(want))
	}
	all, of := make([]uintptr, count), make([]int, count)
	for i := range all {
		var tensor uintptr
		if err := e.try("LiteRtGetSignature"+side+"TensorByIndex", signature, uintptr(i), pointer(&tensor)); err != nil {
			return nil, nil, err
		}
		of[i] = -1
		for j := range want {
			var other uintptr
			if err := e.try("LiteRtGetSubgraph"+side, subgraph, uintptr(j), pointer(&other)); err != nil {
				return nil, nil, err
			}
			if other == tensor {
				of[i] = j
			}
		}
		if of[i] < 0 {
			return nil, nil, fmt.Errorf("tensor %d of %s in the signature is none of the graph's", i, side)
		}
		var err error
		if all[i], err = e.buffer(side, i, tensor, &want[of[i]]); err != nil {
			return nil, nil, fmt.Errorf("tensor %d of %s: %w", of[i], side, err)
		}
	}
	return all, of, nil
}

// buffer makes one buffer.
func (e *litertEngine) buffer(side string, i int, tensor uintptr, want *tflite.TensorInfo) (uintptr, error) {
	kind := new(tensorType)
	var needs, buffer, size uintptr
	err := e.try("LiteRtGetRankedTensorType", tensor, pointer(kind))
	if err == nil {
		err = e.try("LiteRtGetCompiledModel"+side+"BufferRequirements", e.compiled, 0, uintptr(i), pointer(&needs))
	}
	if err == nil {
		err = e.try("LiteRtCreateManagedTensorBufferFromRequirements", e.env, pointer(kind), needs, pointer(&buffer))
	}
	if err != nil {
		return 0, err
	}
	e.later("LiteRtDestroyTensorBuffer", buffer)
	if err := e.try("LiteRtGetTensorBufferPackedSize", buffer, pointer(&size)); err != nil {
		return 0, err
	}
	if int32(kind.words[0]) != runtimeType(want.Type) || size != uintptr(want.Bytes) {
		return 0, fmt.Errorf("has type %d and %d bytes, the caller's has %d and %d", kind.words[0], size,
			runtimeType(want.Type), want.Bytes)
	}
	return buffer, nil
}

// Invoke computes.
func (e *litertEngine) Invoke(inputs, outputs [][]byte) error {
	for i, b := range e.inputs {
		in := inputs[e.inputOf[i]]
		if err := e.locked(b, lockWrite, len(in), func(mem []byte) { copy(mem, in) }); err != nil {
			return fmt.Errorf("input %d: %w", e.inputOf[i], err)
		}
	}
	if err := e.try("LiteRtRunCompiledModel", e.compiled, 0, uintptr(len(e.inputs)), pointer(&e.inputs[0]),
		uintptr(len(e.outputs)), pointer(&e.outputs[0])); err != nil {
		return err
	}
	for i, b := range e.outputs {
		out := outputs[e.outputOf[i]]
		if err := e.locked(b, lockRead, len(out), func(mem []byte) { copy(out, mem) }); err != nil {
			return fmt.Errorf("output %d: %w", e.outputOf[i], err)
		}
	}
	return nil
}

// locked gives a buffer's memory to do.
func (e *litertEngine) locked(buffer, mode uintptr, bytes int, do func([]byte)) error {
	var at uintptr
	if err := e.try("LiteRtLockTensorBuffer", buffer, pointer(&at), mode); err != nil {
		return err
	}
	do(memory(at, bytes))
	return e.try("LiteRtUnlockTensorBuffer", buffer)
}

// Close frees everything.
func (e *litertEngine) Close() {
	e.engine.Close()
	runtime.KeepAlive(e.settings)
}
