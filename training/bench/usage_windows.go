package bench

import (
	"syscall"
	"time"
	"unsafe"
)

// cpuTime returns what this process has used, 0 where the system does not tell.
func cpuTime() time.Duration {
	var created, exited, kernel, user syscall.Filetime
	self, err := syscall.GetCurrentProcess()
	if err != nil || syscall.GetProcessTimes(self, &created, &exited, &kernel, &user) != nil {
		return 0
	}
	return ticks(kernel) + ticks(user)
}

// ticks returns a span of time, which Windows counts in 100 ns. Filetime.Nanoseconds is for dates: it takes the year
// 1601 off.
func ticks(t syscall.Filetime) time.Duration {
	return time.Duration(int64(t.HighDateTime)<<32|int64(t.LowDateTime)) * 100
}

// memoryCounters is PROCESS_MEMORY_COUNTERS.
type memoryCounters struct {
	size           uint32
	pageFaults     uint32
	peakWorkingSet uintptr
	_              [7]uintptr
}

// getMemory is GetProcessMemoryInfo, which package syscall does not have.
var getMemory = syscall.NewLazyDLL("kernel32.dll").NewProc("K32GetProcessMemoryInfo")

func memory() (m memoryCounters) {
	m.size = uint32(unsafe.Sizeof(m))
	self, err := syscall.GetCurrentProcess()
	if err != nil || getMemory.Find() != nil {
		return memoryCounters{}
	}
	ok, _, _ := getMemory.Call(uintptr(self), uintptr(unsafe.Pointer(&m)), uintptr(m.size))
	if ok == 0 {
		return memoryCounters{}
	}
	return m
}

// peakRSS returns the process's peak working set in bytes, 0 where the system does not tell.
func peakRSS() int64 { return int64(memory().peakWorkingSet) }

// pageFaults returns how often the process needed a page. How often the disk was needed is not told.
func pageFaults() (minor, major int64) { return int64(memory().pageFaults), 0 }
