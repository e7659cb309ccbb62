package wav

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/auscult/auscult/hw"
)

// About is what a recording's samples do not say themselves. It is a chunk of its own, which
// other programs pass over.
type About struct {
	Origin hw.Origin `json:"origin"`
	// Gaps are where samples were lost, in order: what the file has there is no sound.
	Gaps []Gap `json:"gaps,omitempty"`
}

// Gap is a stretch of sample times.
type Gap struct {
	At    uint64 `json:"at"` // the first, counted from the file's first
	Times uint64 `json:"times"`
}

const (
	aboutName = "ausc"
	// aboutBytes is the room that a Writer leaves for an About.
	aboutBytes = 8 << 10
	// maxAboutBytes bounds what is read of one, maxText each of its names.
	maxAboutBytes = 64 << 10
	maxText       = 512
)

// encode returns a in so many bytes. Where there are more gaps than have room, those that are
// nearest to each other become one: sound between them is then not heard, and no gap is.
func (a About) encode() ([]byte, error) {
	o := &a.Origin
	for _, text := range []*string{&o.Sensor, &o.Serial, &o.Mixer} {
		*text = (*text)[:min(len(*text), maxText)]
	}
	for {
		b, err := json.Marshal(a)
		if err != nil {
			return nil, err
		}
		if len(b) <= aboutBytes {
			room := slices.Repeat([]byte{' '}, aboutBytes)
			copy(room, b)
			return room, nil
		}
		if len(a.Gaps) < 2 {
			return nil, fmt.Errorf("wav: %d bytes about the samples: at most %d", len(b), aboutBytes)
		}
		a.Gaps = joinNearest(a.Gaps, max(1, len(a.Gaps)/16))
	}
}

// joinNearest returns gaps of which n are joined with the one before, those that are nearest to it.
func joinNearest(gaps []Gap, n int) []Gap {
	between := func(i int) uint64 { return gaps[i].At - gaps[i-1].At - gaps[i-1].Times }
	near := make([]uint64, 0, len(gaps))
	for i := 1; i < len(gaps); i++ {
		near = append(near, between(i))
	}
	slices.Sort(near)
	limit := near[min(n, len(near))-1]
	joined := append(make([]Gap, 0, len(gaps)), gaps[0])
	for i := 1; i < len(gaps); i++ {
		last := &joined[len(joined)-1]
		if n > 0 && between(i) <= limit {
			last.Times = gaps[i].At + gaps[i].Times - last.At
			n--
			continue
		}
		joined = append(joined, gaps[i])
	}
	return joined
}

// parseAbout reads what encode, or a later version of it, wrote. What makes no sense is as if it
// were not there: the samples are good without.
func parseAbout(b []byte) (a About) {
	if json.Unmarshal(b, &a) != nil {
		return About{}
	}
	o := &a.Origin
	if !(o.FullScale >= 0 && o.FullScale <= maxFullScale) || !(o.Range >= 0) || !(o.RateHz >= 0) ||
		o.Unit == hw.G && o.FullScale < minFullScale {
		return About{}
	}
	next := uint64(0)
	for _, g := range a.Gaps {
		if g.At < next || g.Times == 0 || g.At+g.Times < g.At {
			a.Gaps = nil
			break
		}
		next = g.At + g.Times
	}
	return a
}

// What full scale may be, in g: from the finest of seismometers to shock.
const (
	minFullScale = 1e-6
	maxFullScale = 1e6
)

// appendAbout appends the chunk to a header.
func appendAbout(b []byte, a *About) ([]byte, error) {
	if a == nil {
		return b, nil
	}
	text, err := a.encode()
	if err != nil {
		return nil, err
	}
	b = append(b, aboutName...)
	b = binary.LittleEndian.AppendUint32(b, aboutBytes)
	return append(b, text...), nil
}

// about takes the chunk of that name, of a size.
func (c *chunks) about(size int64, what string) (a About, err error) {
	if size > maxAboutBytes {
		return a, c.skip(size, size, what)
	}
	b := make([]byte, size)
	for at := 0; at < len(b); {
		part, err := c.take(min(len(b)-at, maxFormatBytes), what)
		if err != nil {
			return a, err
		}
		at += copy(b[at:], part)
	}
	return parseAbout(b), c.skip(0, size, what)
}

// Walk goes along a recording's gaps.
type Walk struct{ gaps []Gap }

// NewWalk returns a Walk from the recording's first sample time.
func (a *About) NewWalk() Walk { return Walk{a.Gaps} }

// Next returns how many of the sample times from one on were lost, and how many after those are
// sound: the largest number where no gap follows. Calls go forwards.
func (w *Walk) Next(at uint64) (lost, sound uint64) {
	for len(w.gaps) > 0 && w.gaps[0].At+w.gaps[0].Times <= at {
		w.gaps = w.gaps[1:]
	}
	next := w.gaps
	if len(next) > 0 && next[0].At <= at {
		lost = next[0].At + next[0].Times - at
		at += lost
		next = next[1:]
	}
	if len(next) == 0 {
		return lost, 1<<64 - 1 - at
	}
	return lost, next[0].At - at
}
