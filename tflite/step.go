package tflite

import (
	"sync/atomic"
	"unsafe"

	"github.com/auscult/auscult/tflite/internal/kernels"
)

// step is one operator after its checks.
type step struct {
	macs    int64
	scratch int  // bytes of memory that only this step uses
	alias   bool // the output equals input 0 byte for byte, and may share its memory
	folded  bool // what the step computes is constant: it was run already
	// bind gives the function that computes the step in the given memory. It
	// runs after all checks have passed.
	bind func(mem *memory) func()
}

// memory resolves a step's tensors once the arena exists.
type memory struct {
	tensors [][]byte // by tensor index; constants refer into the model
	scratch []byte
	team    *kernels.Team // nil for one thread
	stop    *atomic.Bool  // set to end an inference early
}

// interrupts has a kernel that may take long end early where the inference is to.
func (mem *memory) interrupts(kernel any) {
	if k, ok := kernel.(interface{ Interrupt(stop *atomic.Bool) }); ok {
		k.Interrupt(mem.stop)
	}
}

// stopped reports whether the inference is to end.
func (mem *memory) stopped() bool { return mem.stop.Load() }

// element is what kernels take tensors as: what their elements are, or bytes.
type element interface {
	int8 | uint8 | int16 | int32 | int64 | float32
}

// view gives the elements that bytes are.
func view[T element](b []byte) []T {
	var one T
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(one)))
}

// unaryStep makes the step of a kernel that computes a tensor from another.
func unaryStep[Out, In element](k interface{ Run(out []Out, in []In) }, out, in tensor) step {
	return step{bind: func(mem *memory) func() {
		mem.interrupts(k)
		y, x := view[Out](mem.tensors[out.index]), view[In](mem.tensors[in.index])
		return func() { k.Run(y, x) }
	}}
}

// binaryStep makes the step of a kernel that computes a tensor from two others.
func binaryStep[Out, In element](k interface{ Run(out []Out, a, b []In) }, out, a, b tensor) step {
	return step{bind: func(mem *memory) func() {
		mem.interrupts(k)
		y, x1, x2 := view[Out](mem.tensors[out.index]), view[In](mem.tensors[a.index]), view[In](mem.tensors[b.index])
		return func() { k.Run(y, x1, x2) }
	}}
}

// stagedKernel is a kernel that may copy its input to scratch memory first.
type stagedKernel[T int8 | float32] interface {
	ScratchBytes() int
	Run(out, in, scratch []T)
}

// stagedStep makes the step of such a kernel, which a team shares where it can.
func stagedStep[T int8 | float32](k stagedKernel[T], out, in tensor) step {
	return step{
		scratch: k.ScratchBytes(),
		bind: func(mem *memory) func() {
			y, x, scratch := view[T](mem.tensors[out.index]), view[T](mem.tensors[in.index]), view[T](mem.scratch)
			if s, ok := k.(interface{ Share(team *kernels.Team) }); ok && mem.team != nil {
				s.Share(mem.team)
			}
			mem.interrupts(k)
			return func() { k.Run(y, x, scratch) }
		},
	}
}
