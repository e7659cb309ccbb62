//go:build !linux

package kernel

import "syscall"

// Errors of Linux's kernel, by its numbers, that never come here.
const (
	ErrSuspended    = syscall.Errno(86)
	ErrDisconnected = syscall.Errno(77)
)
