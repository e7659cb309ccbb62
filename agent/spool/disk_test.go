package spool

import (
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// fakeDisk is a file system in memory. It notes what changes it.
type fakeDisk struct {
	names   map[string]*fakeFile
	folders map[string]bool
	log     []change
	made    int                // files, ever
	fail    func(change) error // nil: nothing fails
}

// change is one step that changes a disk.
type change struct {
	kind  kind
	file  int    // of write, cut and sync: which file; of create: the new one
	path  string // of create, mkdir, remove and syncFolder
	at    int64  // of write; of cut the new size
	bytes []byte // of write
}

type kind int

const (
	write kind = iota
	cut
	syncFile
	create
	mkdir
	remove
	syncFolder
)

func newFakeDisk() *fakeDisk {
	return &fakeDisk{names: map[string]*fakeFile{}, folders: map[string]bool{"/": true}}
}

// put makes a file with content, as if it had always been there.
func (d *fakeDisk) put(path string, content []byte) {
	d.made++
	d.names[path] = &fakeFile{disk: d, id: d.made, content: slices.Clone(content)}
	for dir := filepath.Dir(path); dir != "/"; dir = filepath.Dir(dir) {
		d.folders[dir] = true
	}
}

func (d *fakeDisk) note(c change) error {
	if d.fail != nil {
		if err := d.fail(c); err != nil {
			return err
		}
	}
	d.log = append(d.log, c)
	return nil
}

func (d *fakeDisk) open(path string) (file, error) {
	if f := d.names[path]; f != nil {
		return &fakeHandle{fakeFile: f}, nil
	}
	return d.create(path)
}

func (d *fakeDisk) create(path string) (file, error) {
	switch {
	case d.names[path] != nil:
		return nil, fs.ErrExist
	case !d.folders[filepath.Dir(path)]:
		return nil, fs.ErrNotExist
	}
	if err := d.note(change{kind: create, file: d.made + 1, path: path}); err != nil {
		return nil, err
	}
	d.made++
	d.names[path] = &fakeFile{disk: d, id: d.made}
	return &fakeHandle{fakeFile: d.names[path]}, nil
}

func (d *fakeDisk) same(path string, f file) bool { return d.names[path] == f.(*fakeHandle).fakeFile }
func (d *fakeDisk) exists(path string) bool       { return d.folders[path] || d.names[path] != nil }

func (d *fakeDisk) mkdir(path string) error {
	if !d.folders[filepath.Dir(path)] {
		return fs.ErrNotExist
	}
	if err := d.note(change{kind: mkdir, path: path}); err != nil {
		return err
	}
	d.folders[path] = true
	return nil
}

func (d *fakeDisk) remove(path string) error {
	if d.names[path] == nil {
		return fs.ErrNotExist
	}
	if err := d.note(change{kind: remove, path: path}); err != nil {
		return err
	}
	delete(d.names, path)
	return nil
}

func (d *fakeDisk) list(folder string) (names []string, err error) {
	for name := range d.names {
		if rest, ok := strings.CutPrefix(name, folder+"/"); ok && !strings.Contains(rest, "/") {
			names = append(names, rest)
		}
	}
	return names, nil
}

func (d *fakeDisk) syncFolder(path string) error {
	if !d.folders[path] {
		return fs.ErrNotExist
	}
	return d.note(change{kind: syncFolder, path: path})
}

// fakeFile is a file of a fakeDisk.
type fakeFile struct {
	disk    *fakeDisk
	id      int
	content []byte
	holder  *fakeHandle // who has locked it
}

// fakeHandle is an open fakeFile.
type fakeHandle struct{ *fakeFile }

func (f *fakeHandle) ReadAt(b []byte, at int64) (int, error) {
	if at >= int64(len(f.content)) {
		return 0, io.EOF
	}
	n := copy(b, f.content[at:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (f *fakeHandle) WriteAt(b []byte, at int64) (int, error) {
	if err := f.disk.note(change{kind: write, file: f.id, at: at, bytes: slices.Clone(b)}); err != nil {
		return 0, err
	}
	f.content = resize(f.content, max(int64(len(f.content)), at+int64(len(b))))
	return copy(f.content[at:], b), nil
}

func (f *fakeHandle) truncate(size int64) error {
	if err := f.disk.note(change{kind: cut, file: f.id, at: size}); err != nil {
		return err
	}
	f.content = resize(f.content, size)
	return nil
}

func (f *fakeHandle) Close() error {
	if f.holder == f {
		f.holder = nil
	}
	return nil
}

func (f *fakeHandle) size() (int64, error) { return int64(len(f.content)), nil }
func (f *fakeHandle) sync() error          { return f.disk.note(change{kind: syncFile, file: f.id}) }
func (f *fakeHandle) scattered()           {}
func (f *fakeHandle) reserve(int64)        {}

func (f *fakeHandle) lock() (bool, error) {
	if f.holder != nil && f.holder != f {
		return false, nil
	}
	f.holder = f
	return true, nil
}

// resize makes b n bytes long; what is new is zero.
func resize(b []byte, n int64) []byte {
	if grow := n - int64(len(b)); grow > 0 {
		return append(b, make([]byte, grow)...)
	}
	return b[:n]
}

// String helps to read a test that failed.
func (c change) String() string {
	name := [...]string{"write", "cut", "sync", "create", "mkdir", "remove", "syncFolder"}[c.kind]
	return fmt.Sprintf("%s file %d %s at %d, %d bytes", name, c.file, c.path, c.at, len(c.bytes))
}
