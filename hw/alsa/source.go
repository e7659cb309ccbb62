package alsa

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/alsa/internal/kernel"
	"github.com/auscult/auscult/hw/i2s"
	"github.com/auscult/auscult/hw/internal/halt"
	"github.com/auscult/auscult/hw/internal/timeline"
)

// Errors of Read.
var (
	// ErrGone says that the device was unplugged or its driver removed.
	ErrGone = errors.New("the device has gone")
	// ErrStuck says that the device runs, but gives no samples.
	ErrStuck = errors.New("the device gives no samples")
)

// patience is how long Read lets the kernel wait before it looks whether its
// context has ended.
const patience = 100 * time.Millisecond

// Source is an open capture device. It is an i2s.Conn.
type Source struct {
	name   string // that it was opened by
	device Device
	o      Options
	format hw.Format
	end    *halt.Switch

	mu    sync.Mutex // held by Read, and for closing
	card  capture
	line  *timeline.Ring
	pulse pulse
	quiet quiet

	desk  desk
	state mixerState

	fault atomic.Pointer[Fault]
	pitch atomic.Pointer[Fault] // nil: the rate is what the driver says
	stats counters
}

var _ i2s.Conn = (*Source)(nil)

// Open opens the capture device that name means, see Find, and starts it. Its
// errors are Problems where something helps.
func Open(name string, o Options) (*Source, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, fmt.Errorf("alsa: open %q: %w", name, err)
	}
	d, err := Find(o.FS, name)
	if err != nil {
		return nil, err
	}
	s := &Source{name: name, device: d, o: o, end: halt.New()}
	if err := s.connect(); err != nil {
		return nil, explain(o.FS, d, err)
	}
	s.quiet.init(s.format.Channels)
	return s, nil
}

// connect opens, negotiates and starts s.device. After an error nothing is open.
func (s *Source) connect() error {
	card, err := openCapture(s.o, filepath.Join(s.o.FS, s.device.Node))
	if err != nil {
		return err
	}
	format := card.set.format
	if s.line == nil {
		now, at := card.h.Now()
		s.format, s.line = format, timeline.NewRing(format.SampleRateHz, now, at)
	}
	s.card = card
	if format != s.format {
		err = fmt.Errorf("it came back with %v instead of %v", format, s.format)
	} else {
		err = s.started(s.card.start())
	}
	if err != nil {
		_ = s.card.close() // the first error counts
		return err
	}
	s.pulse.moved = time.Now()
	s.desk.close()
	s.desk = openDesk(s.o, s.device)
	s.readMixer(s.pulse.moved, true)
	return nil
}

// readMixer looks at the mixer now and then, and says with the samples how it stands.
func (s *Source) readMixer(now time.Time, anew bool) {
	if !anew && now.Sub(s.desk.looked) < mixerEvery {
		return
	}
	s.desk.looked = now
	if !s.desk.look() && !anew {
		return
	}
	m := s.desk.mixer()
	s.state.shut.Store(m.Problem(s.device.Card.ID))
	origin := s.device.Origin(m)
	s.state.origin.Store(&origin)
}

// Origin returns what the samples are of. It may be called from any goroutine.
func (s *Source) Origin() hw.Origin {
	o := *s.state.origin.Load()
	if c := s.Clock(); c.OK {
		o.RateHz = c.RateHz
	}
	return o
}

// started notes that the device was started, unless that failed.
func (s *Source) started(err error) error {
	if err != nil {
		return err
	}
	s.line.Restart(s.card.set.buffer, s.card.set.period)
	// What was lost is no progress.
	s.pulse.reached = s.line.Next()
	return nil
}

// String returns the device's name.
func (s *Source) String() string { return s.device.String() }

// Device returns what the source was opened as.
func (s *Source) Device() Device { return s.device }

// Format returns what the blocks hold.
func (s *Source) Format() hw.Format { return s.format }

// ChannelMap says where each channel comes from.
func (s *Source) ChannelMap() []i2s.Channel { return i2s.StandardMap(s.format.Channels) }

// Halt stops the device and closes it.
func (s *Source) Halt() error {
	return s.end.Halt(func() error {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.desk.close()
		if !s.card.isOpen() {
			return nil
		}
		_ = s.card.h.Drop() // closing stops it too
		if err := s.card.close(); err != nil {
			return fmt.Errorf("alsa: close %s: %w", s.device, err)
		}
		return nil
	})
}

// Read fills b, see hw.Source. It returns at most what fits, and at least a
// period or what fits.
func (s *Source) Read(ctx context.Context, b *hw.Block) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	room := uint64(cap(b.PCM) / s.format.Channels)
	if room == 0 {
		return fmt.Errorf("alsa: block of %d values: %d channels need at least as many", cap(b.PCM), s.format.Channels)
	}
	for {
		if err := s.end.Stopped(ctx); err != nil {
			return err
		}
		if !s.card.isOpen() {
			if err := s.replug(ctx); err != nil {
				return err
			}
			continue
		}
		done, err := s.step(ctx, b, room)
		if done || err != nil {
			return err
		}
	}
}

// step does what can be done without waiting, or waits. It reports whether b is
// filled.
func (s *Source) step(ctx context.Context, b *hw.Block, room uint64) (done bool, err error) {
	if err := s.card.look(); err != nil {
		return false, s.fail(err)
	}
	at := &s.card.status
	switch at.State {
	case kernel.Running:
	case kernel.Disconnected:
		return false, s.fail(syscall.ENODEV)
	default:
		return false, s.fail(s.restart(ctx))
	}
	rounds, sure := s.line.Observe(at.Avail, at.Time, at.Trigger)
	if rounds > 0 {
		s.stats.overruns.Add(1)
	}
	if !sure {
		if acted, err := s.watch(at.Avail); acted || err != nil {
			return false, s.fail(err)
		}
		return false, s.fail(s.pause(ctx, s.o.Period))
	}
	if s.isBehind() {
		return false, nil
	}
	if at.Avail < min(room, s.card.set.period) {
		if acted, err := s.watch(at.Avail); acted || err != nil {
			return false, s.fail(err)
		}
		return false, s.fail(s.card.h.Poll(patience))
	}
	return s.take(b, min(room, at.Avail))
}

// isBehind gives up what the hardware has overwritten or is about to, and reports
// whether there was any.
func (s *Source) isBehind() bool {
	avail := s.card.status.Avail
	if avail <= s.card.usable() {
		return false
	}
	s.stats.overruns.Add(1)
	// One period more than needed, or the next block would be too late again.
	s.line.Lose(s.card.skip(min(avail-s.card.usable()+s.card.set.period, avail)))
	return true
}

// take copies up to n frames, which are there, into b. It reports false when they were
// overwritten in the meantime.
func (s *Source) take(b *hw.Block, n uint64) (bool, error) {
	pcm := b.PCM[:cap(b.PCM)]
	n, read, err := s.card.copy(pcm, n)
	if err != nil || n == 0 {
		return false, s.fail(err)
	}
	if err := s.card.h.Status(&s.card.status); err != nil {
		return false, s.fail(err)
	}
	if s.isOverwritten(read) {
		s.stats.overruns.Add(1)
		s.card.moveTo(read)
		s.line.Lose(read)
		if read == 0 {
			s.line.Lose(s.card.skip(n))
		}
		return false, nil
	}
	if read == 0 {
		moved, err := s.card.h.Forward(n)
		if err == nil && moved != n {
			return false, fmt.Errorf("alsa: read %s: the kernel moved %d frames instead of %d", s.device, moved, n)
		}
	}
	s.card.moveTo(n)

	now := time.Now()
	m := s.line.Take(n, now)
	b.PCM = pcm[:int(n)*s.format.Channels]
	b.FirstSample, b.Lost, b.Time = m.First, m.Lost, m.Time
	s.pulse.beat(s.line.Next(), now)
	s.stats.blocks.Add(1)
	s.stats.samples.Add(n)
	s.listen(b.PCM, n)
	s.judgeRate()
	s.readMixer(now, false)
	return true, nil
}

// isOverwritten reports whether the hardware went over what was copied, of which the
// kernel has counted some frames as read.
func (s *Source) isOverwritten(read uint64) bool {
	at := &s.card.status
	avail := at.Avail + read // as it was before
	return at.State == kernel.Running && (avail > s.card.usable() || s.line.Unnoticed(avail, at.Time) > 0)
}
