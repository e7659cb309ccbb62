package kernel

import "syscall"

// Errors of the kernel that other systems have no name for.
const (
	ErrSuspended    = syscall.ESTRPIPE // the device sleeps
	ErrDisconnected = syscall.EBADFD   // the device cannot do this in its state; it is often gone
)
