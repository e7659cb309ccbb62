//go:build unix

package iio

import (
	"errors"
	"syscall"
)

// notBlocking opens what has no data yet without waiting for it.
const notBlocking = syscall.O_NONBLOCK

// drain throws away what a buffer holds that was on before: scans of the time when nobody read,
// which stand for a sound long ago and would make the time since then a loss.
func (s *Source) drain() error {
	conn, err := s.file.SyscallConn()
	if err != nil {
		return err
	}
	old := make([]byte, chunk*s.scans.layout.bytes)
	// More than the buffer holds are new ones, which come slower than they are read.
	left := (2*s.config.FIFODepth + chunk) * s.scans.layout.bytes
	return conn.Read(func(fd uintptr) bool {
		for left > 0 {
			n, err := syscall.Read(int(fd), old)
			if errors.Is(err, syscall.EINTR) {
				continue
			}
			if n <= 0 || err != nil {
				break // it is empty, or the first Read says what is wrong
			}
			left -= n
		}
		return true
	})
}
