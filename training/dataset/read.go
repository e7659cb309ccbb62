package dataset

import (
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"slices"
	"time"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/training/dataset/likeness"
	"github.com/auscult/auscult/training/parallel"
	"github.com/auscult/auscult/training/recording"
)

// read reads each clip once: for its hash, and for what it sounds like as long as the set's takes
// are looked for by ear. One that cannot be read is left out with a warning. The prints are those of
// the clips that stay.
func (s *Set) read() []likeness.Print {
	clips := s.Clips()
	prints, errs := make([]likeness.Print, len(clips)), make([]error, len(clips))
	own := func() (*reader, error) {
		return &reader{ears: likeness.NewListener(len(clips)), sum: sha256.New()}, nil
	}
	// Neither fails: what goes wrong with a clip is that clip's.
	_ = parallel.EachWith(context.Background(), 0, len(clips), own,
		func(_ context.Context, r *reader, i int) error {
			prints[i], errs[i] = r.read(clips[i])
			return nil
		})
	unreadable := map[*Clip]bool{}
	kept := prints[:0]
	for i, c := range clips {
		if errs[i] != nil {
			s.warn("%s: left out: %v", c.Name, errs[i])
			unreadable[c] = true
			continue
		}
		kept = append(kept, prints[i])
	}
	is := func(c *Clip) bool { return unreadable[c] }
	s.normal, s.abnormal = slices.DeleteFunc(s.normal, is), slices.DeleteFunc(s.abnormal, is)
	return kept
}

// errChanging says that a file's hash cannot be taken.
var errChanging = errors.New("it changes while it is read: is it still being recorded? Run again when it is complete")

// reader reads one clip after the other.
type reader struct {
	ears *likeness.Listener
	sum  hash.Hash
	pcm  []int32
}

// read reads a clip's bytes to their end and sets its hash. What cannot be heard
// is no error here: it is said where it is learned.
func (r *reader) read(c *Clip) (p likeness.Print, err error) {
	f, err := c.open()
	if err != nil {
		return p, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	r.sum.Reset()
	stamp := stampOf(f)
	tee := io.TeeReader(f, r.sum)
	if c.IsTable() { // to parse one twice takes long
		c.readRate()
	} else {
		first := true
		p = r.listen(c, func() (io.ReadCloser, error) {
			if !first {
				return c.open()
			}
			first = false
			return io.NopCloser(tee), nil
		})
	}
	if _, err := io.Copy(io.Discard, tee); err != nil {
		return p, err
	}
	if stampOf(f) != stamp {
		return p, errChanging
	}
	c.stamp = stamp
	r.sum.Sum(c.hash[:0])
	return p, nil
}

// readRate sets a table's rate, where it can be known.
func (c *Clip) readRate() {
	src, err := c.Open(recording.Options{})
	if err != nil {
		return
	}
	c.RateHz = int32(src.Format().SampleRateHz)
	_ = src.Halt() // nothing was written
}

// listen hears the begin of a recording.
func (r *reader) listen(c *Clip, open recording.Opener) likeness.Print {
	src, err := recording.Open(c.Name, open, recording.Options{})
	if err != nil {
		return likeness.Print{}
	}
	defer func() { _ = src.Halt() }() // nothing was written
	f := src.Format()
	c.RateHz = int32(f.SampleRateHz)
	if n, known := src.SampleTimes(); known {
		c.Duration = time.Duration(float64(n) / float64(f.SampleRateHz) * float64(time.Second))
	}
	r.ears.Begin(f.SampleRateHz, f.Channels)
	n := max(1, blockTimes/f.Channels) * f.Channels
	r.pcm = slices.Grow(r.pcm[:0], n)[:n]
	block := hw.Block{PCM: r.pcm[:n:n]}
	for src.Read(context.Background(), &block) == nil && r.ears.Write(block.PCM) {
	}
	return r.ears.Print()
}
