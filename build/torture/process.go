package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/auscult/auscult/agent/config"
	auscult "github.com/auscult/auscult/agent/node"
)

// The torture also is what it starts: a first argument of these says what.
const (
	denyCommand   = "deny" // CALL PROGRAM ARGUMENT…: a program for which a system call fails with EIO
	nodeCommand   = "node" // --config FILE: a node whose clock is set by a file
	clockVariable = "TORTURE_CLOCK"
	spaceVariable = "TORTURE_NAMESPACE"
)

// ownSpace runs the torture again in a mount namespace of its own, where its small disks are
// nobody else's, and returns its exit code.
func ownSpace(args []string) (int, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), spaceVariable+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	if uid := os.Getuid(); uid != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWNS | syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{HostID: uid, Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
		}
	}
	told := make(chan os.Signal, 4)
	signal.Notify(told, os.Interrupt, syscall.SIGTERM) // Ctrl-C reaches both
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("a mount namespace of its own: %w", err)
	}
	go func() {
		for s := range told {
			if s == syscall.SIGTERM {
				_ = cmd.Process.Signal(s) // it may be gone
			}
		}
	}()
	_ = cmd.Wait() // the code says it
	return cmd.ProcessState.ExitCode(), nil
}

// deny becomes a program for which one system call fails with EIO, by a seccomp filter.
func deny(args []string) error {
	call, err := strconv.ParseUint(args[0], 10, 32)
	if err != nil {
		return err
	}
	runtime.LockOSThread()
	const load, equal, answer = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K,
		unix.BPF_RET | unix.BPF_K
	filter := []unix.SockFilter{
		{Code: load, K: 0}, // the number of the call
		{Code: equal, Jt: 0, Jf: 1, K: uint32(call)},
		{Code: answer, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EIO)},
		{Code: answer, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	at := uintptr(unsafe.Pointer(&program))
	if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, at, 0, 0); err != nil {
		return fmt.Errorf("seccomp: %w", err)
	}
	return syscall.Exec(args[1], args[1:], os.Environ())
}

// runNode runs a node whose clock is off by what stands in a file.
func runNode(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("want --config FILE, got %q", args)
	}
	c, err := config.Load(args[1])
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var off atomic.Int64
	read := func() {
		b, err := os.ReadFile(os.Getenv(clockVariable))
		if err != nil {
			return // it is being written
		}
		if n, err := strconv.ParseInt(string(b), 10, 64); err == nil {
			off.Store(n)
		}
	}
	read()
	go func() {
		look := time.NewTicker(50 * time.Millisecond)
		defer look.Stop()
		for range look.C {
			read()
		}
	}()
	n, err := auscult.New(auscult.Options{
		Config: c, Version: "torture", Log: slog.New(slog.NewJSONHandler(os.Stderr, nil)),
		Now: func() time.Time { return set(time.Now(), time.Duration(off.Load())) },
	})
	if err != nil {
		return err
	}
	return n.Run(ctx)
}

// set returns a reading of a clock as it would be had its wall clock been set by whole
// seconds: the monotonic reading stays, as on a real machine. No call of the standard
// library makes such a time; this is how package time holds one.
func set(t time.Time, by time.Duration) time.Time {
	changed := t
	*(*uint64)(unsafe.Pointer(&changed)) += uint64(by/time.Second) << 30
	if changed.Sub(t) != 0 || changed.Round(0).Sub(t.Round(0)) != by.Truncate(time.Second) {
		panic("torture: package time holds times otherwise: mend set")
	}
	return changed
}

// usage is what a process holds.
type usage struct{ kib, files int }

func usageOf(pid int) (usage, error) {
	folder := filepath.Join("/proc", strconv.Itoa(pid))
	names, err := os.ReadDir(filepath.Join(folder, "fd"))
	if err != nil {
		return usage{}, err
	}
	u := usage{files: len(names)}
	text, err := os.ReadFile(filepath.Join(folder, "status"))
	if err != nil {
		return usage{}, err
	}
	for _, l := range strings.Split(string(text), "\n") {
		if rest, ok := strings.CutPrefix(l, "VmRSS:"); ok {
			_, err = fmt.Sscanf(rest, "%d", &u.kib)
		}
	}
	return u, err
}

// The calls that the queue of alerts writes and syncs with.
const (
	callWrite = unix.SYS_PWRITE64
	callSync  = unix.SYS_FDATASYNC
)
