package spool

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
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
	reserve(bytes int64) // has the disk keep room for so many, as far as it can
}

// system is the operating system's disk.
type system struct{}

// osFile is a file of the operating system.
type osFile struct{ *os.File }

func (system) open(path string) (file, error) {
	// Not blocking: the path may be a pipe.
	return regular(os.OpenFile(path, os.O_RDWR|os.O_CREATE|notBlocking, 0o600))
}

func (system) create(path string) (file, error) {
	return regular(os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600))
}

func regular(f *os.File, err error) (file, error) {
	switch {
	case errors.Is(err, syscall.EISDIR) || errors.Is(err, syscall.ENXIO):
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
		return !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR)
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

func (f osFile) size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (f osFile) truncate(size int64) error { return f.Truncate(size) }
