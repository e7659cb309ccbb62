//go:build (!amd64 && !arm64) || noasm || purego

package matrix

func native() []*Impl { return nil }
