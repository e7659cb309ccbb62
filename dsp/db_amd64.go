//go:build !noasm && !purego

package dsp

import (
	"github.com/auscult/auscult/dsp/internal/vector"
	"github.com/auscult/auscult/dsp/mel"
)

func (t *logTable) levels(dst []DB, sums []mel.Sum, bandExponents []int32, exponent int) {
	n := 0
	if vector.On && len(sums) >= 4 {
		n = len(sums) / 4 * 4
		levelsVector(&dst[0], &sums[0], &bandExponents[0], &t[0], exponent, n)
	}
	t.levelsGeneric(dst[n:], sums[n:], bandExponents[n:], exponent)
}

// levelsVector is levelsGeneric for n bands, a multiple of 4 above 0.
//
//go:noescape
func levelsVector(dst *DB, sums *mel.Sum, bandExponents, table *int32, exponent, n int)
