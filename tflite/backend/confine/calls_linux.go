package confine

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// call is a system call that is denied, but where its argument number arg is one of allowed.
type call struct {
	number  uint32
	arg     int
	allowed []uint32
}

// calls lists what a helper is denied.
func calls() []call {
	self := []uint32{uint32(os.Getpid())} // it stays the same when this becomes another program
	list := []call{
		{unix.SYS_SOCKET, 0, []uint32{unix.AF_UNIX, unix.AF_NETLINK}},
		// Its own threads only: the agent runs as the same user.
		{unix.SYS_KILL, 0, self},
		{unix.SYS_TKILL, 0, self},
		{unix.SYS_TGKILL, 0, self},
		{unix.SYS_RT_SIGQUEUEINFO, 0, self},
		{unix.SYS_RT_TGSIGQUEUEINFO, 0, self},
		{unix.SYS_PRLIMIT64, 0, append([]uint32{0}, self...)},
		{unix.SYS_SCHED_SETSCHEDULER, 0, append([]uint32{0}, self...)},
		{unix.SYS_SCHED_SETPARAM, 0, append([]uint32{0}, self...)},
		{unix.SYS_SCHED_SETATTR, 0, append([]uint32{0}, self...)},
	}
	for _, number := range append([]uint32{
		unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_PIDFD_SEND_SIGNAL,
		unix.SYS_PIDFD_GETFD, unix.SYS_PROCESS_MADVISE, unix.SYS_MIGRATE_PAGES, unix.SYS_MOVE_PAGES,
		unix.SYS_SETPRIORITY, unix.SYS_IOPRIO_SET,
		// What leaves the group of processes is not found when the helper is ended.
		unix.SYS_SETSID, unix.SYS_SETPGID,
		// Ways around the rest, and what no library needs.
		unix.SYS_IO_URING_SETUP, unix.SYS_BPF, unix.SYS_USERFAULTFD, unix.SYS_PERF_EVENT_OPEN, unix.SYS_KEYCTL,
		unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY, unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_UNSHARE, unix.SYS_SETNS,
		unix.SYS_PIVOT_ROOT, unix.SYS_CHROOT,
	}, alsoDenied...) {
		list = append(list, call{number: number})
	}
	return list
}

// Where the filter finds what it looks at: struct seccomp_data.
const (
	dataNumber = 0
	dataArch   = 4
	dataArgs   = 16
	// x32 is set in the numbers of amd64's other set of calls, which nothing here uses.
	x32 = 0x40000000
)

// program returns the filter, for the kernel's interpreter of BPF.
func program(list []call) []unix.SockFilter {
	const (
		load  = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		equal = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		least = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
		end   = unix.BPF_RET | unix.BPF_K
		deny  = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
		allow = unix.SECCOMP_RET_ALLOW
	)
	p := []unix.SockFilter{
		{Code: load, K: dataArch},
		{Code: equal, K: auditArch, Jt: 1},
		{Code: end, K: deny},
		{Code: load, K: dataNumber},
		{Code: least, K: x32, Jf: 1},
		{Code: end, K: deny},
	}
	for _, c := range list {
		var block []unix.SockFilter
		if len(c.allowed) > 0 {
			block = append(block, unix.SockFilter{Code: load, K: dataArgs + 8*uint32(c.arg)})
			for _, v := range c.allowed {
				block = append(block, unix.SockFilter{Code: equal, K: v, Jf: 1}, unix.SockFilter{Code: end, K: allow})
			}
		}
		block = append(block, unix.SockFilter{Code: end, K: deny})
		p = append(p, unix.SockFilter{Code: equal, K: c.number, Jf: uint8(len(block))})
		p = append(p, block...)
	}
	return append(p, unix.SockFilter{Code: end, K: allow})
}

// filterCalls denies the calls to the calling thread and what it becomes.
func filterCalls() error {
	filter := program(calls())
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	return unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&prog)), 0, 0)
}
