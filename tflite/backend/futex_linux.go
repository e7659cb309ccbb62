package backend

import (
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Operations of the system call futex; not the private ones, since two processes share the word.
const (
	futexWait = 0
	futexWake = 1
)

// wait sleeps while word holds a value, until somebody wakes it or the time is up: it may also return without
// either. A futex rather than an eventfd, because whatever the other process does to the memory, neither a wait nor a
// wake can block: the flags of a shared file would be the other's to change.
func wait(word *atomic.Uint32, value uint32, limit time.Duration) {
	left := unix.NsecToTimespec(max(0, int64(limit)))
	_, _, _ = unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWait, uintptr(value),
		uintptr(unsafe.Pointer(&left)), 0, 0)
}

// wake wakes whoever waits for word.
func wake(word *atomic.Uint32) {
	const everybody = 1<<31 - 1
	_, _, _ = unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWake, everybody, 0, 0, 0)
}
