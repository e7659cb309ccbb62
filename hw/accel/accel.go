package accel

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/internal/timeline"
)

// Axes is the number of channels of every accelerometer: x, y, z.
const Axes = 3

// ErrSilent is the reason of a Read that had to give up because the sensor
// answers but measures nothing: a chip that lost its supply and its settings,
// a stopped oscillator.
var ErrSilent = errors.New("no samples: did the sensor lose its supply?")

// Opts is what a sensor is set to. The zero value gives the fastest rate that a host keeps up
// with, at the chip's widest range.
type Opts struct {
	// Rate is the output data rate, one of those in the data sheet.
	Rate physic.Frequency
	// RangeG is the range in g, one of those in the data sheet.
	RangeG int
	// Watermark is at how many sample times in the FIFO the chip raises its
	// interrupt line, and how many a polling Source waits for; 0 is half the FIFO.
	Watermark int
	// BeyondDataSheet accepts a rate that the data sheet advises against on this
	// bus; samples may then be missing or noisier.
	BeyondDataSheet bool
	// Clock paces resets and self-tests; nil is SystemClock.
	Clock Clock
}

// Wants reports whether a chip's rate is the one that is asked for. People round them to Hz, data
// sheets to three digits: 6.66 kHz is 6,667 Hz.
func (o Opts) Wants(rate physic.Frequency) bool {
	within := max(physic.Hertz/2, rate/500)
	return o.Rate-rate <= within && rate-o.Rate <= within
}

// Complete returns the options with what they leave open, of a chip with a usual rate and range and
// a FIFO of depth sample times; an error where the FIFO has no such watermark.
func (o Opts) Complete(rate physic.Frequency, rangeG, depth int) (Opts, error) {
	o.Rate, o.RangeG, o.Watermark = cmp.Or(o.Rate, rate), cmp.Or(o.RangeG, rangeG), cmp.Or(o.Watermark, depth/2)
	if o.Clock == nil {
		o.Clock = SystemClock()
	}
	if o.Watermark < 1 || o.Watermark >= depth {
		return o, fmt.Errorf("watermark %d: must be 1 to %d", o.Watermark, depth-1)
	}
	return o, nil
}

// Config is what a sensor was set to.
type Config struct {
	// Rate is the nominal output data rate.
	Rate physic.Frequency
	// RangeG is the range in g that was asked for.
	RangeG int
	// FullScaleMicroG is the acceleration in millionths of g that a Q31 sample
	// of 2^31 stands for. It is the range, but for chips whose words reach beyond.
	FullScaleMicroG int64
	// BitsPerSample are the significant bits, counted from the top.
	BitsPerSample int
	// FIFODepth is how many sample times the chip keeps.
	FIFODepth int
	// Watermark is at how many entries its interrupt line rises.
	Watermark int
	// HasInterrupt says whether the chip can raise a line at the watermark.
	HasInterrupt bool
}

// MicroG converts a Q31 sample, rounding down.
func (c Config) MicroG(q31 int32) int64 {
	return int64(q31) * c.FullScaleMicroG >> 31
}

// Origin returns what the samples of a sensor of some name are.
func (c Config) Origin(name string, clock Estimate) hw.Origin {
	o := hw.Origin{Sensor: name, Unit: hw.G, FullScale: float64(c.FullScaleMicroG) / 1e6, Range: float64(c.RangeG)}
	if clock.OK {
		o.RateHz = float64(clock.Rate) / float64(physic.Hertz)
	}
	return o
}

// PeriodNS returns the nominal time between two samples, in nanoseconds.
func (c Config) PeriodNS() float64 {
	return float64(physic.Hertz) / float64(c.Rate) * float64(time.Second)
}

// format returns what blocks of the sensor hold.
func (c Config) format() hw.Format {
	hz := int((c.Rate + physic.Hertz/2) / physic.Hertz)
	return hw.Format{SampleRateHz: hz, Channels: Axes, BitsPerSample: c.BitsPerSample}
}

// check finds settings that a Source cannot work with.
func (c Config) check() error {
	switch {
	case c.Rate < physic.Hertz || c.Rate > 100*physic.KiloHertz:
		return fmt.Errorf("rate %s: must be 1 Hz to 100 kHz", c.Rate)
	case c.BitsPerSample < 1 || c.BitsPerSample > 32:
		return fmt.Errorf("%d bits: must be 1 to 32", c.BitsPerSample)
	case c.FIFODepth < 2 || c.FIFODepth > 1<<16:
		return fmt.Errorf("FIFO of %d sample times: must be 2 to 65536", c.FIFODepth)
	case c.Watermark < 1 || c.Watermark >= c.FIFODepth:
		return fmt.Errorf("watermark %d: must be 1 to %d", c.Watermark, c.FIFODepth-1)
	case c.FullScaleMicroG <= 0:
		return fmt.Errorf("full scale %d µg: must be positive", c.FullScaleMicroG)
	}
	return nil
}

// Sensor is a chip with a FIFO. Its methods are called by one goroutine at a
// time; a Source sees to that.
type Sensor interface {
	// String names chip and bus. Halt stops measuring and leaves the chip in
	// standby; Start works again afterwards.
	conn.Resource

	// Config returns what the sensor is set to.
	Config() Config

	// Start empties the FIFO and begins to measure.
	Start() error

	// Level returns how many entries the FIFO holds, at most Config.FIFODepth, and
	// whether it was full: then older ones may have been lost. An entry is a sample
	// time, or what else the driver has the chip put there.
	Level() (n int, full bool, err error)

	// ReadFIFO reads the oldest len(dst)/3 entries, which Level reported, and
	// returns how many sample times they hold: Q31 values x, y, z, x, … at the
	// front of dst. The three values of one time are never torn.
	ReadFIFO(dst []int32) (n int, err error)

	// SelfTest has the chip push its mass and looks how far the readings move, which
	// takes about a second. The machine that it sits on should stand still. The chip
	// is in standby afterwards.
	SelfTest() error
}

// Gap is a place where sample times are missing.
type Gap struct {
	// Before is the sample time, of those read last, that the missing ones came
	// before: 0 is the first.
	Before int
	// Missing is how many they are, at least 1.
	Missing uint64
}

// Counter is a Sensor whose chip tells its own time in the FIFO, so that what
// was overwritten need not be estimated by the host's clock.
type Counter interface {
	Sensor

	// Gaps returns what is missing among the sample times that ReadFIFO read last,
	// in order; the slice serves until the next ReadFIFO. Before the chip has told
	// its time once, ok is false.
	Gaps() (gaps []Gap, ok bool)
}

// Accelerometer is a source of acceleration, whoever drives the chip: x, y and
// z as three channels in Q31, to be multiplied by the configuration's full scale.
type Accelerometer interface {
	hw.Source
	// Config returns what the sensor is set to.
	Config() Config
	// Origin returns what the samples are of. It may be called from any goroutine, as may
	// Clock and Stats.
	Origin() hw.Origin
	// Clock returns what is known of the sensor's true sample rate. It may be
	// called from any goroutine.
	Clock() Estimate
	// Stats returns counts since the source was opened. It may be called from
	// any goroutine.
	Stats() Stats
	// SelfTest has the chip test itself and then start anew, before the first Read; see
	// Sensor. It is errors.ErrUnsupported of a chip that the kernel drives.
	SelfTest() error
}

// Estimate is what is known of a sensor's sample clock.
type Estimate struct {
	// Rate is the measured rate; the nominal one while OK is false.
	Rate physic.Frequency
	// DriftPPM is how much faster than nominal the sensor runs, in millionths of
	// the nominal rate, by the host's monotonic clock.
	DriftPPM float64
	// Over is the time that the estimate rests on.
	Over time.Duration
	// OK says whether enough was observed.
	OK bool
}

// Stats counts what a source did.
type Stats struct {
	SampleTimes uint64 // delivered or waiting to be
	Lost        uint64 // sample times
	Overruns    uint64 // how often the FIFO was found full
	Bursts      uint64 // readings of the FIFO
	MaxLevel    int    // the most sample times found in the FIFO
	// BusShare is the share of the time that reading the chip took, 1 being all of it: near
	// that the bus is too slow. It is 0 where the kernel reads the chip.
	BusShare float64
}

// EstimateOf returns what a timeline knows.
func EstimateOf(e timeline.Estimate) Estimate {
	hz := float64(time.Second) / e.PeriodNS
	rate := physic.Frequency(hz*float64(physic.Hertz) + 0.5)
	return Estimate{Rate: rate, DriftPPM: e.DriftPPM, Over: e.Over, OK: e.Ready}
}
