package main

import (
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Numbers of the device that is always full.
const fullMajor, fullMinor = 1, 7

// stdoutFull returns why an open file takes nothing, nil where it may.
func stdoutFull(f *os.File, info fs.FileInfo) error {
	st, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case info.Mode().IsRegular():
		var disk syscall.Statfs_t
		if syscall.Fstatfs(int(f.Fd()), &disk) == nil && disk.Blocks > 0 && disk.Bavail == 0 {
			return errNoSpace
		}
	case ok && info.Mode()&fs.ModeCharDevice != 0 &&
		unix.Major(uint64(st.Rdev)) == fullMajor && unix.Minor(uint64(st.Rdev)) == fullMinor:
		return syscall.ENOSPC
	case info.Mode()&(fs.ModeNamedPipe|fs.ModeSocket) != 0:
		poll := []unix.PollFd{{Fd: int32(f.Fd()), Events: unix.POLLOUT}}
		if n, err := unix.Poll(poll, 0); err == nil && n == 1 && poll[0].Revents&unix.POLLERR != 0 {
			return syscall.EPIPE
		}
	}
	return nil
}
