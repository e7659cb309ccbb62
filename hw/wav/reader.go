package wav

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/internal/pace"
)

// Options says how a recording is played.
type Options struct {
	// Paced delivers each block when its last sample would have been taken,
	// counted from the first Read. Otherwise blocks come as fast as they are read.
	Paced bool
	// Now is the clock that gives the recording's first sample its time, at the
	// first Read; nil is time.Now. The other samples' times follow from the
	// sample rate.
	Now func() time.Time
}

// Reader is an hw.Source over a recording.
type Reader struct {
	name string
	r    io.Reader
	head Header
	pace *pace.Pacer

	raw   []byte
	next  uint64 // next sample time
	walk  Walk
	ended error // what Read returns from now on
	cut   bool
}

// rawBytes is the size of the buffer between file and block.
const rawBytes = 32 << 10

// Open opens the recording at path. The caller ends it with Halt.
func Open(path string, o Options) (*Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("wav: %w", err)
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		_ = f.Close() // nothing was written
		return nil, fmt.Errorf("wav: %s is a folder: name a file", path)
	}
	r, err := NewReader(path, f, o)
	if err != nil {
		_ = f.Close() // the header's error says more
		return nil, fmt.Errorf("%w (%s)", err, path)
	}
	return r, nil
}

// NewReader returns the recording that r yields, named name for people. Halt
// closes r if it is an io.Closer.
func NewReader(name string, r io.Reader, o Options) (*Reader, error) {
	h, err := ReadHeader(r)
	if err == nil {
		err = h.uncoded()
	}
	if err != nil {
		return nil, err
	}
	return &Reader{
		name: name,
		r:    r,
		head: h,
		pace: pace.New(h.Format.SampleRateHz, o.Paced, o.Now),
		raw:  make([]byte, rawBytes),
		walk: h.About.NewWalk(),
	}, nil
}

// String returns the recording's name.
func (r *Reader) String() string { return "wav " + r.name }

// Format returns what the blocks hold.
func (r *Reader) Format() hw.Format { return r.head.Format }

// Origin returns what the recording says of its samples.
func (r *Reader) Origin() hw.Origin { return r.head.About.Origin }

// SampleTimes returns how many sample times the header announces, or false when
// it does not say. There may be more, in further chunks.
func (r *Reader) SampleTimes() (n uint64, known bool) {
	times := r.head.Data.SampleTimes()
	return uint64(max(times, 0)), times >= 0
}

// Truncated reports, once Read has returned io.EOF, whether the recording
// ended before the announced number of samples or inside a sample time.
func (r *Reader) Truncated() bool { return r.cut }

// Halt makes Read return hw.ErrHalted and closes the file.
func (r *Reader) Halt() error {
	return r.pace.Halt(func() error {
		c, ok := r.r.(io.Closer)
		if !ok {
			return nil
		}
		if err := c.Close(); err != nil {
			return fmt.Errorf("wav: close %s: %w", r.name, err)
		}
		return nil
	})
}

// Read fills b, see hw.Source. It fills all of b unless the recording ends or samples were lost:
// those are passed over, and told as lost.
func (r *Reader) Read(ctx context.Context, b *hw.Block) error {
	if err := r.pace.Stopped(ctx); err != nil {
		return err
	}
	if r.ended != nil {
		return r.ended
	}
	channels := r.head.Format.Channels
	want := cap(b.PCM) / channels
	if want == 0 {
		return fmt.Errorf("wav: block of %d values: %d channels need at least as many", cap(b.PCM), channels)
	}
	lost, sound := r.walk.Next(r.next)
	if lost > 0 {
		if lost = r.pass(lost); r.ended != nil {
			return r.ended
		}
	}
	want = int(min(uint64(want), sound))
	if left := r.head.Data.sampleTimesLeft(); left >= 0 {
		want = int(min(int64(want), left))
	}
	if want > 0 {
		// Waiting first keeps the block in the file when the wait is cut short.
		if err := r.pace.Wait(ctx, r.next+uint64(want)); err != nil {
			return err
		}
	}
	got := r.fill(b.PCM[:want*channels])
	if got == 0 {
		if err := r.pace.Stopped(ctx); err != nil {
			return err
		}
		return r.ended
	}
	b.PCM = b.PCM[:got*channels]
	b.FirstSample = r.next
	b.Lost = lost
	b.Time = r.pace.Time(r.next)
	r.next += uint64(got)
	return nil
}

// pass passes over sample times that were lost, and returns how many there were.
func (r *Reader) pass(lost uint64) uint64 {
	size := int64(r.head.Align)
	bytes := int64(min(lost, 1<<62/uint64(size))) * size
	n, err := io.CopyN(io.Discard, r.head.Data, bytes)
	r.end(err, n%size != 0)
	r.next += uint64(n / size)
	return uint64(n / size)
}

// fill converts sample times into pcm until it is full or the recording ends,
// and returns how many there were. With 0 it has set ended.
func (r *Reader) fill(pcm []int32) int {
	channels := r.head.Format.Channels
	size := r.head.Align
	total := len(pcm) / channels
	if total == 0 {
		r.ended = io.EOF
	}
	done := 0
	for done < total && r.ended == nil {
		n := min(total-done, len(r.raw)/size)
		m, err := io.ReadFull(r.head.Data, r.raw[:n*size])
		whole := m / size
		r.head.Encoding.Decode(pcm[done*channels:], r.raw[:whole*size])
		done += whole
		r.end(err, m%size != 0)
	}
	return done
}

// end notes why there is nothing more to read, which may be inside a sample time; nil is that there is.
func (r *Reader) end(err error, inside bool) {
	switch {
	case err == nil:
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		r.ended = io.EOF
		r.cut = r.head.Data.Truncated() || inside
	default:
		r.ended = fmt.Errorf("wav: read %s: %w", r.name, err)
	}
}
