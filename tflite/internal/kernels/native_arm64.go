//go:build !noasm && !purego

package kernels

func native() []*Impl { return nil }
