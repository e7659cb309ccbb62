//go:build !amd64 || noasm || purego

package dsp

import "github.com/auscult/auscult/dsp/mel"

func (t *logTable) levels(dst []DB, sums []mel.Sum, bandExponents []int32, exponent int) {
	t.levelsGeneric(dst, sums, bandExponents, exponent)
}
