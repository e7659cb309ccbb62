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
	device Device
	o      Options

	halted chan struct{}
	once   sync.Once
	err    error // of closing

	mu      sync.Mutex // held by Read, and for closing
	h       kernel.Handle
	set     setup
	usable  uint64 // frames of the ring that may be read
	mask    int32
	ring    []byte // nil when not mapped
	scratch []byte // for READI
	status  kernel.Status

	next   uint64 // sample time that comes next out of the ring
	lost   uint64 // sample times lost since the last block
	offset uint64 // frame of the ring that comes next
	live   bool   // whether frames have come since the device was started
	seen   uint64 // sample time up to which they had come
	laps   uint64 // how often the hardware may have gone round unnoticed
	sure   int    // how often in a row the clock has said so
	clock  clock
	told   int64     // time of the last block, in ns
	anchor time.Time // one moment in Go's words
	mono   int64     // and in the kernel's

	moved   int64  // when the hardware's position last changed
	reached uint64 // that position
	kicked  bool   // whether it was started anew because of that

	blocks uint64 // given when it was last started anew
	quiet  quiet
	fault  atomic.Pointer[Fault]
	stats  counters
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
	s := &Source{device: d, o: o, halted: make(chan struct{})}
	if err := s.connect(); err != nil {
		return nil, explain(o.FS, d, err)
	}
	s.anchor, s.mono = s.h.Now()
	s.quiet.init(s.set.format.Channels)
	return s, nil
}

// connect opens, negotiates and starts s.device. After an error nothing is open.
func (s *Source) connect() (err error) {
	h, err := s.o.open(filepath.Join(s.o.FS, s.device.Node))
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = h.Close() // the first error counts
			s.h = nil
		}
	}()
	set, err := negotiate(h, s.o)
	if err != nil {
		return err
	}
	if s.set.format != (hw.Format{}) && s.set.format != set.format {
		return fmt.Errorf("it came back with %v instead of %v", set.format, s.set.format)
	}
	s.h, s.set, s.ring, s.scratch = h, set, nil, nil
	if set.mapped {
		if s.ring, err = h.Ring(int(set.buffer) * set.frameBytes()); err != nil {
			return fmt.Errorf("map the ring: %w", err)
		}
	} else {
		s.scratch = make([]byte, int(set.buffer)*set.frameBytes())
	}
	s.usable = set.buffer - set.period
	s.mask = int32(-1) << (32 - set.format.BitsPerSample)
	s.clock.rate = uint64(set.format.SampleRateHz)
	if err := s.start(); err != nil {
		return err
	}
	_, s.moved = h.Now()
	return nil
}

// start starts a prepared device and notes where it stands.
func (s *Source) start() error {
	if err := s.h.Start(); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	if err := s.h.Status(&s.status); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	s.offset = s.status.Appl % s.set.buffer
	s.live = false
	// What was lost is no progress.
	s.reached = s.next
	return nil
}

// locate brings sample times and frames of the ring together after a Status. It
// reports false when it cannot tell yet. A position that is late by more than half
// a ring may only be reported late: bursts of a busy bus, a virtual machine that was
// not run. So it counts when it has moved on as fast as it should and is as late as
// before, several times in a row.
func (s *Source) locate() bool {
	if !s.live {
		if s.status.Avail == 0 {
			return true // a codec may take its time to wake up
		}
		if s.clock.known { // from before it stopped
			s.lose(s.clock.samples(s.status.Trigger - s.clock.at(s.next)))
			s.clock.known = false
		}
		s.live = true
	} else if laps := s.unnoticed(); laps > 0 {
		at := s.next + s.status.Avail
		moved, due := at-s.seen, s.clock.samples(s.status.Time-s.clock.last)
		runs := moved >= due/2 && moved <= 2*due+s.set.period
		s.seen, s.clock.last = at, s.status.Time
		if laps != s.laps || !runs {
			s.laps, s.sure = laps, 0
			return false
		}
		if s.sure++; s.sure < sureAfter {
			return false
		}
		s.stats.overruns.Add(1)
		s.lose(laps * s.set.buffer)
	}
	s.laps, s.sure = 0, 0
	s.seen = s.next + s.status.Avail
	s.clock.observe(s.seen, s.status.Time)
	return true
}

// sureAfter is how often the clock must say the same.
const sureAfter = 3

// unnoticed returns how often the hardware went round the whole ring without the kernel
// noticing. The kernel knows where in the ring the hardware is and follows it from
// interrupt to interrupt: when interrupts were held up for a whole ring, its count
// is short by a multiple of the ring, and the clock says which.
func (s *Source) unnoticed() uint64 {
	late := s.status.Time - s.clock.at(s.next+s.status.Avail)
	doubt := max(s.status.Time-s.clock.last, 0) * creepPPM / 1e6
	if doubt > s.clock.span(s.set.buffer)/4 {
		return 0 // nobody looked for so long that the clock cannot tell any more
	}
	return (s.clock.samples(late) + s.set.buffer/2) / s.set.buffer
}

// lose counts n sample times as lost.
func (s *Source) lose(n uint64) {
	s.next += n
	s.lost += n
	s.stats.lost.Add(n)
}

// String returns the device's name.
func (s *Source) String() string { return s.device.String() }

// Device returns what the source was opened as.
func (s *Source) Device() Device { return s.device }

// Format returns what the blocks hold.
func (s *Source) Format() hw.Format { return s.set.format }

// ChannelMap says where each channel comes from.
func (s *Source) ChannelMap() []i2s.Channel { return i2s.StandardMap(s.set.format.Channels) }

// Halt stops the device and closes it.
func (s *Source) Halt() error {
	s.once.Do(func() {
		close(s.halted)
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.h == nil {
			return
		}
		_ = s.h.Drop() // closing stops it too
		if err := s.h.Close(); err != nil {
			s.err = fmt.Errorf("alsa: close %s: %w", s.device, err)
		}
		s.h, s.ring = nil, nil
	})
	return s.err
}

// stopped returns why Read should not go on.
func (s *Source) stopped(ctx context.Context) error {
	select {
	case <-s.halted:
		return hw.ErrHalted
	default:
		return ctx.Err()
	}
}

// Read fills b, see hw.Source. It returns at most what fits, and at least a
// period or what fits.
func (s *Source) Read(ctx context.Context, b *hw.Block) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	room := uint64(cap(b.PCM) / s.set.format.Channels)
	if room == 0 {
		return fmt.Errorf("alsa: block of %d values: %d channels need at least as many", cap(b.PCM), s.set.format.Channels)
	}
	for {
		if err := s.stopped(ctx); err != nil {
			return err
		}
		if s.h == nil {
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
	if err := s.h.Status(&s.status); err != nil {
		return false, s.fail(err)
	}
	switch s.status.State {
	case kernel.Running:
	case kernel.Disconnected:
		return false, s.fail(syscall.ENODEV)
	default:
		return false, s.fail(s.restart(ctx))
	}
	if s.status.Time == 0 { // the driver takes no times
		_, s.status.Time = s.h.Now()
	}
	if !s.locate() {
		if acted, err := s.watch(s.status.Avail); acted || err != nil {
			return false, s.fail(err)
		}
		return false, s.fail(s.pause(ctx, s.o.Period))
	}
	if s.isBehind() {
		return false, nil
	}
	avail := s.status.Avail
	if avail < min(room, s.set.period) {
		if acted, err := s.watch(avail); acted || err != nil {
			return false, s.fail(err)
		}
		return false, s.fail(s.h.Poll(patience))
	}
	return s.take(b, min(room, avail))
}

// isBehind gives up what the hardware has overwritten or is about to, and reports
// whether there was any.
func (s *Source) isBehind() bool {
	avail := s.status.Avail
	if avail <= s.usable {
		return false
	}
	// One period more than needed, or the next block would be too late again.
	drop := min(avail-s.usable+s.set.period, avail)
	s.stats.overruns.Add(1)
	s.skip(drop)
	return true
}

// skip moves over frames that are given up.
func (s *Source) skip(frames uint64) {
	moved, err := s.h.Forward(frames)
	if err != nil {
		return // the next Status says why
	}
	s.offset = (s.offset + moved) % s.set.buffer
	s.lose(moved)
}

// take copies n frames, which are there, into b. It reports false when they were
// overwritten in the meantime.
func (s *Source) take(b *hw.Block, n uint64) (bool, error) {
	taken := s.clock.at(s.next)
	values := int(n) * s.set.format.Channels
	pcm := b.PCM[:cap(b.PCM)]
	read := uint64(0) // frames that the kernel has counted as read
	if s.ring != nil {
		bytes := s.set.frameBytes()
		head := min(n, s.set.buffer-s.offset)
		split := int(head) * s.set.format.Channels
		s.set.encoding.decode(pcm[:split], s.ring[int(s.offset)*bytes:], s.mask)
		s.set.encoding.decode(pcm[split:values], s.ring, s.mask)
	} else {
		got, err := s.h.Read(s.scratch[:int(n)*s.set.frameBytes()], s.set.frameBytes())
		if err != nil || got <= 0 || uint64(got) > n {
			if errors.Is(err, syscall.EAGAIN) {
				err = nil
			}
			return false, s.fail(err)
		}
		n, read = uint64(got), uint64(got)
		values = got * s.set.format.Channels
		s.set.encoding.decode(pcm[:values], s.scratch, s.mask)
	}
	if err := s.h.Status(&s.status); err != nil {
		return false, s.fail(err)
	}
	s.status.Avail += read // as it was before
	if s.status.State == kernel.Running && (s.status.Avail > s.usable || s.unnoticed() > 0) {
		// The hardware went over the block while it was copied.
		s.stats.overruns.Add(1)
		s.offset = (s.offset + read) % s.set.buffer
		s.lose(read)
		if read == 0 {
			s.skip(n)
		}
		return false, nil
	}
	if read == 0 {
		moved, err := s.h.Forward(n)
		if err == nil && moved != n {
			return false, fmt.Errorf("alsa: read %s: the kernel moved %d frames instead of %d", s.device, moved, n)
		}
	}
	s.offset = (s.offset + n) % s.set.buffer

	now := time.Now()
	since := now.Sub(s.anchor)
	s.told = max(s.told, taken)
	b.PCM = pcm[:values]
	b.FirstSample = s.next
	b.Lost = s.lost
	// The wall clock's reading is that of now, which follows when it is set.
	b.Time = now.Add(time.Duration(s.told-s.mono) - since)
	s.next += n
	s.lost = 0
	s.moved, s.reached, s.kicked = s.mono+int64(since), s.next, false
	s.stats.blocks.Add(1)
	s.stats.samples.Add(n)
	s.listen(b.PCM, n)
	return true, nil
}
