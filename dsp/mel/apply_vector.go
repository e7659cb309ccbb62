//go:build (amd64 || arm64) && !noasm && !purego

package mel

import "github.com/auscult/auscult/dsp/internal/vector"

func (b *Bank) apply(dst []Sum, power []uint64) {
	if !vector.On || len(b.runs) == 0 || len(power) < b.bins {
		b.applyGeneric(dst, power)
		return
	}
	applyVector(&dst[0], &power[0], &b.runs[0], &b.padded[0], len(b.runs))
}

// applyVector is applyGeneric for bands whose weights are padded to a multiple
// of lanes. The two halves of a sum are not carried over: the value is the same.
//
//go:noescape
func applyVector(dst *Sum, power *uint64, runs *run, weights *uint32, bands int)
