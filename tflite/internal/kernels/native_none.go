//go:build noasm || purego || !(amd64 || arm64)

package kernels

func native() []*Impl { return nil }
