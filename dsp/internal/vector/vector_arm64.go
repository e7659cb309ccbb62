//go:build !noasm && !purego

package vector

import "golang.org/x/sys/cpu"

func detect() string {
	if cpu.ARM64.HasASIMD {
		return "neon"
	}
	return generic
}
