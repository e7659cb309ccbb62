package doctor

import (
	"context"
	"errors"
	"math"
	"strings"
	"time"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/devices"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/sensor"
	"github.com/auscult/auscult/dsp/vibration"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/accel"
)

// standardGravity is one g in m/s².
const standardGravity = 9.80665

// oddDriftPPM is how far a sensor's oscillator may be off before something else
// is likely: their data sheets allow some per cent.
const oddDriftPPM = 80e3

// busyShare is the share of the time that reading a sensor may take before its bus is
// called too slow: beyond it the slightest lateness costs samples.
const busyShare = 0.8

// sensors looks at the accelerometers that the configuration names: at each once, however many
// sources listen to its axes.
func (c *Report) sensors(ctx context.Context, o Options, settings *config.Config) {
	if o.Listen == 0 {
		return
	}
	members := settings.Members()
	for _, d := range sensor.Join(o.Root, members) {
		names := make([]string, len(d.Members))
		for i, k := range d.Members {
			names[i] = members[k].Name
		}
		name := strings.Join(names, ", ")
		switch chip := d.Sensor.(type) {
		case *sensor.Accel:
			if who := devices.Holder(o.Root, devices.Node(chip.Bus)); who != "" {
				c.add("accelerometer", odd, "stop it to have the sensor looked at, or give --listen 0s", "%s: %s uses the bus; two readers would take each other's samples", name, who)
				continue
			}
		case *sensor.IIO:
		default:
			continue
		}
		src, err := d.Sensor.Open(ctx, sensor.Site{Root: o.Root, Channel: d.Channel})
		if err != nil {
			c.add("accelerometer", bad, "auscult devices shows the buses; check wires, supply and address", "%s: %v", name, err)
			continue
		}
		for _, k := range d.Members {
			c.learned(settings, k, src)
		}
		if measured, ok := sensor.Acceleration(src); ok {
			if paced, ok := measured.(interface{ Trigger() string }); ok && paced.Trigger() != "" {
				c.add("trigger", good, "", "%s: each sample is taken when %s says so", name, paced.Trigger())
			}
			c.feel(ctx, name, measured, o.Listen)
		}
		_ = src.Halt() // it has said what it had to
	}
}

// learned compares what a source gives with what its model has learned: kind and serial number of the sensor, unit,
// range, and the rate where the configuration leaves it to the sensor.
func (c *Report) learned(settings *config.Config, source int, src hw.Source) {
	s := &settings.Sources[source]
	m, err := model.Load(settings.ModelOf(s))
	if err != nil {
		return // that is said where models are looked at
	}
	origin, said := hw.OriginOf(src), len(c.Checks)
	c.against(s.Name, &m.Settings, origin)
	if text := m.Settings.ScaleDoubt(origin); text != "" {
		c.add("scale", odd, fault.SourceScale.Kind().Help, "%s: %s", s.Name, text)
	}
	if text := m.Settings.RateDoubt(src.Format().SampleRateHz); text != "" && rateOf(s.Sensor) == 0 {
		c.add("rate", odd, fault.SourceBands.Kind().Help, "%s: %s", s.Name, text)
	}
	if len(c.Checks) == said && len(m.Settings.Provenance.Recorded) > 0 {
		c.add("model", good, "", "%s: gives what the model learned (%v), heard on one scale", s.Name,
			m.Settings.Provenance.Recorded[0])
	}
}

// selfTest has a sensor test itself, if it can.
func (c *Report) selfTest(name string, src accel.Accelerometer) {
	switch err := src.SelfTest(); {
	case errors.Is(err, errors.ErrUnsupported):
	case err != nil:
		c.add("self-test", odd, "stop the machine and look again; if it fails then too, the chip or its supply is broken",
			"%s: %v", name, err)
	default:
		c.add("self-test", good, "", "%s: the axes move as they should", name)
	}
}

// feel has a sensor test itself, if it can, and reads it for a while, with gravity: it
// judges its rate, losses, bus and axes.
func (c *Report) feel(ctx context.Context, name string, src accel.Accelerometer, listen time.Duration) {
	format, set := src.Format(), src.Config()
	fullScale := float64(set.FullScaleMicroG) / 1e6 * standardGravity
	var meters [accel.Axes]*vibration.Meter
	for axis := range meters {
		m, err := vibration.NewMeter(vibration.DefaultConfig(float64(format.SampleRateHz), fullScale))
		if err != nil {
			c.add("accelerometer", bad, "", "%s: %v", name, err)
			return
		}
		meters[axis] = m
	}
	c.add("accelerometer", good, "", "%s: %s, %v, up to %d g", name, src, format, set.RangeG)
	c.selfTest(name, src)
	b := hw.Block{PCM: make([]int32, accel.Axes*max(set.FIFODepth, 1))}
	one := make([]int32, len(b.PCM)/accel.Axes)
	want := uint64(listen.Seconds() * float64(format.SampleRateHz))
	for read := uint64(0); read < want; {
		if err := src.Read(ctx, &b); err != nil {
			if ctx.Err() == nil {
				c.add("accelerometer", bad, "check wires and supply", "%s: after %d samples: %v", name, read, err)
			}
			return
		}
		n := len(b.PCM) / accel.Axes
		for axis, m := range meters {
			for i := range n {
				one[i] = b.PCM[accel.Axes*i+axis]
			}
			if b.Lost > 0 {
				m.Gap(b.Lost)
			}
			m.Write(one[:n])
		}
		read += uint64(n)
	}
	stats, clock := src.Stats(), src.Clock()
	if stats.Lost > 0 {
		c.add("losses", odd, "wire the interrupt line, lower the rate, or see what else keeps the processor busy",
			"%s: %d of %d samples lost, the FIFO was full %d times", name, stats.Lost, stats.SampleTimes+stats.Lost, stats.Overruns)
	} else {
		c.add("losses", good, "", "%s: none in %v, fullest FIFO %d of %d", name, listen, stats.MaxLevel, set.FIFODepth)
	}
	c.bus(name, stats.BusShare)
	if clock.OK {
		state := good
		if clock.DriftPPM > oddDriftPPM || clock.DriftPPM < -oddDriftPPM {
			state = odd
		}
		c.add("rate", state, "no oscillator is that far off: is it the chip that the configuration names?", "%s: %s, %+.0f ppm from nominal", name, clock.Rate, clock.DriftPPM)
	}
	c.axes(name, &meters)
}

// bus judges the share of the time that reading a sensor takes; 0 is that the kernel
// reads it.
func (c *Report) bus(name string, share float64) {
	if share == 0 {
		return
	}
	state := good
	if share > busyShare {
		state = odd
	}
	c.add("bus", state, "it is too slow: raise its clock (I2C on a Raspberry Pi: dtparam=i2c_arm_baudrate=400000), take SPI, or lower the rate",
		"%s: reading takes %.0f %% of the time", name, 100*share)
}

// Between these a sensor at rest, on the earth, with its offsets, measures
// gravity.
const (
	minGravityG = 0.85
	maxGravityG = 1.15
)

// axes says what each axis measured, and whether gravity is what it should be.
func (c *Report) axes(name string, meters *[accel.Axes]*vibration.Meter) {
	var sum float64
	for _, m := range meters {
		g := m.Features().AccelMeanMPerS2 / standardGravity
		sum += g * g
	}
	gravity, state := math.Sqrt(sum), good
	if gravity < minGravityG || gravity > maxGravityG {
		state = odd
	}
	c.add("gravity", state, "is it the chip and the range that the configuration names?", "%s: %.2f g", name, gravity)
	for axis, m := range meters {
		f := m.Features()
		label := string("xyz"[axis])
		switch {
		case f.AccelPeakMPerS2 == 0:
			c.add("level", bad, "a sensor always has noise of its own: check wires, supply and the chip", "%s %s: every sample has the same value", name, label)
		case f.Segments == 0:
			c.add("level", good, "", "%s %s: %.4f g RMS, peak %.3f g", name, label, f.AccelRMSMPerS2/standardGravity,
				f.AccelPeakMPerS2/standardGravity)
		default:
			c.add("level", good, "", "%s %s: %.4f g RMS, peak %.3f g, velocity %.3g mm/s RMS", name, label,
				f.AccelRMSMPerS2/standardGravity, f.AccelPeakMPerS2/standardGravity, f.VelocityRMSMMPerS)
		}
	}
}
