package dataset

import (
	"context"
	"errors"
	"time"

	"github.com/auscult/auscult/training/recording"
)

// stretch is a part of a recording, by shares of its time, 0 to 1. The zero value is all of it.
type stretch struct{ from, to float64 }

func (s stretch) whole() bool { return s == stretch{} }

// Sizes of stretches.
const (
	// stretchGap is left out where a stretch does not begin with the recording: longer than a window and
	// what a decision looks back on, so that nothing that is learned before it is heard in it.
	stretchGap = 10 * time.Second
	// leastKept is the least that is kept of a recording to judge by, the gap not counted.
	leastKept = 30 * time.Second
)

// Open opens the clip wherever it lies, alone or in an archive. Of a table, what the set was told
// of tables goes before the options. The caller ends it with Halt.
func (c Clip) Open(o recording.Options) (*recording.Recording, error) {
	if tables := c.of().tables; tables != nil {
		o.Table = tables.Or(o.Table)
	}
	stretch := c.stretch()
	r, err := recording.Open(c.Name, c.open, o)
	if err != nil || stretch.whole() {
		return r, err
	}
	_, announced := r.SampleTimes()
	n, err := r.Count(context.Background())
	if err == nil && !announced { // counting has read it to its end
		if err := r.Halt(); err != nil {
			return nil, err
		}
		if r, err = recording.Open(c.Name, c.open, o); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, errors.Join(err, r.Halt())
	}
	from, to := uint64(stretch.from*float64(n)), uint64(stretch.to*float64(n))
	if from > 0 {
		from += uint64(stretchGap.Seconds() * float64(r.Format().SampleRateHz))
	}
	if stretch.to == 1 {
		to = n
	}
	r.Part(from, to)
	return r, nil
}

// Seconds returns how long the clip is, in seconds: by its header, or, where that does not say
// it, by reading.
func (c Clip) Seconds(ctx context.Context) (float64, error) {
	r, err := c.Open(recording.Options{})
	if err != nil {
		return 0, err
	}
	defer r.Halt() //nolint:errcheck // closing what was only read cannot lose anything
	n, err := r.Count(ctx)
	return float64(n) / float64(r.Format().SampleRateHz), err
}

// dealOne keeps the end of the only normal recording for testing, where it is long enough, and says
// whether it did.
func (s *Set) dealOne(share float64) bool {
	if len(s.normal) != 1 {
		return false
	}
	seconds, err := s.normal[0].Seconds(context.Background())
	if err != nil || share*seconds < (stretchGap+leastKept).Seconds() {
		return false
	}
	learned := s.normal[0].with(stretch{0, 1 - share}, nil)
	kept := s.normal[0].with(stretch{1 - share, 1}, nil)
	s.kinds.split(learned, trainSplit)
	s.kinds.split(kept, testSplit)
	s.normal = []*Clip{learned, kept}
	return true
}

// halved says whether there is one normal recording, of which a part is learned.
func (s *Set) halved() bool {
	return len(s.normal) == 2 && s.normal[0].Name == s.normal[1].Name && !s.normal[0].stretch().whole()
}

// Part returns the share of the only clip that is learned, from its begin; 1: there are
// several, or all of it is.
func (n NormalClips) Part() float64 {
	if len(n.clips) != 1 || n.clips[0].stretch().whole() {
		return 1
	}
	return n.clips[0].stretch().to
}
