package kernels

import (
	"fmt"
	"slices"
	"strings"
	"unsafe"

	"github.com/auscult/auscult/tflite/matrix"
)

// Impl is one family of kernels, for one kind of processor. All families give the same bytes.
type Impl struct {
	Name string
	// Missing is empty where this processor can run the family, else it says
	// what it lacks.
	Missing string

	// gemm and depthwise are the family's routines, each for so many outputs, or channels, as its field most says;
	// those for few stand first, and the last takes any number.
	gemm      []*gemmRoutine
	depthwise []*depthwiseRoutine
	// float are the products of float32, those of narrow tiles first, and floatDepthwise computes depthwise convolutions;
	// none and nil stand for the generic ones.
	float          []*matrix.Impl
	floatDepthwise func(*floatDepthwiseArgs)
	elements       *elements
}

// gemmRoutine multiplies matrices: how weights are laid out for it, and its inner loops.
type gemmRoutine struct {
	most   int // outputs of the largest matrix that it serves; 0 is any
	fewest int // positions from which it pays

	width int // output channels in a panel
	group int // consecutive inputs that lie together for one output channel
	rows  int // positions that tile computes at once
	// weightBytes is 1, or 2 where weights are kept as int16, which saves widening them.
	weightBytes int
	// offset is what the loops add to each input, which the folded bias takes back: 128 where they multiply unsigned
	// inputs.
	offset int32
	// noMin is set where products of a weight of -128 could overflow; such a
	// matrix is computed by the generic routine.
	noMin bool

	// sums says that tile can store sums, for arithmetics that plain Go computes.
	sums bool

	// tile computes one panel for all positions, whose number is a multiple of
	// rows; row computes panels for one position, and is nil where tile must do.
	// The generic routine has neither.
	tile, row func(*args)
}

// depthwiseRoutine computes depthwise convolutions whose outputs are as many as the inputs.
type depthwiseRoutine struct {
	most     int // channels of the largest image that it serves; 0 is any
	channels int // in a block
	layout   depthwiseLayout
	run      func(*depthwiseArgs) // the generic routine has none
}

// depthwiseLayout is how a routine wants its weights.
type depthwiseLayout int

const (
	// rowsOfInt8 has a block's channels for one kernel position, then for the next. None may be -128.
	rowsOfInt8 depthwiseLayout = iota
	// pairsOfInt16 has the two kernel positions of a pair beside each other for each channel. Their products are summed
	// in another order than the channels', see lanes.
	pairsOfInt16
)

// gemmFor gives the routine for a matrix of so many outputs and positions, whose sums become codes by rq.
func (im *Impl) gemmFor(outputs, positions int, rq *Requant) *gemmRoutine {
	for _, r := range im.gemm {
		if (r.most == 0 || outputs <= r.most) && positions >= r.fewest && (r.sums || !rq.exact()) {
			return r
		}
	}
	return genericGemm
}

// depthwiseFor gives the routine for so many outputs.
func (im *Impl) depthwiseFor(channels int) *depthwiseRoutine {
	for _, r := range im.depthwise {
		if r.most == 0 || channels <= r.most {
			return r
		}
	}
	return genericDepthwise
}

// floatFor gives the matrix products of float32 for so many outputs.
func (im *Impl) floatFor(outputs int) *matrix.Impl {
	best := matrix.Generic
	for _, m := range im.float {
		if m.Missing != "" {
			continue
		}
		if best = m; outputs <= m.NR {
			break
		}
	}
	return best
}

// products gives the families of package matrix of the given names.
func products(names ...string) (all []*matrix.Impl) {
	for _, name := range names {
		for _, m := range matrix.Impls() {
			if m.Name == name {
				all = append(all, m)
			}
		}
	}
	return all
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
	sums  int     // 128: not 0 where tile is to store sums as int32, not codes; outs count int32 then
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
