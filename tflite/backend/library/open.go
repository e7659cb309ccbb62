package library

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"
)

// shared is an open library with the functions that are needed of it.
type shared struct {
	path   string
	handle uintptr
	at     map[string]uintptr
}

// machines are the processors of libraries that this program can open.
var machines = map[string]elf.Machine{
	"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64, "arm": elf.EM_ARM, "386": elf.EM_386,
}

// errOther is what a library without the functions is.
var errOther = errors.New("it is too old or another library")

// open opens a library, by path or by a name that the loader knows, and finds functions in it.
func open(path string, functions ...string) (*shared, error) {
	if strings.Contains(path, "/") {
		if err := checkFile(path); err != nil {
			return nil, err
		}
	}
	// Lazily, since a vendor's plugin may name functions that it never calls.
	handle, err := purego.Dlopen(path, purego.RTLD_LAZY|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("open library: %w", err)
	}
	s := &shared{path: path, handle: handle, at: make(map[string]uintptr)}
	var missing []string
	for _, f := range functions {
		if !s.find(f) {
			missing = append(missing, f)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("%s: has no function %s: %w", path, strings.Join(missing, ", "), errOther)
	}
	return s, nil
}

// checkFile says what is wrong with a file in words that the loader has not.
func checkFile(path string) error {
	f, err := elf.Open(path)
	var format *elf.FormatError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: there is no such library", path)
	case errors.As(err, &format), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s: is no shared library", path)
	case err != nil:
		return err
	}
	defer func() { _ = f.Close() }()
	if want := machines[runtime.GOARCH]; f.Machine != want {
		return fmt.Errorf("%s: is for %v, and this program for %v", path, f.Machine, want)
	}
	if f.Type != elf.ET_DYN {
		return fmt.Errorf("%s: is a program or an object (%v), no shared library", path, f.Type)
	}
	return nil
}

// find looks for a function, and reports whether the library has it.
func (s *shared) find(function string) bool {
	at, err := purego.Dlsym(s.handle, function)
	if err != nil || at == 0 {
		return false
	}
	s.at[function] = at
	return true
}

// call calls a function that was found. What is returned may have rubbish above a C int's 32 bits.
func (s *shared) call(function string, args ...uintptr) uintptr {
	r, _, _ := purego.SyscallN(s.at[function], args...)
	return r
}

// pointer returns the address that C wants. Go's memory does not move; who calls keeps it alive.
func pointer[T any](p *T) uintptr { return uintptr(unsafe.Pointer(p)) }

// cString returns text as C has it, to be kept alive by the caller.
func cString(text string) *byte {
	b := append([]byte(text), 0)
	return &b[0]
}

// maxText bounds a text that a library gives.
const maxText = 512

// goString copies a text of C.
func goString(at uintptr) string {
	if at == 0 {
		return ""
	}
	var text []byte
	for i := range uintptr(maxText) {
		b := *(*byte)(*(*unsafe.Pointer)(unsafe.Pointer(&[]uintptr{at + i}[0])))
		if b == 0 {
			break
		}
		text = append(text, b)
	}
	return string(text)
}

// memory returns memory of C as bytes.
func memory(at uintptr, bytes int) []byte {
	return unsafe.Slice((*byte)(*(*unsafe.Pointer)(unsafe.Pointer(&at))), bytes)
}

// openFirst is open for a path, or for the first of names that is there where that is empty.
func openFirst(path string, names []string, functions ...string) (*shared, error) {
	if path == "" {
		var err error
		if path, err = firstOf(names); err != nil {
			return nil, err
		}
	}
	return open(path, functions...)
}

// firstOf opens the first library of a list that is there.
func firstOf(names []string) (string, error) {
	for _, name := range names {
		if !strings.Contains(name, "/") {
			if handle, err := purego.Dlopen(name, purego.RTLD_LAZY|purego.RTLD_LOCAL); err == nil {
				_ = purego.Dlclose(handle) // it is opened again
				return name, nil
			}
			continue
		}
		if _, err := os.Stat(name); err == nil {
			return name, nil
		}
	}
	return "", fmt.Errorf("none of %s is here: install one, or name it", strings.Join(names, ", "))
}
