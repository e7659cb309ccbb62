//go:build !(amd64 || arm64) || noasm || purego

package dsp

func l1(samples []int32, window []uint32) (even, odd uint64) { return l1Generic(samples, window) }

func scale(scaled, samples []int32, window []uint32, shift int) {
	scaleGeneric(scaled, samples, window, shift)
}
