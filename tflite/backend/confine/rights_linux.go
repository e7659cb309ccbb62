package confine

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// name is how a program is called when it is to become another.
const name = "auscult-confine"

// Wrap returns the command line, by its path and arguments, that runs another with these rights.
func (r *Rights) Wrap(path string, argv []string) (wrapped string, args []string, err error) {
	text, err := json.Marshal(r)
	if err != nil {
		return "", nil, fmt.Errorf("confine: %w", err)
	}
	return "/proc/self/exe", append([]string{name, string(text), path}, argv...), nil
}

// Main becomes the program that Wrap was told, and does not return then. It returns nil where this program was
// started as itself, and an error where it could not become the other: the caller is to end then.
func Main() error {
	if len(os.Args) < 4 || os.Args[0] != name {
		return nil
	}
	var r Rights
	if err := json.Unmarshal([]byte(os.Args[1]), &r); err != nil {
		return fmt.Errorf("confine: %w", err)
	}
	// Filters and no_new_privs are a thread's own until it becomes the other program.
	runtime.LockOSThread()
	if err := r.giveUp(); err != nil {
		return fmt.Errorf("confine: %w", err)
	}
	signal.Reset()
	path := os.Args[2]
	if err := syscall.Exec(path, os.Args[3:], os.Environ()); err != nil {
		return fmt.Errorf("start %s: %w", path, err)
	}
	return nil
}

// Bounds of a helper.
const (
	maxFiles     = 512
	maxFileBytes = 64 << 20
)

// giveUp takes the rights away from the calling thread.
func (r *Rights) giveUp() error {
	limits := map[int]uint64{unix.RLIMIT_CORE: 0, unix.RLIMIT_NOFILE: maxFiles, unix.RLIMIT_FSIZE: maxFileBytes}
	if r.MemoryBytes > 0 {
		limits[unix.RLIMIT_DATA] = r.MemoryBytes
	}
	for what, most := range limits {
		var now unix.Rlimit
		if err := unix.Getrlimit(what, &now); err != nil {
			return fmt.Errorf("getrlimit %d: %w", what, err)
		}
		most = min(most, now.Max)
		if err := unix.Setrlimit(what, &unix.Rlimit{Cur: most, Max: most}); err != nil {
			return fmt.Errorf("setrlimit %d: %w", what, err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no_new_privs: %w", err)
	}
	if err := restrictFiles(r.Hide); err != nil && !absent(err) {
		return fmt.Errorf("landlock: %w", err)
	}
	if err := filterCalls(); err != nil && !absent(err) {
		return fmt.Errorf("seccomp: %w", err)
	}
	return nil
}

// absent reports whether an error means that the kernel does not offer something.
func absent(err error) bool {
	return errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EINVAL)
}

// Missing names what this kernel does not offer, so that a helper keeps rights that it needs not.
func Missing() []string {
	var missing []string
	if landlockVersion() < 1 {
		missing = append(missing, "landlock")
	}
	if err := unix.Prctl(unix.PR_GET_SECCOMP, 0, 0, 0, 0); err != nil {
		missing = append(missing, "seccomp")
	}
	return missing
}
