package recording

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/wav"
	"github.com/auscult/auscult/training/recording/table"
)

// Options say what a recording does not.
type Options struct {
	// Now gives the first sample its time, at the first Read; nil is time.Now. The others'
	// times follow from the sample rate.
	Now func() time.Time
	// TableRateHz is the sample rate of a table that does not have one.
	TableRateHz int
}

// Opener opens a recording's bytes from their beginning. It may be called again, to read
// them twice, as long as the recording is in use.
type Opener func() (io.ReadCloser, error)

// content is what a container's reader gives. An hw.Source that knows how it ended.
type content interface {
	hw.Source
	// SampleTimes returns how many the header announces, or false when it does not say.
	SampleTimes() (n uint64, known bool)
	// Truncated and Notes are Recording's.
	Truncated() bool
	Notes() []string
}

// chooser is content that leaves other channels out by itself.
type chooser interface {
	Choose(channel int) error
}

// Recording is an hw.Source over a recording.
type Recording struct {
	content
	name     string
	channels int
	chosen   int // channel to deliver alone, -1: all
	all      hw.Block
}

// Open opens the recording that open yields, named name for people. The caller ends it with
// Halt.
func Open(name string, open Opener, o Options) (*Recording, error) {
	if table.Is(name) {
		t, err := table.Open(name, open, table.Options{DefaultRateHz: float64(o.TableRateHz), Now: o.Now})
		if err != nil {
			return nil, err
		}
		return &Recording{content: t, name: name, channels: t.Columns(), chosen: -1}, nil
	}
	f, err := open()
	if err != nil {
		return nil, fmt.Errorf("recording: %w", err)
	}
	c, err := openContent(name, f, o)
	if err != nil {
		_ = f.Close() // the header's error says more
		return nil, err
	}
	return &Recording{content: c, name: name, channels: c.Format().Channels, chosen: -1}, nil
}

// OpenFile opens the recording at path.
func OpenFile(path string, o Options) (*Recording, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("recording: %w", err)
	case info.IsDir():
		return nil, fmt.Errorf("recording: %s is a folder: name a file", path)
	}
	return Open(path, func() (io.ReadCloser, error) { return os.Open(path) }, o)
}

// buffered reads through a buffer and closes what is behind it.
type buffered struct {
	*bufio.Reader
	io.Closer
}

// openContent chooses the reader by the first bytes.
func openContent(name string, f io.ReadCloser, o Options) (content, error) {
	r := buffered{bufio.NewReaderSize(f, 64<<10), f}
	w, err := wav.NewReader(name, r, wav.Options{Now: o.Now})
	if err != nil {
		return nil, err
	}
	return waves{w}, nil
}

// waves is a WAV file as content.
type waves struct{ *wav.Reader }

// Notes is content's.
func (w waves) Notes() []string { return nil }

// Channels returns how many channels the recording has, whether one is chosen or not.
func (r *Recording) Channels() int { return r.channels }

// Choose makes the recording deliver one channel alone, from 0. It is called before the
// first Read.
func (r *Recording) Choose(channel int) error {
	if channel < 0 || channel >= r.channels {
		return fmt.Errorf("recording: has channels 0 to %d, not %d", r.channels-1, channel)
	}
	if c, ok := r.content.(chooser); ok {
		return c.Choose(channel)
	}
	r.chosen = channel
	return nil
}

// String returns the recording's name.
func (r *Recording) String() string { return "recording " + r.name }

// Format returns what the blocks hold.
func (r *Recording) Format() hw.Format {
	f := r.content.Format()
	if r.chosen >= 0 {
		f.Channels = 1
	}
	return f
}

// Read fills b, see hw.Source.
func (r *Recording) Read(ctx context.Context, b *hw.Block) error {
	if r.chosen < 0 || r.channels == 1 {
		return r.content.Read(ctx, b)
	}
	want := cap(b.PCM)
	if want == 0 {
		return errors.New("recording: block of 0 values")
	}
	if n := want * r.channels; cap(r.all.PCM) != n {
		r.all.PCM = make([]int32, n)
	}
	if err := r.content.Read(ctx, &r.all); err != nil {
		return err
	}
	pcm := b.PCM[:len(r.all.PCM)/r.channels]
	for i := range pcm {
		pcm[i] = r.all.PCM[i*r.channels+r.chosen]
	}
	b.PCM, b.FirstSample, b.Lost, b.Time = pcm, r.all.FirstSample, r.all.Lost, r.all.Time
	return nil
}

// Notes says, once Read has returned io.EOF, what a listener should know of the samples, a
// line each.
func (r *Recording) Notes() []string {
	var notes []string
	if r.Truncated() {
		notes = append(notes, "the recording is cut off; what there is of it is used")
	}
	return append(notes, r.content.Notes()...)
}
