package timeline

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

func TestCrystal(t *testing.T) {
	c := newCrystal(48000)
	// Before the rate is known it may be off by 1.5 %; an early observation counts at once.
	c.observe(0, 1e9)
	c.observe(48000, 2e9+50e6)
	if got := c.At(48000); got != 2e9+15_750_000 {
		t.Errorf("after a late observation: %d", got)
	}
	c.observe(96000, 3e9-1e6)
	if got := c.At(96000); got != 3e9-1e6 {
		t.Errorf("after an early observation: %d", got)
	}
	for n, want := range map[int64]uint64{-5: 0, 0: 0, 1e9: 48000, 12833: 1, 3600e9: 48000 * 3600, 10400: 0} {
		if got := c.samples(n); got != want {
			t.Errorf("%d ns are %d samples, want %d", n, got, want)
		}
	}
}

// day is a card that is read for a day by a host that is late now and then.
type day struct {
	ring    *Ring
	random  *rand.Rand
	period  float64       // true, in ns
	worst   time.Duration // by how far times were off, from settled on
	settled time.Duration
	lost    uint64
}

// run looks every 20 ms for a time, from a moment on; true says how many samples were taken
// by a moment, of which missing were skipped by the card itself.
func (d *day) run(from, until time.Duration, count func(at time.Duration) uint64) {
	given := d.ring.Next() - d.ring.Lost()
	for at := from; at < until; at += 20 * time.Millisecond {
		late := time.Duration(d.random.ExpFloat64() * float64(150*time.Microsecond))
		switch d.random.IntN(5000) {
		case 0:
			late += time.Duration(d.random.IntN(200)) * time.Millisecond
		case 1, 2, 3:
			late += time.Duration(d.random.IntN(20)) * time.Millisecond
		}
		seen := at + late
		ahead := count(at) - given
		if int64(ahead) <= 0 {
			continue
		}
		if _, sure := d.ring.Observe(ahead, int64(seen), 0); !sure {
			continue
		}
		if lost := d.ring.lost; lost > 0 {
			d.lost += lost
		}
		m := d.ring.Take(ahead, epoch.Add(seen))
		given += ahead
		taken := time.Duration(float64(m.First+1-d.lost) * d.period)
		if off := m.Time.Sub(epoch.Add(taken)).Abs(); seen > d.settled {
			d.worst = max(d.worst, off)
		}
	}
}

func newDay(ppm float64) *day {
	d := &day{random: rand.New(rand.NewPCG(7, 7)), period: 1e9 / 48000 / (1 + ppm*1e-6), ring: NewRing(48000, epoch, 0)}
	d.ring.Restart(24000, 960)
	return d
}

// taken returns how many samples had been taken at a moment, by the true rate.
func (d *day) taken(at time.Duration) uint64 { return uint64(float64(at) / d.period) }

// TestDay reads cards of every constant error up to 1 % for a simulated day: nothing is lost,
// times are right to 2 ms from the first on, and the rate is known to 5 ppm. So it is where
// the driver is wrong by 8.1 %, but for the first second.
func TestDay(t *testing.T) {
	for _, c := range []struct {
		ppm  float64
		long time.Duration
	}{
		{0, time.Hour}, {90, time.Hour}, {-90, time.Hour}, {500, time.Hour}, {-500, 24 * time.Hour}, {-1134, time.Hour},
		{-2500, time.Hour}, {5000, time.Hour}, {-5000, time.Hour}, {10_000, 24 * time.Hour}, {-10_000, 24 * time.Hour},
		{-81_250, time.Hour}, {88_000, time.Hour},
	} {
		d := newDay(c.ppm)
		if math.Abs(c.ppm) > 10_000 {
			d.settled = time.Second
		}
		d.run(20*time.Millisecond, c.long, d.taken)
		e := d.ring.Estimate()
		if d.ring.Lost() != 0 || d.worst > 2*time.Millisecond || math.Abs(e.DriftPPM-c.ppm) > 5 {
			t.Errorf("%+.0f ppm: %d lost, times up to %v off, rate %+.1f ppm", c.ppm, d.ring.Lost(), d.worst, e.DriftPPM)
		}
		t.Logf("%+.0f ppm for %v: %d lost, times right to %v, rate %+.1f ppm", c.ppm, c.long, d.ring.Lost(), d.worst, e.DriftPPM)
	}
}

// TestStall has a device stand still for a time, and go on as if nothing had been: what it
// would have taken is lost, and times are right again soon. A standstill of a whole ring looks
// like a reader that was late for so long, and is counted as that.
func TestStall(t *testing.T) {
	for _, ppm := range []float64{0, -2500, 10_000} {
		for _, long := range []time.Duration{40, 120, 240, 300, 440, 700, 900, 1300} {
			long *= time.Millisecond
			d := newDay(ppm)
			d.run(20*time.Millisecond, time.Minute, d.taken)
			gone := uint64(math.Round(float64(long) / d.period))
			stood := func(at time.Duration) uint64 {
				if at < time.Minute+long {
					return d.taken(time.Minute)
				}
				return d.taken(at) - gone
			}
			d.run(time.Minute, 63*time.Second, stood)
			lost := d.ring.Lost()
			if off := int64(lost - gone); max(off, -off) > 48 { // a millisecond
				t.Errorf("%+.0f ppm, %v: %d lost, want %d", ppm, long, lost, gone)
			}
			d.worst, d.settled = 0, 63*time.Second
			d.lost -= gone // times are the clock's again
			d.run(63*time.Second, 5*time.Minute, stood)
			if d.ring.Lost() != lost || d.worst > 2*time.Millisecond {
				t.Errorf("%+.0f ppm, %v: %d more lost, times up to %v off", ppm, long, d.ring.Lost()-lost, d.worst)
			}
		}
	}
}

// TestRateChanges has a device that runs at another rate from some moment on: nothing is
// lost, and times are right again within two minutes.
func TestRateChanges(t *testing.T) {
	for _, by := range []float64{30, -30, 150, -150, 1000, -1000, -5000, 10_000, -10_000, -30_000} {
		d := newDay(0)
		d.run(20*time.Millisecond, 2*time.Minute, d.taken)
		before := d.taken(2 * time.Minute)
		changed := d.period / (1 + by*1e-6)
		after := func(at time.Duration) uint64 { return before + uint64(float64(at-2*time.Minute)/changed) }
		d.run(2*time.Minute, 4*time.Minute, after)
		// From here on the line is what counts; day's own idea of times knows one rate only.
		n := d.ring.Next()
		off := time.Duration(d.ring.crystal.At(n)) - 2*time.Minute - time.Duration(float64(n-before)*changed)
		if d.ring.Lost() != 0 || off.Abs() > 2*time.Millisecond {
			t.Errorf("%+.0f ppm more: %d lost, %v off", by, d.ring.Lost(), off)
		}
	}
}
