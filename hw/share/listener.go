package share

import (
	"context"
	"fmt"
	"time"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/internal/halt"
)

// Listener is one of those that listen to a device. It is a hw.Source.
type Listener struct {
	device *device
	feed   *feed
	end    *halt.Switch
	wake   chan struct{} // has a token when something has come

	// Of the reading goroutine, under the feed's lock.
	slot   uint64 // that is read next
	offset int    // sample times of it that were given
	next   uint64 // the device's index of the sample time that comes next
	base   uint64 // the device's index of this listener's first
	latest time.Time
}

// Source returns the device, which others read.
func (l *Listener) Source() hw.Source { return l.feed.src }

// String returns the device's name.
func (l *Listener) String() string { return l.feed.src.String() }

// Format returns what the blocks hold: all channels of the device.
func (l *Listener) Format() hw.Format { return l.feed.slots.format }

// Origin returns what the device's samples are.
func (l *Listener) Origin() hw.Origin { return hw.OriginOf(l.feed.src) }

// Health returns what is wrong with a channel of the device, nil when nothing is or when it
// cannot tell.
func (l *Listener) Health(channel int) error {
	if h, ok := l.feed.src.(interface{ Health(channel int) error }); ok {
		return h.Health(channel)
	}
	return nil
}

// Settles returns how long after opening the device's samples are its own.
func (l *Listener) Settles() time.Duration {
	if s, ok := l.feed.src.(interface{ Settles() time.Duration }); ok {
		return s.Settles()
	}
	return 0
}

// Halt ends listening. The last one to end halts the device.
func (l *Listener) Halt() error {
	return l.end.Halt(func() error { return l.device.leave(l) })
}

// Read fills b with the samples that follow the previous block, see hw.Source.
func (l *Listener) Read(ctx context.Context, b *hw.Block) error {
	if channels := l.Format().Channels; cap(b.PCM) < channels {
		return fmt.Errorf("share: block of %d values: %d channels need at least as many", cap(b.PCM), channels)
	}
	for {
		if err := l.end.Stopped(ctx); err != nil {
			return err
		}
		if done, err := l.take(b); done || err != nil {
			return err
		}
		select {
		case <-l.wake:
		case <-l.end.Off():
		case <-ctx.Done():
		}
	}
}

// take fills b, if there is something; if not it returns why reading has ended.
func (l *Listener) take(b *hw.Block) (bool, error) {
	f := l.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	s := l.seek(&f.slots)
	if s == nil {
		return false, f.err
	}
	channels := f.slots.format.Channels
	n := min(s.times-l.offset, cap(b.PCM)/channels)
	b.PCM = b.PCM[:n*channels]
	copy(b.PCM, s.pcm[l.offset*channels:])
	first := s.first + uint64(l.offset)
	b.FirstSample, b.Lost = first-l.base, first-l.next
	// A slot is so short that the nominal rate serves within it.
	b.Time = s.time.Add(time.Duration(l.offset) * time.Second / time.Duration(f.slots.format.SampleRateHz))
	if b.Time.Before(l.latest) {
		b.Time = l.latest
	}
	l.latest = b.Time
	l.offset += n
	l.next = first + uint64(n)
	return true, nil
}

// seek returns the slot that has the sample that comes next, nil when it has not come yet.
func (l *Listener) seek(r *ring) *slot {
	if oldest := r.oldest(); l.slot < oldest {
		l.slot, l.offset = oldest, 0
	}
	for ; l.slot < r.next; l.slot, l.offset = l.slot+1, 0 {
		s := r.at(l.slot)
		if l.offset < s.times {
			return s
		}
		if l.slot+1 == r.next {
			break // more may be put there
		}
	}
	return nil
}
