package delegate

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/tflite/backend"
)

// Limits say what is asked of a helper.
type Limits struct {
	// Deadline is how long a window may wait for the helper before the Go kernels compute it.
	Deadline time.Duration
	// ToleranceCodes is by how many codes a value may differ from the Go kernels'.
	ToleranceCodes int
	// MemoryBytes is what a helper's process may hold.
	MemoryBytes int64
	// StartsPerHour is how often one is started in an hour at most.
	StartsPerHour int
}

// Defaults of Limits.
const (
	DefaultToleranceCodes = 1
	DefaultMemoryBytes    = 512 << 20
	DefaultStartsPerHour  = 10
)

// DefaultLimits are those of a configuration that says nothing, but for the deadline.
func DefaultLimits() Limits {
	return Limits{
		ToleranceCodes: DefaultToleranceCodes, MemoryBytes: DefaultMemoryBytes, StartsPerHour: DefaultStartsPerHour,
	}
}

// Deadline returns how long a window of a model may wait for a helper: half of the time to the next one.
func Deadline(s *model.Settings) time.Duration { return s.WindowPeriod() / 2 }

// verifyEvery is of how many windows one is computed by both.
const verifyEvery = 256

// errWrong is what a helper gives that the Go kernels do not.
var errWrong = errors.New("the helper's outputs are not the model's")

// failure is a helper that is done with, and why.
type failure struct {
	h   *backend.Helper
	err error
}

// Stats count windows.
type Stats struct {
	Helper   uint64 // computed by a helper
	Kernels  uint64 // by the Go kernels
	Failures uint64 // of those: because a helper gave nothing
}

// Invoker is a model.Invoker that a helper computes where it can.
type Invoker struct {
	kernels *tflite.Interpreter
	limits  Limits
	out     [][]byte

	mu       sync.Mutex // held while the helper is asked, and when it is exchanged
	helper   *backend.Helper
	served   uint64 // windows of this helper
	failures chan failure

	byHelper, byKernels, failed atomic.Uint64
}

var _ model.Invoker = (*Invoker)(nil)

// NewInvoker returns an Invoker that computes by the Go kernels until Run has started a helper.
func NewInvoker(kernels *tflite.Interpreter, l Limits) *Invoker {
	return &Invoker{
		kernels: kernels, limits: l, out: backend.Buffers(kernels.Outputs()), failures: make(chan failure, 1),
	}
}

// Inputs describes the model's inputs.
func (v *Invoker) Inputs() []tflite.TensorInfo { return v.kernels.Inputs() }

// Outputs describes the model's outputs.
func (v *Invoker) Outputs() []tflite.TensorInfo { return v.kernels.Outputs() }

// InputBytes is memory of this process: what a helper does to its own does not reach it.
func (v *Invoker) InputBytes(i int) []byte { return v.kernels.InputBytes(i) }

// OutputBytes likewise.
func (v *Invoker) OutputBytes(i int) []byte { return v.out[i] }

// Reset does nothing: a model with state has no helper.
func (v *Invoker) Reset() { v.kernels.Reset() }

// Close ends the Go kernels' threads. The helper is ended by Run's context.
func (v *Invoker) Close() { v.kernels.Close() }

// Stats returns how many windows were computed by what.
func (v *Invoker) Stats() Stats {
	return Stats{Helper: v.byHelper.Load(), Kernels: v.byKernels.Load(), Failures: v.failed.Load()}
}

// EndWith has the Go kernels end early once ctx is done, until release is called. A helper is asked for no longer than
// its deadline.
func (v *Invoker) EndWith(ctx context.Context) (release func()) { return v.kernels.EndWith(ctx) }

// Invoke computes the outputs, by the helper if there is one that answers in time.
func (v *Invoker) Invoke() {
	if v.ask() {
		v.byHelper.Add(1)
		return
	}
	v.compute()
	v.byKernels.Add(1)
}

// compute lets the Go kernels do it.
func (v *Invoker) compute() {
	v.kernels.Invoke()
	for i := range v.out {
		copy(v.out[i], v.kernels.OutputBytes(i))
	}
}

// ask lets the helper do it and reports whether it has. One that fails is not asked again.
func (v *Invoker) ask() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	h := v.helper
	if h == nil {
		return false
	}
	err := h.Compute(v.kernels, v.out, v.limits.Deadline)
	if err == nil {
		v.served++
		if v.served%verifyEvery == 0 {
			err = v.verify()
		}
	}
	if err == nil {
		return true
	}
	v.failed.Add(1)
	v.helper = nil
	v.failures <- failure{h, err} // there is room: a helper fails once
	return false
}

// verify compares the helper's outputs with the Go kernels'.
func (v *Invoker) verify() error {
	v.kernels.Invoke()
	for i, t := range v.kernels.Outputs() {
		if at, most := furthest(v.out[i], v.kernels.OutputBytes(i), t.Type); most > v.limits.ToleranceCodes {
			return fmt.Errorf("%w: value %d of output %d is %d codes away", errWrong, at, i, most)
		}
	}
	return nil
}

// floatTolerance is how far a float32 value may be off, relative to 1 or to itself.
const floatTolerance = 1e-3

// Differences counts a tensor's values, those of them that differ from another's, and by how many codes the furthest
// does; float32 as furthest has it.
func Differences(got, want []byte, kind tflite.Type) (values, differ, most int) {
	width := max(1, kind.Size())
	for i := 0; i+width <= len(want); i += width {
		_, d := furthest(got[i:i+width], want[i:i+width], kind)
		if d > 0 {
			differ++
		}
		values, most = values+1, max(most, d)
	}
	return values, differ, most
}

// furthest returns where two tensors differ most, and by how many codes; values of float32 that differ by more than
// the tolerance count as model.Unlike.
func furthest(got, want []byte, kind tflite.Type) (at, most int) {
	if kind == tflite.Float32 {
		for i := 0; i+4 <= len(want); i += 4 {
			x, y := float(got[i:]), float(want[i:])
			if x != y && !(math.Abs(x-y) <= floatTolerance*max(1, math.Abs(y))) {
				return i / 4, model.Unlike
			}
		}
		return 0, 0
	}
	for i := range want {
		d := int(int8(got[i])) - int(int8(want[i]))
		if kind == tflite.Uint8 {
			d = int(got[i]) - int(want[i])
		}
		if d = max(d, -d); d > most {
			at, most = i, d
		}
	}
	return at, most
}

func float(b []byte) float64 { return float64(math.Float32frombits(binary.LittleEndian.Uint32(b))) }

// install makes a helper the one that is asked, or nil none, and returns the one before.
func (v *Invoker) install(h *backend.Helper) (before *backend.Helper) {
	v.mu.Lock()
	defer v.mu.Unlock()
	before, v.helper, v.served = v.helper, h, 0
	return before
}
