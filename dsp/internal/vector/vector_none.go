//go:build !(amd64 || arm64) || noasm || purego

package vector

func detect() string { return generic }
