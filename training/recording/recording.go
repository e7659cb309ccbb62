package recording

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/training/recording/table"
)

// Options say what a recording does not.
type Options struct {
	// Now gives the first sample its time, at the first Read; nil is time.Now. The others'
	// times follow from the sample rate.
	Now func() time.Time
	// Table says what a table does not.
	Table table.Options
}

// Opener opens a recording's bytes from their beginning. It may be called again, to read
// them twice, as long as the recording is in use. What it returns may have a method Stat, as
// *os.File does, which tells the size.
type Opener func() (io.ReadCloser, error)

// content is what a container's reader gives. An hw.Source that knows how it ended.
type content interface {
	hw.Source
	// SampleTimes returns how many the header announces, or false when it does not say.
	SampleTimes() (n uint64, known bool)
	// Choose, Truncated and Notes are Recording's.
	Choose(channel int) error
	Truncated() bool
	Notes() []string
}

// Recording is an hw.Source over a recording.
type Recording struct {
	content
	channels int
	part     *part // nil: all of it
}

// Open opens the recording that open yields, named name for people. The caller ends it with
// Halt.
func Open(name string, open Opener, o Options) (*Recording, error) {
	if table.Is(name) || table.MayBe(name) {
		o.Table.Now = o.Now
		t, err := table.Open(name, open, o.Table)
		if err != nil {
			return nil, err
		}
		return &Recording{content: t, channels: t.Columns()}, nil
	}
	c, err := openSound(open)
	if err != nil {
		return nil, err
	}
	p := newPlayer(name, c, o.Now)
	if err := p.rescale(open); err != nil {
		_ = c.Close() // it was only read
		c.leave()
		return nil, err
	}
	return &Recording{content: p, channels: c.format().Channels}, nil
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
	opened := false
	return Open(path, func() (io.ReadCloser, error) {
		if opened && !info.Mode().IsRegular() {
			return nil, errOnce
		}
		opened = true
		return os.Open(path)
	}, o)
}

// Channels returns how many channels the recording has, whether one is chosen or not.
func (r *Recording) Channels() int { return r.channels }

// Origin returns what the recording says of its samples.
func (r *Recording) Origin() hw.Origin { return hw.OriginOf(r.content) }

// Choose makes the recording deliver one channel alone, from 0. It is called before the
// first Read.
func (r *Recording) Choose(channel int) error {
	if channel < 0 || channel >= r.channels {
		if r.channels == 1 {
			return fmt.Errorf("recording: has one channel, not channels up to %d: choose 0", channel)
		}
		return fmt.Errorf("recording: has channels 0 to %d, not %d", r.channels-1, channel)
	}
	return r.content.Choose(channel)
}

// Notes says, once Read has returned io.EOF, what a listener should know of the samples, a
// line each.
func (r *Recording) Notes() []string { return r.content.Notes() }

// Oddities counts the samples that were delivered, or passed over, so far.
func (r *Recording) Oddities() Oddities {
	if p, ok := r.content.(*player); ok {
		return p.count
	}
	return Oddities{}
}
