package iio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/internal/halt"
	"github.com/auscult/auscult/hw/internal/timeline"
)

// Options says how a device is read.
type Options struct {
	// Rate is the sampling frequency that is asked for; 0 leaves the driver's.
	Rate physic.Frequency
	// Trigger is the name of the trigger; "" leaves the present one.
	Trigger string
	// Watermark is how many scans wake the reader; 0 is 1/20 s.
	Watermark int
}

const (
	// patience is how long one read of the device waits before looking whether
	// reading has ended.
	patience = 100 * time.Millisecond
	// standardGravity is a g in m/s², by definition.
	standardGravity = 9.80665
)

var axes = [accel.Axes]string{"in_accel_x", "in_accel_y", "in_accel_z"}

const stamp = "in_timestamp"

// Source reads a device's buffer.
type Source struct {
	name   string
	config accel.Config
	format hw.Format
	at     attribute
	file   *os.File
	end    *halt.Switch

	// Of the reading goroutine alone, but for what the line lets others ask.
	scans scans
	line  *timeline.Stamps
	heard time.Time // when scans last came

	mu    sync.Mutex // guards stats
	stats accel.Stats
}

var _ accel.Accelerometer = (*Source)(nil)

// Open starts a device's buffer. name is its number, "iio:device0" or, if
// there is only one such, its driver's name.
func (r Root) Open(name string, o Options) (*Source, error) {
	number, err := r.Find(name)
	if err != nil {
		return nil, err
	}
	s := &Source{at: r.device(number), end: halt.New()}
	driver, err := s.at.read("name")
	if err == nil {
		s.name = fmt.Sprintf("%s{iio:device%d}", driver, number)
		err = r.withTrigger(s.at, func() error { return s.setUp(r, o) })
	}
	if err == nil {
		s.file, err = os.OpenFile(r.node(number), os.O_RDONLY|notBlocking, 0)
	}
	if err != nil {
		return nil, fmt.Errorf("iio: iio:device%d: %s", number, explain(err))
	}
	on, _ := s.at.read("buffer/enable")
	err = r.withTrigger(s.at, s.enable)
	if err == nil && on == "1" {
		err = s.drain()
	}
	if err != nil {
		return nil, fmt.Errorf("iio: %s: %w", s.name, errors.Join(err, s.file.Close()))
	}
	s.heard = time.Now()
	s.line = timeline.NewStamps(s.config.PeriodNS(), s.heard)
	return s, nil
}

// Prepare sets a device up and switches its buffer on, for a program that may read it but
// not write its settings: Open then finds all as it would have it.
func (r Root) Prepare(name string, o Options) error {
	number, err := r.Find(name)
	if err != nil {
		return err
	}
	s := &Source{at: r.device(number), name: fmt.Sprintf("iio:device%d", number)}
	err = r.withTrigger(s.at, func() error {
		if err := s.setUp(r, o); err != nil {
			return err
		}
		return s.enable()
	})
	if err != nil {
		return fmt.Errorf("iio: %s: %w", s.name, err)
	}
	return nil
}

// setUp sets the device up and lays out its scans. A buffer that is on must be off for it,
// unless everything is as it should be.
func (s *Source) setUp(r Root, o Options) error {
	if on, err := s.at.read("buffer/enable"); err == nil && on == "1" {
		if s.configure(r, o) == nil {
			return nil
		}
	}
	if err := s.at.ensure("buffer/enable", "0"); err != nil {
		return err
	}
	return s.configure(r, o)
}

// enable switches the buffer on.
func (s *Source) enable() error {
	if err := s.at.ensure("buffer/enable", "1"); err != nil {
		return fmt.Errorf("%w: %w", err, errTrigger)
	}
	return nil
}

// configure sets all but the buffer's switch.
func (s *Source) configure(r Root, o Options) error {
	l, err := s.at.layOut()
	if err != nil {
		return err
	}
	if err := s.at.stampMonotonic(); err != nil {
		return err
	}
	if o.Trigger != "" {
		if err := s.at.ensure(current, o.Trigger); err != nil {
			return err
		}
	}
	rate, err := s.setRate(r, o.Rate)
	if err != nil {
		return err
	}
	scale, err := s.scale()
	if err != nil {
		return err
	}
	bits := 0
	for _, e := range l.elements {
		if e.Bits != l.elements[0].Bits {
			return errors.New("its axes have different widths")
		}
		bits = e.Bits
	}
	full := math.Ldexp(scale, bits-1) / standardGravity * 1e6
	if !(full >= 1 && full < 1e15) {
		return fmt.Errorf("scale %g m/s²: makes no sense with %d bits", scale, bits)
	}
	hz := int((rate + physic.Hertz/2) / physic.Hertz)
	watermark := o.Watermark
	if watermark == 0 {
		watermark = max(1, hz/20)
	}
	if watermark < 1 || watermark > 1<<16 {
		return fmt.Errorf("watermark %d: must be 1 to 65536", watermark)
	}
	// A second of buffer, or four watermarks, whatever is more.
	length := max(hz, 4*watermark)
	if err := s.at.ensure("buffer/length", strconv.Itoa(length)); err != nil {
		return err
	}
	if err := s.at.ensure("buffer/watermark", strconv.Itoa(watermark)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err // kernels before 4.2 wake for each scan
	}
	s.config = accel.Config{
		Rate: rate, RangeG: int(full/1e6 + 0.5), FullScaleMicroG: int64(full + 0.5), BitsPerSample: min(bits, 32),
		FIFODepth: length, Watermark: watermark,
	}
	s.format = hw.Format{SampleRateHz: hz, Channels: accel.Axes, BitsPerSample: s.config.BitsPerSample}
	s.scans = newScans(l)
	return nil
}

// setRate asks for a rate and returns what the driver, or the timer that triggers it, made of it.
func (s *Source) setRate(r Root, rate physic.Frequency) (physic.Frequency, error) {
	at, name, value, err := r.pace(s.at)
	if err != nil {
		return 0, err
	}
	if rate != 0 {
		if err := at.ensure(name, strconv.FormatFloat(float64(rate)/float64(physic.Hertz), 'f', -1, 64)); err != nil {
			return 0, err
		}
		if value, err = at.read(name); err != nil {
			return 0, err
		}
	}
	if at != s.at {
		if err := s.keepUp(value); err != nil {
			return 0, err
		}
	}
	hz, err := strconv.ParseFloat(value, 64)
	if err != nil || !(hz >= 1 && hz <= 1e5) {
		return 0, fmt.Errorf("%s is %q: must be 1 to 100000 Hz", name, value)
	}
	got := physic.Frequency(hz*float64(physic.Hertz) + 0.5)
	if rate != 0 && math.Abs(float64(got-rate)) > 0.01*float64(rate) {
		return 0, fmt.Errorf("rate %s: the driver made it %s", rate, got)
	}
	return got, nil
}

// keepUp has a chip that a timer triggers measure as often as it is asked: slower, and values
// would come twice.
func (s *Source) keepUp(timer string) error {
	name, own, err := s.at.ownRate()
	if errors.Is(err, errAbsent) {
		return nil
	}
	isSlow := func() bool {
		chip, errChip := strconv.ParseFloat(own, 64)
		asked, errAsked := strconv.ParseFloat(timer, 64)
		return errChip == nil && errAsked == nil && chip < 0.99*asked
	}
	if err != nil || !isSlow() {
		return err
	}
	if err := s.at.write(name, timer); err == nil {
		own, _ = s.at.read(name)
	}
	if isSlow() {
		return fmt.Errorf("its timer asks %s times a second, but it measures at %s Hz only: ask for less", timer, own)
	}
	return nil
}

// scale returns m/s² a bit.
func (s *Source) scale() (float64, error) {
	_, value, err := s.at.first("in_accel_scale", "in_accel_x_scale")
	if err != nil {
		return 0, err
	}
	for _, axis := range axes {
		if own, err := s.at.read(axis + "_scale"); err == nil && own != value {
			return 0, fmt.Errorf("its axes have different scales, %s and %s", value, own)
		}
	}
	scale, err := strconv.ParseFloat(value, 64)
	if err != nil || !(scale > 0) {
		return 0, fmt.Errorf("scale %q: must be a positive number", value)
	}
	return scale, nil
}

// Format returns three channels, x, y and z, at the nominal rate.
func (s *Source) Format() hw.Format { return s.format }

// Config returns what the device is set to.
func (s *Source) Config() accel.Config { return s.config }

// String names driver and device.
func (s *Source) String() string { return s.name }

// Clock returns what is known of the sensor's true sample rate: by time stamps, or
// where there are none by when samples arrive.
func (s *Source) Clock() accel.Estimate { return accel.EstimateOf(s.line.Estimate()) }

// Trigger returns what tells the device to take a sample, as it is called; "" where the device does by itself.
func (s *Source) Trigger() string {
	name, _ := s.at.read(current) // what cannot be read is none
	return name
}

// Origin returns what the samples are of.
func (s *Source) Origin() hw.Origin { return s.config.Origin(s.name, s.Clock()) }

// Stats returns counts since the source was opened.
func (s *Source) Stats() accel.Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := s.stats
	stats.Lost = s.line.Lost()
	return stats
}

// SelfTest is not offered by the kernel's drivers in a way that is common to them.
func (s *Source) SelfTest() error {
	return fmt.Errorf("iio: %s: self-test: %w", s.name, errors.ErrUnsupported)
}

// Halt ends reading and switches the buffer off.
func (s *Source) Halt() error {
	return s.end.Halt(func() error {
		off := s.at.write("buffer/enable", "0")
		if isForbidden(off) {
			off = nil // whoever switched it on sees to it
		}
		if err := errors.Join(s.file.Close(), off); err != nil {
			return fmt.Errorf("iio: %s: halting: %w", s.name, err)
		}
		return nil
	})
}

// Read fills b with the samples that follow the previous block.
func (s *Source) Read(ctx context.Context, b *hw.Block) error {
	room := cap(b.PCM) / accel.Axes
	if room == 0 {
		return fmt.Errorf("iio: %s: block of %d values: need at least %d", s.name, cap(b.PCM), accel.Axes)
	}
	if err := s.end.Stopped(ctx); err != nil {
		return err
	}
	for s.scans.whole() == 0 {
		if err := s.more(ctx); err != nil {
			return err
		}
	}
	lost, err := s.missing(ctx)
	if err != nil {
		return err
	}
	s.line.Lose(lost)
	n := s.place(min(room, s.scans.whole()))
	b.PCM = b.PCM[:n*accel.Axes]
	s.scans.give(b.PCM, n)
	m := s.line.Take(uint64(n), time.Now())
	b.FirstSample, b.Lost, b.Time = m.First, m.Lost, m.Time

	s.mu.Lock()
	defer s.mu.Unlock()
	if lost > 0 {
		s.stats.Overruns++
	}
	s.stats.SampleTimes += uint64(n)
	s.stats.Bursts++
	return nil
}

// missing returns how many scans are missing before what comes next. Lost or late?
// The scans that follow tell, so it waits for them.
func (s *Source) missing(ctx context.Context) (uint64, error) {
	lost := s.gap(0)
	for lost > 0 && s.scans.whole() < timeline.Ahead {
		before := s.scans.fill
		if err := s.more(ctx); err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		lost = s.gap(0)
		if s.scans.fill == before {
			break
		}
	}
	return lost, nil
}

// gap returns how many scans are missing before scan i of what was read, which follows
// i that the line has observed.
func (s *Source) gap(i int) uint64 {
	if !s.scans.stamped() {
		return 0
	}
	return s.line.Missing(uint64(i), s.scans.moments[i:s.scans.whole()])
}

// place puts up to n scans on the line, and returns how many come before the next that
// are missing.
func (s *Source) place(n int) int {
	if !s.scans.stamped() {
		return n
	}
	for i := range n {
		if i > 0 && s.gap(i) > 0 {
			return i
		}
		s.line.Observe(uint64(1+i), s.scans.moments[i])
	}
	return n
}

// more reads scans until there is a whole one or reading ends.
func (s *Source) more(ctx context.Context) error {
	// A file that knows no deadline is a recording in a test: it does not block.
	if err := s.file.SetReadDeadline(time.Now().Add(patience)); err != nil && !errors.Is(err, os.ErrNoDeadline) {
		if e := s.end.Stopped(ctx); e != nil {
			return e
		}
		return fmt.Errorf("iio: %s: %w", s.name, err)
	}
	n, err := s.scans.read(s.file)
	if e := s.end.Stopped(ctx); e != nil {
		return e
	}
	switch {
	case n > 0:
		s.heard = time.Now()
		s.scans.arrive(s.line, s.heard)
		return nil
	case errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, syscall.EAGAIN):
		limit := time.Second + 8*time.Duration(float64(s.config.Watermark)*s.config.PeriodNS())
		if time.Since(s.heard) > limit {
			return fmt.Errorf("iio: %s: %w", s.name, accel.ErrSilent)
		}
		return nil
	case errors.Is(err, io.EOF):
		return io.EOF
	case err == nil:
		return fmt.Errorf("iio: %s: %w", s.name, io.ErrNoProgress)
	default:
		return fmt.Errorf("iio: %s: %w", s.name, err)
	}
}
