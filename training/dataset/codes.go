package dataset

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
)

// Limits of what features take of the memory, whatever the sound's length and the number of
// workers.
const (
	// ResidentCodes is the most bytes of all clips' codes together that stay in memory; what is
	// beyond them lies in files.
	ResidentCodes = 24 << 20
	clipBuffer    = 1 << 20 // of one clip; a longer one goes to a file
)

// codes are the codes of a clip's frames, in memory or in a file.
type codes struct {
	resident []byte
	file     *spill
	at       int64 // in file
}

// read fills dst with codes from one on.
func (c codes) read(from int, dst []byte) {
	if c.file == nil {
		copy(dst, c.resident[from:])
		return
	}
	c.file.read(c.at+int64(from), dst)
}

// after returns the codes without the first n.
func (c codes) after(n int) codes {
	if c.file == nil {
		c.resident = c.resident[n:]
	}
	c.at += int64(n)
	return c
}

// store keeps the codes of many clips: in memory as far as there is room, the others in a
// temporary file for each worker, which has no name any more and so goes with the process.
type store struct {
	room   atomic.Int64
	create func() (tempFile, error) // nil: TempFile
	needs  int64                    // bytes of all codes, about; 0: nobody knows
	mu     sync.Mutex
	files  []*spill
}

// tempFile is what is used of a file.
type tempFile interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
}

func newStore() *store {
	s := &store{}
	s.room.Store(ResidentCodes)
	return s
}

// close gives the temporary files' space back.
func (s *store) close() error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, f := range s.files {
		errs = append(errs, f.close())
	}
	s.files = nil
	return errors.Join(errs...)
}

// onDisk returns how much lies in temporary files, and where.
func (s *store) onDisk() (bytes int64, folder string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.files {
		bytes, folder = bytes+f.end, f.dir
	}
	return bytes, folder
}

// err returns why codes could not be read back, if that ever happened.
func (s *store) err() error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.files {
		if err := f.failed.Load(); err != nil {
			return fmt.Errorf("dataset: features in a temporary file of %s: %w", f.dir, *err)
		}
	}
	return nil
}

// check says beforehand when what does not stay in memory will not fit onto the disk.
func (s *store) check(free func(folder string) (n uint64, known bool)) error {
	spilled := s.needs - s.room.Load()
	if spilled <= 0 {
		return nil
	}
	dir := tempDir()
	if n, known := free(dir); known && n < uint64(spilled) {
		return fmt.Errorf("dataset: the features of so much sound take some %.0f MB of temporary files, and %s has %.0f MB free: %s",
			math.Ceil(float64(spilled)/1e6), dir, math.Floor(float64(n)/1e6), otherTemp)
	}
	return nil
}

// otherTemp says where else temporary files may lie.
const otherTemp = "name a folder with that as TMPDIR (TMPDIR=/mnt/disk auscult …)"

// spill is a temporary file of one worker.
type spill struct {
	dir    string
	f      tempFile
	end    int64
	needs  int64 // of all such files, about; 0: nobody knows
	failed atomic.Pointer[error]
}

func (s *store) newSpill() (*spill, error) {
	dir := tempDir()
	create := s.create
	if create == nil {
		create = func() (tempFile, error) { return TempFile() }
	}
	f, err := create()
	if err != nil {
		return nil, err
	}
	file := &spill{dir: dir, f: f, needs: s.needs}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files = append(s.files, file)
	return file, nil
}

// TempFile returns a new file for what does not fit into the memory. It has no name, and so is
// gone when the process is, however that ends.
func TempFile() (*os.File, error) {
	f, err := os.CreateTemp(tempDir(), ".auscult-")
	if err != nil {
		return nil, fmt.Errorf("a temporary file is needed: %w: name a folder that can be written as TMPDIR", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// tempDir returns where large temporary files go: /tmp often is memory.
func tempDir() string {
	const onDisk = "/var/tmp"
	if os.Getenv("TMPDIR") == "" {
		if info, err := os.Stat(onDisk); err == nil && info.IsDir() {
			return onDisk
		}
	}
	return os.TempDir()
}

func (s *spill) close() error { return s.f.Close() }

func (s *spill) read(at int64, dst []byte) {
	if _, err := s.f.ReadAt(dst, at); err != nil && !errors.Is(err, io.EOF) {
		s.failed.CompareAndSwap(nil, &err)
	}
}

// append writes data at the end.
func (s *spill) append(data []byte) error {
	n, err := s.f.WriteAt(data, s.end)
	s.end += int64(n)
	switch {
	case errors.Is(err, syscall.ENOSPC):
		need := "more than they have"
		if s.needs > 0 {
			need = fmt.Sprintf("some %.0f MB in all", math.Ceil(float64(s.needs)/1e6))
		}
		return fmt.Errorf("dataset: no space is left in %s for the features of so much sound, which take %s: "+
			"%s: %w", s.dir, need, otherTemp, err)
	case err != nil:
		return fmt.Errorf("dataset: temporary file in %s: %w", s.dir, err)
	}
	return nil
}

// codeWriter takes the codes of one clip after the other.
type codeWriter struct {
	store  *store
	file   *spill // nil until it is needed
	buffer []byte
	begin  int64 // of the present clip in file
	length int64
}

// reset begins a clip.
func (w *codeWriter) reset() {
	w.buffer, w.length = w.buffer[:0], 0
	if w.file != nil {
		w.begin = w.file.end
	}
}

// write takes a frame.
func (w *codeWriter) write(frame []int8) error {
	for _, c := range frame {
		w.buffer = append(w.buffer, byte(c))
	}
	return w.filled(len(frame))
}

// filled counts what was put into the buffer.
func (w *codeWriter) filled(n int) error {
	w.length += int64(n)
	if len(w.buffer) < clipBuffer {
		return nil
	}
	return w.flush()
}

// flush moves the buffer to the file.
func (w *codeWriter) flush() (err error) {
	if w.file == nil {
		if w.file, err = w.store.newSpill(); err != nil {
			return err
		}
		w.begin = w.file.end
	}
	err = w.file.append(w.buffer)
	w.buffer = w.buffer[:0]
	return err
}

// done ends a clip and returns its codes.
func (w *codeWriter) done() (codes, error) {
	if n := int64(len(w.buffer)); n == w.length {
		if w.store.room.Add(-n) >= 0 {
			return codes{resident: append(make([]byte, 0, n), w.buffer...)}, nil
		}
		w.store.room.Add(n)
	}
	if err := w.flush(); err != nil {
		return codes{}, err
	}
	return codes{file: w.file, at: w.begin}, nil
}
