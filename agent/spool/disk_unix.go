//go:build unix

package spool

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

const notBlocking = unix.O_NONBLOCK

func (system) syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		err = nil // a file system whose folders need no sync
	}
	return errors.Join(err, f.Close())
}

func (f osFile) lock() (bool, error) {
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EWOULDBLOCK):
			return false, nil
		default:
			return err == nil, err
		}
	}
}
