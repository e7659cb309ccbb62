package spool

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// sync leaves times out, which would cost a write of the file system's journal.
func (f osFile) sync() error {
	for {
		if err := unix.Fdatasync(int(f.Fd())); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// scattered has the kernel keep each block by itself: see store.blank.
func (f osFile) scattered() {
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) // advice only
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_RANDOM)
}

// reserve leaves the file's size as it is, and takes room behind its end. A file system that cannot,
// or has none, is used as it comes.
func (f osFile) reserve(bytes int64) {
	_ = unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_KEEP_SIZE, 0, bytes)
}

// Busy reports whether another program has the file at path open as its spool. What cannot be
// told is not.
func Busy(path string) bool {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // nothing was written
	held, err := osFile{f}.lock()
	return err == nil && !held
}
