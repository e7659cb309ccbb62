package kernels

import (
	"fmt"
	"slices"
	"strings"
	"unsafe"
)

// Impl is one family of kernels: how weights are laid out for it, and the inner
// routines. All families give the same bytes.
type Impl struct {
	Name string
	// Missing is empty where this processor can run the family, else it says
	// what it lacks.
	Missing string

	width int // output channels in a panel
	group int // consecutive inputs that lie together for one output channel
	rows  int // positions that tile computes at once
	// unsigned is set where the routines add 128 to each input, which the folded
	// bias takes back.
	unsigned bool
	// wide is 1 where weights are kept as int16, which saves widening them, else 0.
	wide int
	// narrow and single are other routines for matrices of at most narrow's width,
	// and of at most maxSingle outputs, which are computed one by one.
	narrow, single *Impl
	// noMin is set where products of a weight of -128 could overflow; such a
	// matrix is computed by the generic family.
	noMin bool

	// tile computes one panel for all positions, whose number is a multiple of
	// rows; row computes panels for one position, and is nil where tile must do.
	tile, row func(*args)

	// channels is the block of the depthwise routine; 0 where there is none.
	channels  int
	depthwise func(*depthwiseArgs)
	// interleaved is set where the depthwise sums stand in another order than the
	// channels, see lanes.
	interleaved bool
	// narrowWeights is set where the depthwise routine takes int8 weights, one kernel
	// position's after the other's, none of which may be -128.
	narrowWeights bool
}

// args is what the assembly reads; its layout is part of the routines.
type args struct {
	in    unsafe.Pointer // 0: image
	rows  unsafe.Pointer // 8: int32 offset of each position in the image
	outs  unsafe.Pointer // 16: int32 offset of each position in out
	out   unsafe.Pointer // 24: first output of the panel
	m     int            // 32: positions; the routines count it down
	taps  unsafe.Pointer // 40: int32 offset of each segment from a position
	ntaps int            // 48
	count int            // 56: groups in a segment
	w     unsafe.Pointer // 64: panel
	bias  unsafe.Pointer // 72: int32, one for each output of the panel
	scale unsafe.Pointer // 80: float32, likewise
	lo    float32        // 88: limits before the zero point is added
	hi    float32        // 92
	zp    int32          // 96
	_     int32
	done  uintptr // 104: bytes of rows and outs that are behind; the routines advance it
	min   int32   // 112: limits of the codes
	max   int32   // 116
	panel int     // 120: panels that row computes
}

// Impls lists the families that are compiled in, best first; the generic one is
// the last and runs everywhere.
func Impls() []*Impl { return append(native(), Generic) }

// missing gives what a processor lacks, or nothing where it has it.
func missing(have bool, what string) string {
	if have {
		return ""
	}
	return what
}

// ByName gives the family of that name, or the best one for "". The error says
// what the processor lacks, or which names there are.
func ByName(name string) (*Impl, error) {
	all := Impls()
	var names []string
	for _, im := range all {
		if name == im.Name && im.Missing != "" {
			return nil, fmt.Errorf("the kernels %q need %s, which this processor lacks", name, im.Missing)
		}
		if name == im.Name || name == "" && im.Missing == "" {
			return im, nil
		}
		names = append(names, im.Name)
	}
	slices.Sort(names)
	return nil, fmt.Errorf("there are no kernels %.40q in this program, only %s", name, strings.Join(names, ", "))
}
