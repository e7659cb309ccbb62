package spool

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// disk is what a Spool needs of the operating system. Tests put in its place
// one that fails, or that loses what was not synced.
type disk interface {
	open(path string) (file, error)   // for reading and writing; an empty file is made if there is none
	create(path string) (file, error) // fails if there is one
	same(path string, f file) bool    // false when the path no longer stands for f
	exists(path string) bool
	mkdir(path string) error
	remove(path string) error
	list(folder string) ([]string, error)
	syncFolder(path string) error
}

// file is an open regular file.
type file interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	size() (int64, error)
	truncate(size int64) error
	sync() error         // content and size are on the disk when it returns nil
	lock() (bool, error) // false when another program holds it
	scattered()          // from here on, blocks are used one by one
}

// system is the operating system's disk.
type system struct{}

// osFile is a file of the operating system.
type osFile struct{ *os.File }

func (system) open(path string) (file, error) {
	// Not blocking: the path may be a pipe.
	return regular(os.OpenFile(path, os.O_RDWR|os.O_CREATE|unix.O_NONBLOCK, 0o600))
}

func (system) create(path string) (file, error) {
	return regular(os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600))
}

func regular(f *os.File, err error) (file, error) {
	switch {
	case errors.Is(err, unix.EISDIR) || errors.Is(err, unix.ENXIO):
		return nil, ErrForeign
	case err != nil:
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(ErrForeign, err, f.Close())
	}
	return osFile{f}, nil
}

func (system) same(path string, f file) bool {
	mine, err := f.(osFile).Stat()
	if err != nil {
		return true // not a question of the path
	}
	there, err := os.Stat(path)
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, unix.ENOTDIR)
	}
	return os.SameFile(mine, there)
}

func (system) exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

func (system) mkdir(path string) error  { return os.Mkdir(path, 0o750) }
func (system) remove(path string) error { return os.Remove(path) }

func (system) list(folder string) (names []string, err error) {
	entries, err := os.ReadDir(folder)
	for _, e := range entries {
		if e.Type().IsRegular() {
			names = append(names, e.Name())
		}
	}
	return names, err
}

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

func (f osFile) size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (f osFile) truncate(size int64) error { return f.Truncate(size) }

// sync leaves times out, which would cost a write of the file system's journal.
func (f osFile) sync() error {
	for {
		if err := unix.Fdatasync(int(f.Fd())); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
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

// scattered has the kernel keep each block by itself: see store.blank.
func (f osFile) scattered() {
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) // advice only
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_RANDOM)
}
