//go:build unix

package bench

import (
	"runtime"
	"syscall"
	"time"
)

// cpuTime returns what this process has used, 0 where the system does not tell.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peakRSS returns the process's peak resident size in bytes, 0 where the
// system does not tell.
func peakRSS() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return int64(u.Maxrss) // counts bytes
	}
	return int64(u.Maxrss) * 1024 // Linux counts KiB
}

// pageFaults returns how often the process needed a page, without and with
// the disk.
func pageFaults() (minor, major int64) {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0, 0
	}
	return int64(u.Minflt), int64(u.Majflt)
}
