//go:build (!amd64 && !arm64) || noasm || purego

package kernels

func native() []*Impl { return nil }
