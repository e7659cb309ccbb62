//go:build !(amd64 || arm64) || noasm || purego

package fft

func (r *Real) transform(src []int32) { r.transformGeneric(src) }

func split(dst []uint64, z, w []pair) { splitGeneric(dst, z, w) }
