package main

import (
	"archive/tar"
	"archive/zip"
	"compress/flate"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// archive packs a folder, whose own name begins all names in it.
func archive(at time.Time, args []string) error {
	if len(args) != 2 {
		return errUsage
	}
	folder, target := filepath.Clean(args[0]), args[1]
	pack := gzipped
	switch {
	case strings.HasSuffix(target, ".zip"):
		pack = zipped
	case !strings.HasSuffix(target, ".tar.gz"):
		return fmt.Errorf("%s: the name must end in .tar.gz or .zip", target)
	}
	return write(target, func(f *os.File) error { return pack(f, folder, at) })
}

// entry is a file or folder of an archive.
type entry struct {
	path, name string // on the disk, in the archive
	info       fs.FileInfo
}

// mode leaves of a file's rights whether it can be run: the rest is the building machine's umask.
func (e *entry) mode() fs.FileMode {
	if e.info.IsDir() || e.info.Mode()&0o100 != 0 {
		return 0o755
	}
	return 0o644
}

// entries lists a folder in order of names.
func entries(folder, prefix string) ([]entry, error) {
	var list []entry
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if !info.IsDir() && !info.Mode().IsRegular() {
			return fmt.Errorf("%s is neither file nor folder", path)
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		list = append(list, entry{path, filepath.ToSlash(filepath.Join(prefix, name)), info})
		return nil
	})
	return list, err
}

// copyOf writes a file's content.
func copyOf(w io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // nothing was written
	_, err = io.Copy(w, f)
	return err
}

// stateFolder is where the daemon of an image writes, as imageUser: a volume takes its owner over.
const (
	stateFolder = "var/lib/auscult"
	imageUser   = 64297
)

// tarEntries writes entries as tar has them.
func tarEntries(w io.Writer, list []entry, at time.Time) error {
	t := tar.NewWriter(w)
	for i := range list {
		e := &list[i]
		h := &tar.Header{
			Typeflag: tar.TypeReg, Name: e.name, Size: e.info.Size(), Mode: int64(e.mode()), ModTime: at,
			Uname: "root", Gname: "root", Format: tar.FormatPAX,
		}
		if e.info.IsDir() {
			h.Typeflag, h.Name, h.Size = tar.TypeDir, e.name+"/", 0
		}
		if e.name == stateFolder {
			h.Uid, h.Gid, h.Uname, h.Gname = imageUser, imageUser, "", ""
		}
		if err := t.WriteHeader(h); err != nil {
			return err
		}
		if !e.info.IsDir() {
			if err := copyOf(t, e.path); err != nil {
				return err
			}
		}
	}
	return t.Close()
}

func gzipped(w io.Writer, folder string, at time.Time) error {
	list, err := entries(folder, filepath.Base(folder))
	if err != nil {
		return err
	}
	z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	if err := tarEntries(z, list, at); err != nil {
		return err
	}
	return z.Close()
}

func zipped(w io.Writer, folder string, at time.Time) error {
	list, err := entries(folder, filepath.Base(folder))
	if err != nil {
		return err
	}
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestCompression)
	})
	for i := range list {
		e := &list[i]
		if e.info.IsDir() {
			continue
		}
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate, Modified: at}
		h.SetMode(e.mode())
		f, err := z.CreateHeader(h)
		if err != nil {
			return err
		}
		if err := copyOf(f, e.path); err != nil {
			return err
		}
	}
	return z.Close()
}
