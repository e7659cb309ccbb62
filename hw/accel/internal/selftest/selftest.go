// Package selftest provides what the self-tests of all chips share: means of
// samples, and limits.
package selftest

import (
	"context"
	"fmt"
	"math"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/hw/accel"
)

// patience is how much longer than nominal samples may take, plus grace.
const (
	patience = 4
	grace    = 100 * time.Millisecond
)

// Mean skips samples of a sensor that measures, then returns the mean of the
// next n in millionths of g.
func Mean(s accel.Sensor, clock accel.Clock, skip, n int) (microG [accel.Axes]int64, err error) {
	c := s.Config()
	period := time.Duration(float64(physic.Hertz) / float64(c.Rate) * float64(time.Second))
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

// Check compares how far the axes moved with what they must.
func Check(off, on [accel.Axes]int64, limits [accel.Axes]Limits) error {
	for axis, l := range limits {
		moved := on[axis] - off[axis]
		if moved < l.Min || moved > l.Max {
			return fmt.Errorf("the %c axis moved by %d mg, want %d to %d mg", "xyz"[axis], moved/1000, l.Min/1000, l.Max/1000)
		}
	}
	return nil
}

// TrimMicroG returns what the self-test of an InvenSense chip since the MPU-6500 moved an axis by in
// the factory, for its code of 1 to 255, in millionths of g: 2620 bits of ±2 g * 1.01^(code-1).
func TrimMicroG(code int) int64 {
	return int64(2620*math.Pow(1.01, float64(code-1))/16384*1e6 + 0.5)
}

// Amounts turns what the axes moved by, between two means, into amounts: of chips whose limits are for
// them, since the direction is the mount's.
func Amounts(mean *[2][accel.Axes]int64) {
	for axis := range accel.Axes {
		if mean[1][axis] < mean[0][axis] {
			mean[0][axis], mean[1][axis] = mean[1][axis], mean[0][axis]
		}
	}
}
