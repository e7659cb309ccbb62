//go:build unix && !linux

package spool

import (
	"errors"
	"os"
	"syscall"
)

const notBlocking = syscall.O_NONBLOCK

func (system) syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (f osFile) sync() error { return f.Sync() }

func (f osFile) lock() (bool, error) {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		default:
			return err == nil, err
		}
	}
}

func (osFile) scattered() {}
