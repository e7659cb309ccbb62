package recording

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/pcm"
	"github.com/auscult/auscult/hw/wav"
)

// player plays what a decoder gives. It is content.
type player struct {
	name   string
	dec    *sound
	floats floatDecoder // the same where it is one, else nil
	now    func() time.Time
	halted atomic.Bool
	busy   sync.Mutex // held by Read
	left   bool       // the buffers are others'

	chosen int     // channel to deliver alone, -1: all
	scale  scaling // of floats
	walk   wav.Walk
	buf    decoded

	clock clock
	count Oddities
	ended error
	note  string // why it ended early
}

// decoded is sample times that are decoded and not yet delivered: pcm of integers, x of floats.
type decoded struct {
	room *room // that pcm and x are of; nil until it is needed
	pcm  []int32
	x    []float64
	at   int // next
	have int // of them
}

// clock counts sample times.
type clock struct {
	start time.Time
	next  uint64
	lost  uint64 // before the next
}

// Oddities counts samples, of the channel that is chosen or of all, that are none or do not fit.
type Oddities struct {
	NaN      uint64 // no number
	Infinite uint64
	Beyond   uint64  // of floats: beyond full scale, which is what they are taken to be
	Peak     float64 // of floats: the highest that is a number, before any scaling
}

// Limits of what is decoded at once.
const (
	decodedTimes = 4096    // sample times
	maxDecoded   = 1 << 16 // values
)

// decodedValues is how many values of whole sample times of so many channels are decoded at once.
func decodedValues(channels int) int { return min(decodedTimes, maxDecoded/channels) * channels }

func newPlayer(name string, dec *sound, now func() time.Time) *player {
	if now == nil {
		now = time.Now
	}
	p := &player{name: name, dec: dec, now: now, chosen: -1, scale: scaling{by: 1}}
	p.floats, _ = dec.decoder.(floatDecoder)
	p.walk = dec.src.about.NewWalk()
	return p
}

// String names the recording.
func (p *player) String() string { return "recording " + p.name }

// Format is hw.Source's.
func (p *player) Format() hw.Format {
	f := p.dec.format()
	if p.chosen >= 0 {
		f.Channels = 1
	}
	return f
}

// Origin is what the recording says of its samples.
func (p *player) Origin() hw.Origin { return p.dec.src.about.Origin }

// Choose is content's.
func (p *player) Choose(channel int) error {
	p.chosen = channel
	return nil
}

// SampleTimes is content's.
func (p *player) SampleTimes() (n uint64, known bool) {
	n64 := p.dec.sampleTimes()
	return uint64(max(n64, 0)), n64 >= 0
}

// Truncated is content's.
func (p *player) Truncated() bool { return p.note != "" || p.dec.truncated() }

// Halt is hw.Source's.
func (p *player) Halt() error {
	if p.halted.Swap(true) {
		return nil
	}
	if p.busy.TryLock() { // nobody reads
		p.leave()
		p.busy.Unlock()
	}
	if err := p.dec.Close(); err != nil {
		return fmt.Errorf("recording: close %s: %w", p.name, err)
	}
	return nil
}

// leave gives the buffers to whoever reads next. No more is read.
func (p *player) leave() {
	if p.left {
		return
	}
	p.left = true
	p.dec.leave()
	if p.buf.room != nil {
		rooms.Put(p.buf.room)
	}
	p.buf = decoded{}
}

// Read is hw.Source's.
func (p *player) Read(ctx context.Context, b *hw.Block) error {
	p.busy.Lock()
	defer p.busy.Unlock()
	channels := p.Format().Channels
	want := cap(b.PCM) / channels
	switch {
	case p.halted.Load():
		return hw.ErrHalted
	case ctx.Err() != nil:
		return ctx.Err()
	case want == 0:
		return fmt.Errorf("recording: block of %d values: %d channels need at least as many", cap(b.PCM), channels)
	}
	n := 0
	for n == 0 {
		if p.buf.at == p.buf.have {
			if err := p.more(); err != nil {
				return err
			}
		}
		sound := p.passLost()
		room := b.PCM[:min(uint64(want), sound)*uint64(channels)]
		switch {
		case p.buf.at == p.buf.have:
		case p.floats != nil:
			p.passGap()
			n = p.takeFloats(room)
		default:
			n = p.take(room)
		}
	}
	if p.clock.start.IsZero() {
		p.clock.start = p.now()
	}
	b.PCM, b.FirstSample, b.Lost = b.PCM[:n*channels], p.clock.next, p.clock.lost
	b.Time = p.clock.start.Add(span(p.clock.next, p.dec.format().SampleRateHz))
	p.clock.next += uint64(n)
	p.clock.lost = 0
	return nil
}

// span returns how long samples take.
func span(samples uint64, rateHz int) time.Duration {
	rate := uint64(rateHz)
	return time.Duration(samples/rate)*time.Second + time.Duration(samples%rate*uint64(time.Second)/rate)
}

// more decodes the next sample times.
func (p *player) more() error {
	if p.ended != nil {
		return p.ended
	}
	var err error
	p.enter()
	p.buf.at, p.buf.have = 0, 0
	if p.floats != nil {
		p.buf.have, err = p.floats.decodeFloats(p.buf.x)
	} else {
		p.buf.have, err = p.dec.decode(p.buf.pcm)
	}
	if err != nil {
		p.ended = p.ending(err)
	}
	if p.buf.have == 0 {
		return p.ended
	}
	return nil
}

// enter takes room for what is decoded.
func (p *player) enter() {
	b := &p.buf
	if b.room != nil {
		return
	}
	b.room = rooms.Get().(*room)
	n := decodedValues(p.dec.format().Channels)
	if p.floats != nil {
		b.room.floats = sized(b.room.floats, n)
		b.x = b.room.floats
	} else {
		b.room.pcm = sized(b.room.pcm, n)
		b.pcm = b.room.pcm
	}
}

// ending says how reading ends that ended with an error: of a damaged file, what there is
// before the damage is used.
func (p *player) ending(err error) error {
	switch {
	case p.halted.Load():
		return hw.ErrHalted
	case errors.Is(err, io.EOF):
		return io.EOF
	case p.dec.src.failed != nil:
		return fmt.Errorf("recording: read %s: %w", p.name, p.dec.src.failed)
	case p.clock.next == 0 && p.buf.have == 0:
		return err
	}
	at := span(p.clock.next+uint64(p.buf.have), p.dec.format().SampleRateHz).Seconds()
	p.note = fmt.Sprintf("the file is damaged after %.1f s (%v); what comes before is used", at, err)
	return io.EOF
}

// take delivers decoded integers.
func (p *player) take(dst []int32) (n int) {
	channels := p.dec.format().Channels
	src := p.buf.pcm[p.buf.at*channels : p.buf.have*channels]
	if p.chosen < 0 || channels == 1 {
		n = copy(dst, src) / channels
	} else {
		n = min(len(dst), len(src)/channels)
		for i := range n {
			dst[i] = src[i*channels+p.chosen]
		}
	}
	p.buf.at += n
	return n
}

// passLost passes over sample times that stand for what was lost while it was recorded, and returns
// how many sound ones follow.
func (p *player) passLost() (sound uint64) {
	lost, sound := p.walk.Next(p.clock.next)
	n := min(lost, uint64(p.buf.have-p.buf.at))
	if lost > n {
		sound = 0 // the rest is not decoded yet
	}
	p.buf.at += int(n)
	p.clock.lost += n
	p.clock.next += n
	return sound
}

// isGap says whether a sample time of what is delivered has no value. It counts why.
func (p *player) isGap(x []float64, counted bool) bool {
	if p.chosen >= 0 {
		x = x[p.chosen : p.chosen+1]
	}
	gap := false
	for _, v := range x {
		if v-v == 0 {
			continue
		}
		gap = true
		switch {
		case !counted:
		case math.IsNaN(v):
			p.count.NaN++
		default:
			p.count.Infinite++
		}
	}
	return gap
}

// passGap passes over sample times that have no value.
func (p *player) passGap() {
	channels := p.dec.format().Channels
	for p.buf.at < p.buf.have && p.isGap(p.buf.x[p.buf.at*channels:(p.buf.at+1)*channels], true) {
		p.buf.at++
		p.clock.lost++
		p.clock.next++
	}
}

// takeFloats delivers decoded floats up to the next gap.
func (p *player) takeFloats(dst []int32) (n int) {
	channels := p.dec.format().Channels
	first, last := 0, channels
	if p.chosen >= 0 {
		first, last = p.chosen, p.chosen+1
	}
	each := last - first
	for ; p.buf.at < p.buf.have && (n+1)*each <= len(dst); n++ {
		x := p.buf.x[p.buf.at*channels : (p.buf.at+1)*channels]
		if p.isGap(x, false) {
			break
		}
		for i, v := range x[first:last] {
			if v *= p.scale.by; v > 1 || v < -1 {
				p.count.Beyond++
			}
			dst[n*each+i] = pcm.FromFloat(v)
		}
		p.buf.at++
	}
	return n
}

// Notes is content's.
func (p *player) Notes() []string {
	var notes []string
	switch {
	case p.note != "":
		notes = append(notes, p.note)
	case p.dec.truncated():
		notes = append(notes, "the recording is cut off; what there is of it is used")
	}
	if !p.halted.Load() && p.dec.src.changed() {
		notes = append(notes, "the file was changed while it was read, as one that is still being recorded: "+
			"judge it again when it is complete")
	}
	return append(append(notes, p.dec.notes()...), p.oddities()...)
}
