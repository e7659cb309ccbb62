//go:build (amd64 || arm64) && !noasm && !purego

package dsp

import "github.com/auscult/auscult/dsp/internal/vector"

// lanes is how many samples the assembly takes at a time; the generic code does
// the rest.
const lanes = 8

func l1(samples []int32, window []uint32) (even, odd uint64) {
	n := len(samples) / lanes * lanes
	if !vector.On || n == 0 {
		return l1Generic(samples, window)
	}
	even, odd = l1Vector(&samples[0], &window[0], n)
	restEven, restOdd := l1Generic(samples[n:], window[n:])
	return even + restEven, odd + restOdd
}

func scale(scaled, samples []int32, window []uint32, shift int) {
	n := len(samples) / lanes * lanes
	if !vector.On || n == 0 {
		scaleGeneric(scaled, samples, window, shift)
		return
	}
	scaleVector(&scaled[0], &samples[0], &window[0], n, shift)
	scaleGeneric(scaled[n:], samples[n:], window[n:], shift)
}

// l1Vector is l1Generic for n samples, a multiple of lanes above 0.
//
//go:noescape
func l1Vector(samples *int32, window *uint32, n int) (even, odd uint64)

// scaleVector is scaleGeneric for n samples, a multiple of lanes above 0. shift
// is 0 to 63.
//
//go:noescape
func scaleVector(scaled, samples *int32, window *uint32, n, shift int)
