//go:build !noasm && !purego

package vector

import "golang.org/x/sys/cpu"

func detect() string {
	if cpu.X86.HasAVX2 {
		return "avx2"
	}
	return generic
}
