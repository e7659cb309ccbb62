package iio

import (
	"io"
	"time"

	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/internal/timeline"
)

// chunk is how many scans are read at a time, at most.
const chunk = 256

// scans are what was read of a device and not yet given.
type scans struct {
	layout  layout
	raw     []byte
	fill    int     // bytes of raw
	moments []int64 // of the whole ones, where they have time stamps
}

func newScans(l layout) scans {
	return scans{layout: l, raw: make([]byte, chunk*l.bytes), moments: make([]int64, 0, chunk)}
}

// whole returns how many whole scans there are.
func (s *scans) whole() int { return s.fill / s.layout.bytes }

// stamped reports whether scans have time stamps.
func (s *scans) stamped() bool { return s.layout.stampAt >= 0 }

// read adds what r has.
func (s *scans) read(r io.Reader) (int, error) {
	n, err := r.Read(s.raw[s.fill:])
	s.fill += n
	return n, err
}

// arrive puts the scans that have become whole on a line. Without time stamps all
// that is known is when the last of them came.
func (s *scans) arrive(line *timeline.Stamps, now time.Time) {
	if !s.stamped() {
		line.Observe(uint64(s.whole()), line.Moment(now))
		return
	}
	for i := len(s.moments); i < s.whole(); i++ {
		stamp := s.layout.stamp.Value(s.raw[i*s.layout.bytes+s.layout.stampAt:])
		s.moments = append(s.moments, line.Arrive(stamp, now))
	}
}

// give copies the samples of n scans to pcm, in Q31.
func (s *scans) give(pcm []int32, n int) {
	for i := range n {
		at := s.raw[i*s.layout.bytes:]
		for axis, e := range s.layout.elements {
			pcm[i*accel.Axes+axis] = e.Q31(at[s.layout.offsets[axis]:], s.layout.add[axis])
		}
	}
	s.fill = copy(s.raw, s.raw[n*s.layout.bytes:s.fill])
	if s.stamped() {
		s.moments = s.moments[:copy(s.moments, s.moments[n:])]
	}
}
