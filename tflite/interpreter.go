package tflite

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/auscult/auscult/tflite/internal/kernels"
)

// Options bounds what an Interpreter may use. The zero value means the
// defaults.
type Options struct {
	ArenaLimitBytes    int   // memory for tensors; default DefaultArenaLimitBytes
	PreparedLimitBytes int   // memory for tables and reordered weights; default DefaultPreparedLimitBytes
	MACLimit           int64 // work of one inference, and of preparing it; default DefaultMACLimit
	// TimeLimit bounds what an inference takes as far as its operators and the kernels that compute them tell, on a
	// processor of a few GHz; default DefaultTimeLimit.
	TimeLimit time.Duration
	// CPU names the family of kernels, one of CPUs; empty means what the
	// environment variable AUSCULT_CPU says, or else the best that the processor
	// runs. All families give the same codes; in float32 they round products otherwise.
	CPU string
	// Profile is the arithmetic to reproduce.
	Profile Profile
	// Threads is how many threads compute one inference, at most 64; 0 and 1
	// mean the caller's only. Small operators are never divided. With more than
	// one, Close ends the others.
	Threads int
}

// maxThreads bounds Options.Threads.
const maxThreads = 64

// Profile names an arithmetic where TFLite's runtimes differ in the last bit.
type Profile int

const (
	// XNNPACK is what LiteRT gives by default, with its XNNPACK delegate.
	XNNPACK Profile = iota
	// Reference is what TFLite's reference kernels give, which other runtimes for
	// microcontrollers follow. Only the generic kernels compute it: it is for
	// comparing, not for speed.
	Reference
)

// Defaults of Options.
const (
	DefaultArenaLimitBytes          = 64 << 20
	DefaultPreparedLimitBytes       = 64 << 20
	DefaultMACLimit           int64 = 50e9
	DefaultTimeLimit                = 20 * time.Second
)

// TensorInfo describes an input or output of a model.
type TensorInfo struct {
	Name      string
	Type      Type // Int8 or Float32 most often; Uint8 at the borders of some models, Int16 and others in few
	Shape     []int
	Scale     float32 // real = Scale * (code - ZeroPoint); 0 where numbers are not quantised
	ZeroPoint int     // likewise
	Bytes     int     // size of the tensor
}

// OperatorInfo describes one step of a prepared model.
type OperatorInfo struct {
	Op          Op
	Name        string // of the first output tensor
	OutputShape []int
	// MACs counts multiply-accumulate steps for convolutions and dense layers,
	// additions for pooling and element steps for the rest, in one inference.
	MACs int64
	// Folded says that the operator was computed when the model was prepared, since it depends on no input's values. It
	// takes no time in an inference.
	Folded bool
}

// Interpreter runs one model. It owns the memory of one inference and serves
// one goroutine at a time; several Interpreters may share a Model.
type Interpreter struct {
	inputs    []TensorInfo
	outputs   []TensorInfo
	inBytes   [][]byte
	outBytes  [][]byte
	before    []func() // copy inputs of uint8
	steps     []func()
	after     []func() // copy outputs of uint8
	places    []int    // of the steps among the operators
	operators []OperatorInfo
	arena     []byte
	cpu       string
	prepared  int64
	states    []*state
	team      *kernels.Team // nil for one thread
	ending
}

// ending is how an inference is ended early.
type ending struct {
	stop  *atomic.Bool // those of subgraphs share it
	until bool         // EndWith sees to stop
}

// endWith has an inference end once ctx is done. What it gives ends that, and says whether ctx was not done: nothing
// stops later inferences then.
func (e *ending) endWith(ctx context.Context) (release func() bool) {
	e.stop.Store(false)
	told := make(chan struct{})
	ended := context.AfterFunc(ctx, func() {
		e.stop.Store(true)
		close(told)
	})
	return func() bool {
		if ended() {
			return true
		}
		<-told
		return false
	}
}

// NewInterpreter checks that m can run within the limits, plans its memory and
// precomputes what does not depend on the input. The error names the first
// operator or tensor that stands in the way.
func NewInterpreter(m *Model, opts Options) (*Interpreter, error) {
	if m == nil {
		return nil, errors.New("tflite: no model")
	}
	it, err := prepare(m, opts)
	if err != nil {
		return nil, fmt.Errorf("tflite: %w", err)
	}
	return it, nil
}

// Inputs describes the model's inputs.
func (it *Interpreter) Inputs() []TensorInfo { return it.inputs }

// Outputs describes the model's outputs.
func (it *Interpreter) Outputs() []TensorInfo { return it.outputs }

// InputBytes gives the memory of input i, int8 codes as bytes or float32
// little-endian. Invoke leaves it as it is.
func (it *Interpreter) InputBytes(i int) []byte { return it.inBytes[i] }

// OutputBytes gives the memory of output i, valid from one Invoke to the
// next.
func (it *Interpreter) OutputBytes(i int) []byte { return it.outBytes[i] }

// Invoke computes the outputs from the inputs. It does not allocate.
func (it *Interpreter) Invoke() {
	it.begin()
	it.run()
}

// begin lets an inference run to its end, unless EndWith says otherwise.
func (it *Interpreter) begin() {
	if !it.until {
		it.stop.Store(false)
	}
}

// EndWith has all inferences end early once ctx is done, as InvokeContext has one, until release is called. It serves
// those who invoke often and must not allocate; they look at ctx themselves.
func (it *Interpreter) EndWith(ctx context.Context) (release func()) {
	it.until = true
	ended := it.endWith(ctx)
	return sync.OnceFunc(func() {
		ended()
		it.until = false
	})
}

// InvokeContext is Invoke that ends early, within some milliseconds, once ctx is done, and then gives its error:
// operators that take long look between their tiles. What the outputs hold is then of no use, and state may be half of
// one inference and half of the next: Reset it.
func (it *Interpreter) InvokeContext(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ended := it.endWith(ctx)
	it.run()
	if !ended() {
		return ctx.Err()
	}
	return nil
}

// run computes until it is stopped.
func (it *Interpreter) run() {
	callAll(it.before)
	for _, step := range it.steps {
		if step(); it.stop.Load() {
			return
		}
	}
	callAll(it.after)
}

func callAll(list []func()) {
	for _, f := range list {
		f()
	}
}

// Close ends the other threads, where there are any. Invoke must not be called any
// more. An Interpreter that is no longer reachable is closed by itself.
func (it *Interpreter) Close() {
	if it.team != nil {
		it.team.Close()
	}
}

// InvokeProfiled is Invoke that reports how long each operator took.
func (it *Interpreter) InvokeProfiled(report func(op int, elapsed time.Duration)) {
	it.begin()
	callAll(it.before)
	for i, step := range it.steps {
		start := time.Now()
		step()
		report(it.places[i], time.Since(start))
	}
	callAll(it.after)
}

// ArenaBytes gives the memory that holds the tensors of an inference, without
// constants and precomputed tables.
func (it *Interpreter) ArenaBytes() int { return len(it.arena) }

// PreparedBytes gives the memory of precomputed tables and packed weights, as counted
// against Options.PreparedLimitBytes: a bound of what is allocated.
func (it *Interpreter) PreparedBytes() int { return int(it.prepared) }

// CPU names the family of kernels that computes.
func (it *Interpreter) CPU() string { return it.cpu }

// Operators describes the steps in execution order, for InvokeProfiled's
// indices.
func (it *Interpreter) Operators() []OperatorInfo { return it.operators }
