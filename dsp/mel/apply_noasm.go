//go:build !(amd64 || arm64) || noasm || purego

package mel

func (b *Bank) apply(dst []Sum, power []uint64) { b.applyGeneric(dst, power) }
