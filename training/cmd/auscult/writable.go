package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/auscult/auscult/training/dataset"
)

// output is a file or folder that a command is going to write. What cannot be written is said
// before the work: after hours of training it is too late.
type output struct {
	flag   string // as users give it
	path   string // "": it is not wanted
	folder bool   // that is made where it is missing
	bytes  uint64 // to be written, about; 0: not much
	ending string // of such files, for an example
}

// roomy is the least space that a disk must have, for what is small.
const roomy = 1 << 20

// input is what a command reads, by the flag that names it. A folder's files are inputs too.
type input struct{ flag, path string }

// writable returns nil when all that a command is to write can be written, and is nothing that it
// reads.
func writable(command string, inputs []input, outputs ...output) error {
	for i := range outputs {
		o := &outputs[i]
		if o.path == "" {
			continue
		}
		err := o.check()
		if err == nil {
			err = o.apart(inputs, outputs[:i])
		}
		if err != nil {
			return fmt.Errorf("%s: %s: %s cannot be written: %w", command, o.flag, o.path, err)
		}
	}
	return nil
}

// check looks at where the output is going to be.
func (o *output) check() error {
	info, err := os.Stat(o.path)
	switch {
	case err == nil && o.folder && !info.IsDir():
		return errors.New("it is a file: name a folder")
	case err == nil && !o.folder && info.IsDir():
		return fmt.Errorf("it is a folder: name a file, as %s", filepath.Join(o.path, "name"+o.ending))
	case err == nil && !o.folder && !info.Mode().IsRegular():
		return errors.New("it is a device or pipe: name a file")
	case err == nil || errors.Is(err, fs.ErrNotExist):
	default:
		return reason(err)
	}
	in := filepath.Dir(o.path)
	if o.folder {
		in = nearest(o.path)
	}
	if info, err := os.Stat(in); err == nil && !info.IsDir() {
		return fmt.Errorf("%s is a file, not a folder", in)
	}
	f, err := os.CreateTemp(in, ".auscult-")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: make the folder first, with mkdir -p %s", reason(err), in)
	case err != nil:
		return fmt.Errorf("%w in the folder %s", reason(err), in)
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		return err
	}
	return o.fits(in, dataset.FreeBytes)
}

// fits says when the disk is too full.
func (o *output) fits(folder string, free func(folder string) (n uint64, known bool)) error {
	need := max(o.bytes, roomy)
	if n, known := free(folder); known && n < need {
		return fmt.Errorf("no space left: %s has %s free, and %s are needed", folder, size(n), size(need))
	}
	return nil
}

// apart says when an output is one of the inputs, or an output before it.
func (o *output) apart(inputs []input, before []output) error {
	for _, in := range inputs {
		switch {
		case in.path == "":
		case same(in.path, o.path):
			return fmt.Errorf("it is what %s names, and would be lost: name another file", in.flag)
		case !o.folder && isClipIn(in.path, o.path):
			return fmt.Errorf("it is one of the recordings in %s, and would be lost: name another file", in.path)
		}
	}
	for _, b := range before {
		if b.path != "" && same(b.path, o.path) {
			return fmt.Errorf("%s names the same file", b.flag)
		}
	}
	return nil
}

// isClipIn says whether a file that is there lies in a folder and is no model, page or the like
// of ours, which people keep beside their recordings.
func isClipIn(folder, file string) bool {
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return false
	}
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
		return false
	}
	rel, err := filepath.Rel(folder, file)
	if err != nil || strings.HasPrefix(rel, "..") {
		return false
	}
	ending := strings.ToLower(filepath.Ext(file))
	return ending != ".tflite" && ending != ".html"
}

// same says whether two names are those of one file, which need not be there.
func same(a, b string) bool {
	if infoA, err := os.Stat(a); err == nil {
		if infoB, err := os.Stat(b); err == nil {
			return os.SameFile(infoA, infoB)
		}
		return false
	}
	return filepath.Clean(a) == filepath.Clean(b)
}

// nearest returns the folder, there already, in which a path is going to be made.
func nearest(path string) string {
	for {
		if _, err := os.Stat(path); err == nil || path == filepath.Dir(path) {
			return path
		}
		path = filepath.Dir(path)
	}
}

// reason returns why, without the name of the file that was tried.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// size writes a number of bytes as people say it.
func size(n uint64) string {
	switch {
	case n < 1<<20:
		return fmt.Sprintf("%d KiB", n>>10)
	case n < 10<<30:
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d GiB", n>>30)
}
