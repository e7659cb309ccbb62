//go:build (amd64 || arm64) && !noasm && !purego

package fft

import "github.com/auscult/auscult/dsp/internal/vector"

// transform computes the complex spectrum in z. Stages of radix 3 and 5 have no
// assembly; leaves have it where the last stage has radix 4, since then four
// leaves in a row of the input stand a quarter of z apart.
func (r *Real) transform(src []int32) {
	if !vector.On || r.leaf < 4 || len(r.levels) == 0 {
		r.transformGeneric(src)
		return
	}
	groups := len(r.order) / 4
	switch isFour := r.levels[len(r.levels)-1].radix == 4; {
	case isFour && r.leaf == 4:
		leaves4Vector(&r.z[0], &src[0], &r.order[0], groups)
	case isFour:
		leaves8Vector(&r.z[0], &src[0], &r.order[0], groups)
	case r.leaf == 4:
		leaves4(r.z, src, r.order)
	default:
		leaves8(r.z, src, r.order)
	}
	for i := range r.levels {
		s := &r.levels[i]
		switch s.radix {
		case 3:
			stage3(r.z, s.tw)
		case 4:
			stage4Vector(&r.z[0], &s.tw[0], s.points, len(r.z)/(4*s.points))
		default:
			stage5(r.z, s.tw)
		}
	}
}

func split(dst []uint64, z, w []pair) {
	m := len(z)
	pairs := (m - 1) / 2
	if !vector.On || pairs < 4 {
		splitGeneric(dst, z, w)
		return
	}
	splitVector(&dst[0], &z[0], &w[0], m, pairs)
}

// The routines compute what the generic ones of the same name compute, the same
// bits. They work on four complex values at a time; none has a tail: see each.

// leaves4Vector computes 4*groups leaves of 4 points. order[i] is a multiple of
// 4 for i < groups, and order[i+k*groups] = order[i]+k.
//
//go:noescape
func leaves4Vector(z *pair, src *int32, order *uint16, groups int)

// leaves8Vector is leaves4Vector for 8 points.
//
//go:noescape
func leaves8Vector(z *pair, src *int32, order *uint16, groups int)

// stage4Vector joins transforms of points values, a multiple of 4, into blocks of
// 4*points.
//
//go:noescape
func stage4Vector(z, tw *pair, points, blocks int)

// splitVector splits the bins k and m-k for k = 1 to pairs, at least 4. The
// last four pairs may overlap the ones before, and are computed twice.
//
//go:noescape
func splitVector(dst *uint64, z, w *pair, m, pairs int)
