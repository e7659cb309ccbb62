package accel

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/internal/halt"
	"github.com/auscult/auscult/hw/internal/timeline"
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

// silence is how long a sensor may measure nothing, at least.
const silence = time.Second

// Source reads a Sensor's FIFO and delivers what was in it.
type Source struct {
	sensor  Sensor
	counter Counter // the sensor, where it tells its own time
	config  Config
	format  hw.Format
	clock   Clock
	end     *halt.Switch
	bus     sync.Mutex // held while the sensor is spoken to

	// Of the reading goroutine alone, but for what the line lets others ask.
	alarm  alarm
	line   *timeline.FIFO
	burst  burst
	effort effort
	heard  time.Time // when samples last came

	mu    sync.Mutex // guards stats
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
	period := config.PeriodNS()
	s := &Source{
		sensor: sensor,
		config: config,
		format: config.format(),
		clock:  options.Clock,
		end:    halt.New(),
		burst:  burst{pcm: make([]int32, Axes*config.FIFODepth)},
	}
	s.counter, _ = sensor.(Counter)
	s.alarm = alarm{
		clock: s.clock, end: s.end, plan: time.Duration(period * float64(config.Watermark)), period: time.Duration(period),
	}
	if config.HasInterrupt {
		if err := s.alarm.arm(options.Pin); err != nil {
			return nil, fmt.Errorf("accel: %s: %w", sensor, err)
		}
	}
	if err := s.begin(); err != nil {
		return nil, err
	}
	return s, nil
}

// begin starts the sensor, and with it the source's time.
func (s *Source) begin() error {
	if err := s.sensor.Start(); err != nil {
		return fmt.Errorf("accel: %s: starting: %w", s.sensor, err)
	}
	s.heard = s.clock.Now()
	s.alarm.looked = s.heard
	s.effort = effort{began: s.heard, quick: math.Inf(1)}
	s.line = timeline.NewFIFO(s.config.PeriodNS(), s.heard)
	return nil
}

// SelfTest has the chip test itself and starts it anew: see Sensor. It is called before
// the first Read, by whoever reads; meanwhile only Halt may be called.
func (s *Source) SelfTest() error {
	s.bus.Lock()
	defer s.bus.Unlock()
	select {
	case <-s.end.Off():
		return hw.ErrHalted
	default:
	}
	err := s.sensor.SelfTest()
	if err != nil {
		err = fmt.Errorf("accel: %s: self-test: %w", s.sensor, err)
	}
	return errors.Join(err, s.begin())
}

// String names the sensor.
func (s *Source) String() string { return s.sensor.String() }

// Format returns three channels, x, y and z, at the nominal rate.
func (s *Source) Format() hw.Format { return s.format }

// Config returns what the sensor is set to.
func (s *Source) Config() Config { return s.config }

// Clock returns what is known of the sensor's true sample rate.
func (s *Source) Clock() Estimate { return EstimateOf(s.line.Estimate()) }

// Origin returns what the samples are of.
func (s *Source) Origin() hw.Origin { return s.config.Origin(s.sensor.String(), s.Clock()) }

// Stats returns counts since the source was opened.
func (s *Source) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := s.stats
	stats.Lost = s.line.Lost()
	return stats
}

// Halt ends reading and puts the sensor into standby. It may be called from any
// goroutine, and more than once.
func (s *Source) Halt() error {
	return s.end.Halt(func() error {
		err := s.alarm.disarm()
		s.bus.Lock()
		defer s.bus.Unlock()
		if e := s.sensor.Halt(); e != nil {
			err = errors.Join(err, fmt.Errorf("halting: %w", e))
		}
		if err != nil {
			return fmt.Errorf("accel: %s: %w", s.sensor, err)
		}
		return nil
	})
}

// Read fills b with the samples that follow the previous block, at most those of
// one burst.
func (s *Source) Read(ctx context.Context, b *hw.Block) error {
	room := cap(b.PCM) / Axes
	if room == 0 {
		return fmt.Errorf("accel: %s: block of %d values: need at least %d", s.sensor, cap(b.PCM), Axes)
	}
	if err := s.end.Stopped(ctx); err != nil {
		return err
	}
	for s.burst.times() == 0 {
		if err := s.alarm.wait(ctx); err != nil {
			return err
		}
		if err := s.look(); err != nil {
			return err
		}
	}
	s.line.Lose(s.burst.missing())
	n := min(room, s.burst.whole())
	b.PCM = b.PCM[:n*Axes]
	s.burst.give(b.PCM, n)
	m := s.line.Take(uint64(n), s.clock.Now())
	b.FirstSample, b.Lost, b.Time = m.First, m.Lost, m.Time
	return nil
}

// look asks for the FIFO's level and reads what it holds, which may be nothing.
func (s *Source) look() error {
	s.bus.Lock()
	defer s.bus.Unlock()
	select {
	case <-s.end.Off():
		return hw.ErrHalted
	default:
	}
	asked := s.clock.Now()
	entries, full, err := s.sensor.Level()
	answered := s.clock.Now()
	s.alarm.looked = asked
	s.effort.spend(asked, answered)
	switch {
	case err != nil:
		return fmt.Errorf("accel: %s: %w", s.sensor, err)
	case entries < 0 || entries > s.config.FIFODepth:
		return fmt.Errorf("accel: %s: %d sample times in a FIFO of %d: the bus is disturbed",
			s.sensor, entries, s.config.FIFODepth)
	case entries == 0 && !full:
		if asked.Sub(s.heard) > max(silence, 8*s.alarm.plan) {
			return fmt.Errorf("accel: %s: %w", s.sensor, ErrSilent)
		}
		return nil
	}
	s.heard = answered
	// Gaps beyond the last burst lie before this one.
	s.line.Lose(s.burst.missing())
	n, err := s.sensor.ReadFIFO(s.burst.fill(entries))
	if err == nil && (n < 0 || n > entries) {
		err = fmt.Errorf("%d sample times came: the driver is wrong", n)
	}
	if err != nil {
		s.burst.keep(0)
		return fmt.Errorf("accel: %s: reading %d entries of the FIFO: %w", s.sensor, entries, err)
	}
	s.burst.keep(n)
	s.place(uint64(n), full, asked, answered)
	done := s.clock.Now()
	if s.effort.paused(entries, done.Sub(answered), &s.config) {
		s.line.Doubt()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.BusShare = s.effort.spend(answered, done)
	if full {
		s.stats.Overruns++
	}
	s.stats.SampleTimes += uint64(n)
	s.stats.Bursts++
	s.stats.MaxLevel = max(s.stats.MaxLevel, entries)
	return nil
}

// place says to the line that n sample times were found when the level was asked for
// between two readings of the clock.
func (s *Source) place(n uint64, full bool, asked, answered time.Time) {
	gaps, isTold := []Gap(nil), false
	if s.counter != nil {
		gaps, isTold = s.counter.Gaps()
	}
	at := s.line.Moment(answered)
	switch {
	case isTold && len(gaps) == 0:
		s.line.Counted(n, at)
	case isTold:
		// What is missing among the burst arose before its level was asked for or while it
		// was read: then the moment says nothing about the clock.
		s.burst.gaps = gaps
	case full:
		s.line.Overran(n, s.line.Moment(asked))
	default:
		s.line.Observe(n, at)
	}
}
