package spool

import (
	"errors"

	"golang.org/x/sys/windows"
)

const notBlocking = 0 // names in folders are no pipes here

// syncFolder does nothing: names are written with the file that has them, and folders cannot be synced.
func (system) syncFolder(string) error { return nil }

// lock locks a byte that no file reaches, since what is locked here nobody else can read.
func (f osFile) lock() (bool, error) {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	beyond := windows.Overlapped{OffsetHigh: 1 << 30}
	err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, &beyond)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}
