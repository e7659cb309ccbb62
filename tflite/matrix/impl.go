package matrix

import (
	"fmt"
	"strings"
)

// Impl is one family of kernels.
type Impl struct {
	Name string
	// Missing is empty where this processor can run the family, else it says
	// what it lacks.
	Missing string
	// MR and NR are the rows and columns of a tile.
	MR, NR int

	// tile computes a tile; row computes panels of one row and is nil where tile must do. Both sum in the order of k.
	tile, row func(*Work)
}

const (
	maxMR = 8
	maxNR = 32
)

// Seg is a run of k: N steps from A's offset and B's.
type Seg struct {
	A, B, N int32
}

// Work is what one goroutine needs to multiply. Its layout is part of the
// assembly; its slices have at least what the offsets reach.
type Work struct {
	a            []float32 // 0
	rows         []int32   // 24: of MR rows of A
	b            []float32 // 48
	c            []float32 // 72
	outs         []int32   // 96: of MR rows of C
	segs         []Seg     // 120: each with N > 0
	init         []float32 // 144: NR values that each row starts at; nil: C's own
	stepA, stepB int       // 168, 176: bytes from k to k+1
	unitB        int       // 184: bytes that Seg.B counts
	panels       int       // 192: panels that row computes, side by side in c and in init
	panelB       int       // 200: bytes from one of them to the next in b
	lo, hi       float32   // 208, 212: limits of C

	edge     [maxMR * maxNR]float32 // stands for C at the edges
	edgeRows [maxMR]int32
	edgeInit [maxNR]float32
}

// Impls lists the families that are compiled in, best first; the generic one is
// the last and runs everywhere.
func Impls() []*Impl { return append(native(), Generic) }

// ByName gives the family of that name, or the best one for "". The error says
// what the processor lacks, or which names there are.
func ByName(name string) (*Impl, error) {
	var names []string
	for _, im := range Impls() {
		if name == im.Name && im.Missing != "" {
			return nil, fmt.Errorf("the kernels %q need %s, which this processor lacks", name, im.Missing)
		}
		if name == im.Name || name == "" && im.Missing == "" {
			return im, nil
		}
		names = append(names, im.Name)
	}
	return nil, fmt.Errorf("there are no kernels %.40q in this program, only %s", name, strings.Join(names, ", "))
}
