// Package selftest provides what the self-tests of all chips share: means of
// samples, and limits.
package selftest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/auscult/auscult/hw/accel"
)

// patience is how much longer than nominal samples may take, plus grace.
const (
	patience = 4
	grace    = 100 * time.Millisecond
)

// Means returns what a sensor measures before and while it pushes its mass, which two values of a
// register say to measure: each time the mean of n samples after some that are skipped.
func Means(s accel.Sensor, clock accel.Clock, forces [2]byte, measure func(force byte) error, skip, n int) (m Moved,
	err error) {
	for i, force := range forces {
		if err := measure(force); err != nil {
			return m, err
		}
		if m[i], err = mean(s, clock, skip, n); err != nil {
			return m, err
		}
	}
	return m, nil
}

// Ended returns what a self-test of a driver ended with: its error, or else what went wrong when the
// chip's settings were restored.
func Ended(driver string, chip fmt.Stringer, err error, restored ...error) error {
	if err == nil {
		err = errors.Join(restored...)
	}
	if err != nil {
		return fmt.Errorf("%s: %s: self-test: %w", driver, chip, err)
	}
	return nil
}

// mean skips samples of a sensor that measures, then returns the mean of the
// next n in millionths of g.
func mean(s accel.Sensor, clock accel.Clock, skip, n int) (microG [accel.Axes]int64, err error) {
	c := s.Config()
	period := time.Duration(c.PeriodNS())
	until := clock.Now().Add(time.Duration(patience*(skip+n))*period + grace)
	var sum [accel.Axes]int64
	pcm := make([]int32, accel.Axes*c.FIFODepth)
	for taken := 0; taken < n; {
		level, _, err := s.Level()
		if err != nil {
			return microG, err
		}
		if level == 0 {
			if clock.Now().After(until) {
				return microG, fmt.Errorf("%d of %d samples came: %w", taken, n, accel.ErrSilent)
			}
			if err := clock.Wait(context.Background(), nil, max(period, time.Millisecond)); err != nil {
				return microG, err
			}
			continue
		}
		level = min(level, c.FIFODepth)
		got, err := s.ReadFIFO(pcm[:accel.Axes*level])
		if err != nil {
			return microG, err
		}
		for i := range got {
			if skip > 0 {
				skip--
				continue
			}
			if taken == n {
				break
			}
			taken++
			for axis := range sum {
				sum[axis] += int64(pcm[accel.Axes*i+axis])
			}
		}
	}
	for axis, x := range sum {
		microG[axis] = c.MicroG(int32(x / int64(n)))
	}
	return microG, nil
}

// Limits are what the self-test must move an axis by, in millionths of g.
type Limits struct {
	Min, Max int64
}

// Same are the same limits for all axes.
func Same(least, most int64) [accel.Axes]Limits {
	l := Limits{Min: least, Max: most}
	return [accel.Axes]Limits{l, l, l}
}

// Moved are the axes before and while the mass is pushed, in millionths of g.
type Moved [2][accel.Axes]int64

// Check compares how far the axes moved with what they must.
func (m Moved) Check(limits [accel.Axes]Limits) error {
	for axis, l := range limits {
		moved := m[1][axis] - m[0][axis]
		if moved < l.Min || moved > l.Max {
			return fmt.Errorf("the %c axis moved by %d mg, want %d to %d mg", "xyz"[axis], moved/1000, l.Min/1000, l.Max/1000)
		}
	}
	return nil
}

// CheckAmounts is Check for chips whose limits are for the amount, since the direction is the mount's.
func (m Moved) CheckAmounts(limits [accel.Axes]Limits) error {
	for axis := range accel.Axes {
		m[0][axis], m[1][axis] = min(m[0][axis], m[1][axis]), max(m[0][axis], m[1][axis])
	}
	return m.Check(limits)
}

// TrimMicroG returns what the self-test of an InvenSense chip since the MPU-6500 moved an axis by in
// the factory, for its code of 1 to 255, in millionths of g: 2620 bits of ±2 g * 1.01^(code-1).
func TrimMicroG(code int) int64 {
	return int64(2620*math.Pow(1.01, float64(code-1))/16384*1e6 + 0.5)
}
