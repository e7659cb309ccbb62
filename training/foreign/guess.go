package foreign

import (
	"slices"

	"github.com/auscult/auscult/training/graph"
)

// usualBands are the numbers of bands that networks are trained on, the usual ones first.
var usualBands = []int{128, 64, 40, 80, 32, 96, 256, 224, 60, 48, 20}

// GuessBands returns the number of bands that the shape of what a network takes, with the batch,
// speaks for; 0 for none.
func GuessBands(shape []int) int {
	size := graph.Size(shape)
	dims := slices.DeleteFunc(slices.Clone(shape), func(n int) bool { return n == 1 })
	for _, bands := range usualBands {
		if len(dims) > 1 && slices.Contains(dims, bands) {
			return bands
		}
		// In a row: a few frames.
		if len(dims) == 1 && size%bands == 0 && size/bands <= 16 && size/bands > 1 {
			return bands
		}
	}
	if len(dims) == 2 {
		return max(dims[0], dims[1])
	}
	return 0
}
