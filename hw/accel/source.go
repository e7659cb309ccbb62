package accel

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/internal/timebase"
)

// SourceOptions says how a Source waits.
type SourceOptions struct {
	// Pin is the input that the chip's interrupt line is wired to, active high.
	// Without one, or with a chip that has no watermark interrupt, the Source
	// polls.
	Pin gpio.PinIn
	// Clock is the host's clock; nil is SystemClock.
	Clock Clock
}

const (
	// longestWait bounds one wait for the interrupt, so that an ended context is
	// seen.
	longestWait = 100 * time.Millisecond
	// shortestWait keeps a fast sensor with a small watermark from being polled
	// without pause.
	shortestWait = 200 * time.Microsecond
	// silence is how long a sensor may measure nothing, at least.
	silence = time.Second
	// window is how many observations decide whether more was lost than was
	// counted at first. On a host so busy that it is late again and again, fewer
	// would all be late.
	window = 24
	// aSample is how many samples the count may lie behind the clock, by chance,
	// in the least late observation of a window.
	aSample = 0.7
)

// Source reads a Sensor's FIFO and delivers what was in it.
type Source struct {
	sensor  Sensor
	counter Counter // the sensor, where it tells its own time
	config  Config
	format  hw.Format
	plan    time.Duration // a watermark's worth of samples
	pin     gpio.PinIn
	clock   Clock
	start   time.Time

	halted chan struct{}
	once   sync.Once
	err    error // of halting

	bus sync.Mutex // held while the sensor is spoken to

	// Of the reading goroutine alone.
	pcm     []int32 // one burst
	rest    []int32 // what of it is not yet delivered
	next    uint64  // index of the first sample time in rest
	lost    uint64  // before rest, not yet reported
	gaps    []Gap   // among rest and after it, counted from its start
	last    time.Time
	read    float64 // when the level was last asked for, ns since start
	heard   float64 // when samples last came
	seen    int     // observations in this window
	behind  float64 // by how many samples the least late of them is late
	suspect int     // windows in which a loss may show
	polls   int
	quick   float64 // the least time that reading a sample took

	mu    sync.Mutex // guards what follows
	base  timebase.Base
	stats Stats
}

var _ Accelerometer = (*Source)(nil)

// NewSource starts a sensor and returns a source that reads it. Halting the
// source halts the sensor.
func NewSource(sensor Sensor, options SourceOptions) (*Source, error) {
	config := sensor.Config()
	if err := config.check(); err != nil {
		return nil, fmt.Errorf("accel: %s: %w", sensor, err)
	}
	if options.Clock == nil {
		options.Clock = SystemClock()
	}
	s := &Source{
		sensor: sensor,
		config: config,
		format: config.format(),
		clock:  options.Clock,
		halted: make(chan struct{}),
		pcm:    make([]int32, Axes*config.FIFODepth),
		base:   timebase.New(float64(physic.Hertz) / float64(config.Rate) * float64(time.Second)),
		behind: math.Inf(1),
		quick:  math.Inf(1),
	}
	s.counter, _ = sensor.(Counter)
	s.plan = time.Duration(s.base.Nominal() * float64(config.Watermark))
	if options.Pin != nil && config.HasInterrupt {
		if err := options.Pin.In(gpio.PullNoChange, gpio.RisingEdge); err != nil {
			return nil, fmt.Errorf("accel: %s: interrupt line %s: %w", sensor, options.Pin, err)
		}
		s.pin = options.Pin
	}
	if err := sensor.Start(); err != nil {
		return nil, fmt.Errorf("accel: %s: starting: %w", sensor, err)
	}
	s.start = s.clock.Now()
	return s, nil
}

// String names the sensor.
func (s *Source) String() string { return s.sensor.String() }

// Format returns three channels, x, y and z, at the nominal rate.
func (s *Source) Format() hw.Format { return s.format }

// Config returns what the sensor is set to.
func (s *Source) Config() Config { return s.config }

// Clock returns what is known of the sensor's true sample rate.
func (s *Source) Clock() Estimate {
	s.mu.Lock()
	defer s.mu.Unlock()
	return EstimateOf(&s.base)
}

// Stats returns counts since the source was opened.
func (s *Source) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// Halt ends reading and puts the sensor into standby. It may be called from any
// goroutine, and more than once.
func (s *Source) Halt() error {
	s.once.Do(func() {
		close(s.halted)
		if s.pin != nil {
			if err := s.pin.Halt(); err != nil {
				s.err = fmt.Errorf("accel: %s: interrupt line %s: %w", s.sensor, s.pin, err)
			}
		}
		s.bus.Lock()
		defer s.bus.Unlock()
		if err := s.sensor.Halt(); err != nil {
			s.err = fmt.Errorf("accel: %s: halting: %w", s.sensor, err)
		}
	})
	return s.err
}

// Read fills b with the samples that follow the previous block, at most those of
// one burst.
func (s *Source) Read(ctx context.Context, b *hw.Block) error {
	room := cap(b.PCM) / Axes
	if room == 0 {
		return fmt.Errorf("accel: %s: block of %d values: need at least %d", s.sensor, cap(b.PCM), Axes)
	}
	if err := s.stopped(ctx); err != nil {
		return err
	}
	for len(s.rest) == 0 {
		if err := s.wait(ctx); err != nil {
			return err
		}
		if err := s.burst(); err != nil {
			return err
		}
	}
	n := min(room, s.whole())
	b.PCM = b.PCM[:n*Axes]
	copy(b.PCM, s.rest)
	b.FirstSample, b.Lost = s.next, s.lost
	b.Time = s.timeOf(s.next)
	s.rest = s.rest[n*Axes:]
	s.next += uint64(n)
	s.lost = 0
	for i := range s.gaps {
		s.gaps[i].Before -= n
	}
	return nil
}

// whole returns how many sample times of rest come before the next gap, once
// what is missing at its very start is counted.
func (s *Source) whole() int {
	for len(s.gaps) > 0 && s.gaps[0].Before <= 0 {
		s.lost += s.gaps[0].Missing
		s.next += s.gaps[0].Missing
		s.gaps = s.gaps[1:]
	}
	if len(s.gaps) > 0 {
		return min(s.gaps[0].Before, len(s.rest)/Axes)
	}
	return len(s.rest) / Axes
}

// stopped returns why reading ends, if it does.
func (s *Source) stopped(ctx context.Context) error {
	select {
	case <-s.halted:
		return hw.ErrHalted
	default:
		return ctx.Err()
	}
}

// sinceStart returns the present in nanoseconds since the sensor was started.
func (s *Source) sinceStart() float64 { return float64(s.clock.Now().Sub(s.start)) }

// wait returns when the FIFO is likely to hold a watermark's worth, or when it
// is time to look whether reading ends.
func (s *Source) wait(ctx context.Context) error {
	due := time.Duration(s.read + float64(s.plan) - s.sinceStart())
	if due <= 0 {
		// Reading the last burst, or whoever took it, was slow: it waits already,
		// and the line may be up since before the last edge was seen.
		return s.stopped(ctx)
	}
	if s.pin == nil {
		// Polls at a multiple of the sample's period would all see the same phase
		// of it. Spread over a period, the least late of them sees it as it begins.
		s.polls++
		due += time.Duration(float64(s.polls*5%8) / 8 * s.base.Nominal())
		return s.clock.Wait(ctx, s.halted, max(due, shortestWait))
	}
	// The edge comes at the watermark. Half as long again, and the line is
	// doubted: an edge that got lost costs a look at the level, not the samples.
	timeout := min(max(due+s.plan/2, time.Millisecond), longestWait)
	s.pin.WaitForEdge(timeout)
	return s.stopped(ctx)
}

// burst asks for the FIFO's level and reads what it holds, which may be nothing.
func (s *Source) burst() error {
	s.bus.Lock()
	defer s.bus.Unlock()
	select {
	case <-s.halted:
		return hw.ErrHalted
	default:
	}
	before := s.sinceStart()
	n, full, err := s.sensor.Level()
	after := s.sinceStart()
	s.read = before
	switch {
	case err != nil:
		return fmt.Errorf("accel: %s: %w", s.sensor, err)
	case n < 0 || n > s.config.FIFODepth:
		return fmt.Errorf("accel: %s: %d sample times in a FIFO of %d: the bus is disturbed", s.sensor, n, s.config.FIFODepth)
	case n == 0 && !full:
		allowed := max(float64(silence), 8*float64(s.plan))
		if before-s.heard > allowed {
			return fmt.Errorf("accel: %s: %w", s.sensor, ErrSilent)
		}
		return nil
	}
	s.heard = after
	// Gaps beyond the last burst lie before this one.
	s.whole()
	s.rest = s.pcm[:n*Axes]
	entries := n
	if n, err = s.sensor.ReadFIFO(s.rest); err != nil {
		s.rest = nil
		return fmt.Errorf("accel: %s: reading %d entries of the FIFO: %w", s.sensor, entries, err)
	}
	if n < 0 || n > entries {
		s.rest = nil
		return fmt.Errorf("accel: %s: %d sample times in %d entries of the FIFO: the driver is wrong", s.sensor, n, entries)
	}
	s.rest = s.rest[:n*Axes]
	s.note(entries, n, full, before, after)
	if entries == 0 {
		return nil
	}
	// While it was read the FIFO filled on. Had reading paused for longer than the
	// room that was left, what came out has a gap that no level tells of.
	took := s.sinceStart() - after
	s.quick = math.Min(s.quick, took/float64(entries))
	period := s.base.Nominal()
	room := float64(s.config.FIFODepth) - math.Max(float64(entries), took/period)
	if took-s.quick*float64(entries) > room*period {
		s.suspect = 2
	}
	return nil
}

// note counts n sample times found between two moments, takes or estimates how
// many were lost before them, and follows the sensor's clock.
func (s *Source) note(entries, n int, full bool, before, after float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if full {
		s.stats.Overruns++
	}
	if !s.told(n, after) {
		s.estimate(s.next+uint64(n), full, before, after)
	}
	s.stats.SampleTimes += uint64(n)
	s.stats.Bursts++
	s.stats.MaxLevel = max(s.stats.MaxLevel, entries)
}

// told takes the gaps that the chip knows of by its own time, if it does. What
// is missing among the burst arose before its level was asked for or while it was read:
// then the moment says nothing about the clock.
func (s *Source) told(n int, moment float64) bool {
	if s.counter == nil {
		return false
	}
	gaps, ok := s.counter.Gaps()
	if !ok {
		return false
	}
	s.gaps = gaps
	count := s.next + uint64(n)
	for _, g := range gaps {
		s.stats.Lost += g.Missing
		count += g.Missing
	}
	if len(gaps) == 0 {
		s.base.Observe(count, moment)
	}
	return true
}

// estimate counts what was lost by the host's clock. count is the last of a burst
// whose level was asked for between two moments.
func (s *Source) estimate(count uint64, full bool, before, after float64) {
	if !full {
		s.follow(count, after)
		return
	}
	// As many had been taken by the clock as the level was asked for, and this
	// many are accounted for. The estimate is late rather than early, so it
	// errs towards too few; what is missing is found below.
	if taken := s.base.Taken(before); taken > count {
		s.lose(taken - count)
	}
	s.seen, s.behind, s.suspect = 0, math.Inf(1), 2
}

// follow observes that count samples had been taken by a moment. The least late of
// several observations says by how many whole samples the count has fallen
// behind the clock; where samples may have been lost, that is how many were.
func (s *Source) follow(count uint64, moment float64) {
	behind := (moment - s.base.At(count)) / s.base.Period()
	switch {
	case s.suspect > 0 && !s.base.Ready():
		// No clock yet to find a gap by, and a gap would spoil it.
		s.base.Forget()
	case s.suspect == 0 || behind < aSample:
		s.base.Observe(count, moment)
	}
	s.behind = math.Min(s.behind, behind)
	if s.seen++; s.seen < window {
		return
	}
	if s.suspect > 0 && s.base.Ready() {
		if missing := math.Floor(s.behind + 1 - aSample); missing >= 1 {
			s.lose(uint64(missing))
		} else if missing < 0 {
			s.base.Forget()
		}
	}
	s.seen, s.behind, s.suspect = 0, math.Inf(1), max(s.suspect-1, 0)
}

// lose counts sample times lost before what is read next.
func (s *Source) lose(n uint64) {
	s.lost += n
	s.next += n
	s.stats.Lost += n
}

// timeOf returns when a sample was taken, never before an earlier one.
func (s *Source) timeOf(index uint64) time.Time {
	s.mu.Lock()
	ns := s.base.At(index + 1)
	s.mu.Unlock()
	t := s.start.Add(time.Duration(ns))
	if t.Before(s.last) {
		t = s.last
	}
	s.last = t
	return t
}
