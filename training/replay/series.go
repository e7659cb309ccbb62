package replay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sort"
	"time"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/training/recording"
	"github.com/auscult/auscult/training/recording/table"
)

// Series plays recordings as one: each is heard by itself, no window spans two of them, but the decision goes on
// from one to the next, as that of a node which wakes up for each. Times count the sound of all. left is told of those
// that cannot be used; an error of its ends the series.
func Series(
	ctx context.Context, o Options, name string, paths []string, left func(path string, err error) error,
) (*Result, error) {
	channel := o.Source.Channel
	o.Source.Channel = 0
	s := &series{o: o, channel: channel, paths: paths, left: left}
	if err := s.next(); err != nil {
		return nil, err
	}
	defer s.Halt() //nolint:errcheck // closing what was only read cannot lose anything
	o.joined = true
	r, err := Run(ctx, o, func(func() time.Time) (hw.Source, error) { return s, nil })
	if err != nil {
		return nil, err
	}
	r.File, r.Files, r.Table = name, len(s.starts), s.table
	if more := len(s.notes) - mostNotes; more > 0 {
		s.notes = append(s.notes[:mostNotes], fmt.Sprintf("and %d notes more on its recordings", more))
	}
	r.Notes = append(r.Notes, s.notes...)
	for i := range r.Events {
		r.Events[i].File = s.at(r.Events[i].Peak)
	}
	return r, nil
}

// series is an hw.Source over files, one after the other, with a gap of one sample between them.
type series struct {
	o       Options
	channel int
	paths   []string // that are to come
	left    func(path string, err error) error

	file    *recording.Recording
	format  hw.Format
	origin  hw.Origin
	base    uint64 // of the file's first sample
	end     uint64 // behind the last sample that was read
	first   bool   // nothing of the file was read
	starts  []start
	table   *table.Reading // how the first was understood; nil: it is none
	notes   []string
	stopped bool
}

// mostNotes is how many notes on a series are told.
const mostNotes = 5

// start is where a file begins.
type start struct {
	at   time.Duration
	name string
}

// next opens the next file that can be used; io.EOF where there is none.
func (s *series) next() error {
	for len(s.paths) > 0 {
		path := s.paths[0]
		s.paths = s.paths[1:]
		file, err := s.open(path)
		if err != nil {
			if err := s.left(path, err); err != nil {
				return err
			}
			continue
		}
		s.file, s.first = file, true
		s.base = s.end
		if len(s.starts) > 0 {
			s.base++
		}
		s.starts = append(s.starts, start{s.time(s.base), filepath.Base(path)})
		return nil
	}
	return io.EOF
}

// time returns how long so many samples take.
func (s *series) time(samples uint64) time.Duration {
	return time.Duration(float64(samples) / float64(s.format.SampleRateHz) * float64(time.Second))
}

// open opens a file that is like the others.
func (s *series) open(path string) (*recording.Recording, error) {
	file, err := recording.OpenFile(path, recording.Options{Now: func() time.Time { return begin }, Table: s.o.Table})
	if err != nil {
		return nil, err
	}
	err = file.Choose(s.channel)
	f := file.Format()
	switch {
	case err != nil:
	case len(s.starts) == 0:
		s.format, s.origin, s.table = f, file.Origin(), file.Table()
	case f.SampleRateHz != s.format.SampleRateHz:
		err = fmt.Errorf("replay: has %d Hz, the others of its series %d Hz", f.SampleRateHz, s.format.SampleRateHz)
	}
	if own := file.Origin(); err == nil && (own.Unit != s.origin.Unit || own.FullScale != s.origin.FullScale) {
		err = fmt.Errorf("replay: its full scale is %g %s, that of the others of its series %g %s",
			own.FullScale, own.Unit, s.origin.FullScale, s.origin.Unit)
	}
	if err != nil {
		return nil, errors.Join(err, file.Halt())
	}
	return file, nil
}

// String names the series.
func (s *series) String() string {
	return fmt.Sprintf("series of %d recordings", len(s.starts)+len(s.paths))
}

// Origin says what the samples are of, see hw.OriginOf.
func (s *series) Origin() hw.Origin { return s.origin }

// Format is hw.Source's.
func (s *series) Format() hw.Format { return s.format }

// Read is hw.Source's.
func (s *series) Read(ctx context.Context, b *hw.Block) error {
	for {
		err := s.file.Read(ctx, b)
		if errors.Is(err, io.EOF) {
			for _, note := range s.file.Notes() {
				s.notes = append(s.notes, s.starts[len(s.starts)-1].name+": "+note)
			}
			if err := s.file.Halt(); err != nil {
				return err
			}
			if err := s.next(); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		b.FirstSample += s.base
		if s.first && s.base > 0 {
			b.Lost++
		}
		s.first = false
		s.end = b.FirstSample + uint64(len(b.PCM))
		b.Time = begin.Add(s.time(b.FirstSample))
		return nil
	}
}

// Halt is hw.Source's.
func (s *series) Halt() error {
	if s.stopped {
		return nil
	}
	s.stopped = true
	return s.file.Halt()
}

// at returns the file that sounds at a time.
func (s *series) at(t Seconds) string {
	i := sort.Search(len(s.starts), func(i int) bool { return s.starts[i].at > time.Duration(t) })
	return s.starts[max(i-1, 0)].name
}
