package table

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/auscult/auscult/hw"
)

// Options say what a table does not.
type Options struct {
	RateHz int // samples per second
	// Now gives the first sample its time, at the first Read; nil is time.Now.
	Now func() time.Time
}

// Reader is an hw.Source over one column.
type Reader struct {
	name    string
	open    func() (io.ReadCloser, error)
	o       Options
	columns int
	pcm     []int32
	next    int
	start   time.Time
	halted  atomic.Bool
}

// Is says whether a file's name is that of a table.
func Is(name string) bool {
	return strings.EqualFold(filepath.Ext(name), ".csv") || isArrays(name)
}

func isArrays(name string) bool { return strings.EqualFold(filepath.Ext(name), ".npz") }

// Open reads the first column of a table, named name for people, that open opens as often
// as it is called.
func Open(name string, open func() (io.ReadCloser, error), o Options) (*Reader, error) {
	if o.RateHz < 1 {
		return nil, errors.New("table: a table has no sample rate: say which")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	r := &Reader{name: name, open: open, o: o}
	return r, r.read(0)
}

func (r *Reader) read(column int) error {
	f, err := r.open()
	if err != nil {
		return fmt.Errorf("table: %w", err)
	}
	defer f.Close() //nolint:errcheck // closing what was only read cannot lose anything
	if isArrays(r.name) {
		r.pcm, r.columns, err = readArrays(f, column, r.o.RateHz)
	} else {
		r.pcm, r.columns, err = readTable(f, column)
	}
	if err != nil {
		return fmt.Errorf("table: %w", err)
	}
	return nil
}

// Columns returns how many there are.
func (r *Reader) Columns() int { return r.columns }

// Choose reads another column, from 0. It is called before the first Read.
func (r *Reader) Choose(column int) error {
	if column == 0 {
		return nil
	}
	return r.read(column)
}

// String names the table.
func (r *Reader) String() string { return "table " + r.name }

// Format returns what the blocks hold.
func (r *Reader) Format() hw.Format {
	return hw.Format{SampleRateHz: r.o.RateHz, Channels: 1, BitsPerSample: tableBits}
}

// SampleTimes returns how many there are.
func (r *Reader) SampleTimes() (n uint64, known bool) { return uint64(len(r.pcm)), true }

// Truncated says that a table is whole.
func (r *Reader) Truncated() bool { return false }

// Notes has nothing to say.
func (r *Reader) Notes() []string { return nil }

// Halt ends the source.
func (r *Reader) Halt() error {
	r.halted.Store(true)
	return nil
}

// Read gives the next samples, see hw.Source.
func (r *Reader) Read(ctx context.Context, b *hw.Block) error {
	switch {
	case r.halted.Load():
		return hw.ErrHalted
	case ctx.Err() != nil:
		return ctx.Err()
	case r.next == len(r.pcm):
		return io.EOF
	case cap(b.PCM) == 0:
		return errors.New("table: block of 0 values")
	}
	if r.next == 0 {
		r.start = r.o.Now()
	}
	b.PCM = b.PCM[:cap(b.PCM)]
	n := copy(b.PCM, r.pcm[r.next:])
	b.PCM, b.Lost, b.FirstSample = b.PCM[:n], 0, uint64(r.next)
	b.Time = r.start.Add(time.Duration(r.next) * time.Second / time.Duration(r.o.RateHz))
	r.next += n
	return nil
}
