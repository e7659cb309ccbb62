package confine

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Sets of Landlock's rights.
const (
	toRead = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR
	toUse  = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR |
		unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
)

// handled are the rights that a version of Landlock knows, all of which are taken away but where a rule gives them.
func handled(version int) unix.LandlockRulesetAttr {
	const first = unix.LANDLOCK_ACCESS_FS_MAKE_SYM<<1 - 1
	a := unix.LandlockRulesetAttr{Handled_access_fs: first}
	if version >= 2 {
		a.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_REFER
	}
	if version >= 3 {
		a.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if version >= 4 {
		a.Handled_access_net = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
	}
	if version >= 5 {
		a.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	if version >= 6 {
		a.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
	}
	return a
}

// landlockVersion returns the kernel's, 0 for none.
func landlockVersion() int {
	version, _, err := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if err != 0 {
		return 0
	}
	return int(version)
}

// rules is a set of Landlock's rules in the making.
type rules struct {
	fd   int
	all  uint64 // rights that this kernel knows
	hide []string
}

// restrictFiles lets the calling thread read everything but the hidden folders, and write to devices only.
func restrictFiles(hide []string) error {
	version := landlockVersion()
	if version < 1 {
		return unix.ENOSYS
	}
	a := handled(version)
	size := unsafe.Sizeof(a.Handled_access_fs) // of version 1; later kernels take more
	if version >= 4 {
		size += unsafe.Sizeof(a.Handled_access_net)
	}
	if version >= 6 {
		size += unsafe.Sizeof(a.Scoped)
	}
	fd, _, err := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&a)), size, 0)
	if err != 0 {
		return err
	}
	r := &rules{fd: int(fd), all: a.Handled_access_fs}
	defer func() { _ = unix.Close(r.fd) }()
	for _, h := range hide {
		if target, err := filepath.EvalSymlinks(h); err == nil {
			h = target
		}
		if h = filepath.Clean(h); filepath.IsAbs(h) && h != "/" {
			r.hide = append(r.hide, h)
		}
	}
	if err := errors.Join(r.show("/"), r.devices("/dev")); err != nil {
		return err
	}
	if _, _, err := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, fd, 0, 0); err != 0 {
		return err
	}
	return nil
}

// show gives the right to read a folder but for what is hidden in it: Landlock knows no exceptions, so where
// something in it is hidden, everything else gets a rule of its own.
func (r *rules) show(folder string) error {
	whole := true
	for _, h := range r.hide {
		if folder == h {
			return nil
		}
		if folder == "/" || strings.HasPrefix(h, folder+"/") {
			whole = false
		}
	}
	if whole {
		return r.allow(folder, toRead)
	}
	inside, err := os.ReadDir(folder)
	if err != nil {
		return nil // it may not be read anyway
	}
	for _, e := range inside {
		// A link leads to what has a rule of its own, or to what is hidden.
		if e.Type()&os.ModeSymlink != 0 {
			continue
		}
		if err := r.show(filepath.Join(folder, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// devices gives the right to use what is in /dev but for memory that programs share by name.
func (r *rules) devices(folder string) error {
	inside, err := os.ReadDir(folder)
	if err != nil {
		return nil // no devices
	}
	for _, e := range inside {
		if e.Name() == "shm" || e.Name() == "mqueue" || e.Type()&os.ModeSymlink != 0 {
			continue
		}
		if err := r.allow(filepath.Join(folder, e.Name()), toUse); err != nil {
			return err
		}
	}
	return nil
}

// allow gives a right to a file or a folder and all below it.
func (r *rules) allow(path string, access uint64) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil // gone, or not to be had: no right is lost
	}
	defer func() { _ = unix.Close(fd) }()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR {
		access &^= unix.LANDLOCK_ACCESS_FS_READ_DIR
	}
	rule := unix.LandlockPathBeneathAttr{Allowed_access: access & r.all, Parent_fd: int32(fd)}
	if _, _, err := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(r.fd), unix.LANDLOCK_RULE_PATH_BENEATH,
		uintptr(unsafe.Pointer(&rule)), 0, 0, 0); err != 0 {
		return err
	}
	return nil
}
