package accel_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/accel/acceltest"
	"github.com/auscult/auscult/hw/hwtest"
)

func TestConformance(t *testing.T) {
	for _, r := range rigs {
		for name, polled := range map[string]bool{" interrupt": false, " polled": true} {
			t.Run(r.name+name, func(t *testing.T) {
				format := r.assemble(t, acceltest.Options{}, polled, 0).source.Format()
				hwtest.TestSource(t, func(t *testing.T) hw.Source {
					return r.assemble(t, acceltest.Options{}, polled, 0).source
				}, hwtest.Want{Format: format})
			})
		}
	}
}

// follow reads a source for a time and checks each sample's index against
// what the blocks say. It returns how many samples came, and how many did not.
type follower struct {
	t        *testing.T
	a        assembly
	block    hw.Block
	next     uint16 // index of the next sample, mod 65,536
	received uint64
	missing  uint64 // by the samples' own indices
	reported uint64
}

func newFollower(t *testing.T, a assembly) *follower {
	return &follower{t: t, a: a, block: hw.Block{PCM: make([]int32, accel.Axes*a.sensor.Config().FIFODepth)}}
}

func (f *follower) read() {
	f.t.Helper()
	if err := f.a.source.Read(f.t.Context(), &f.block); err != nil {
		f.t.Fatalf("after %d samples: %v", f.received, err)
	}
	f.reported += f.block.Lost
	if f.received == 0 {
		// The chip may have counted before its FIFO was on.
		index, _ := acceltest.Index(f.block.PCM)
		f.next = index - uint16(f.block.FirstSample)
	}
	for i := 0; i < len(f.block.PCM); i += accel.Axes {
		index, ok := acceltest.Index(f.block.PCM[i : i+accel.Axes])
		if !ok {
			f.t.Fatalf("torn sample %d: %#x", f.received, f.block.PCM[i:i+accel.Axes])
		}
		f.missing += uint64(index - f.next)
		f.next = index + 1
		f.received++
	}
	if got := f.block.FirstSample + uint64(len(f.block.PCM)/accel.Axes); got != f.received+f.reported {
		f.t.Fatalf("block ends at %d, want %d", got, f.received+f.reported)
	}
}

func (f *follower) readFor(d time.Duration) {
	f.t.Helper()
	until := f.a.clock.Now().Add(d)
	for f.a.clock.Now().Before(until) {
		f.read()
	}
}

// TestSustained reads every chip at its rate for half a minute, on a bus that takes
// its time and with a host that wakes late, and loses nothing.
func TestSustained(t *testing.T) {
	for _, r := range rigs {
		for name, polled := range map[string]bool{" interrupt": false, " polled": true} {
			t.Run(r.name+name, func(t *testing.T) {
				late := 2 * time.Millisecond
				a := r.assemble(t, acceltest.Options{RatePPM: 800}, polled, late)
				f := newFollower(t, a)
				f.readFor(30 * time.Second)
				stats := a.source.Stats()
				if f.missing != 0 || f.reported != 0 || stats.Lost != 0 || a.chip.Overwritten() != 0 {
					t.Errorf("%d samples missing, %d reported, %d overwritten", f.missing, f.reported, a.chip.Overwritten())
				}
				budget := r.plan.Budget(r.bus, a.sensor.Config())
				t.Logf("%d samples in 30 s, fullest FIFO %d of %d, bus %.0f %%, slack %v, %.0f wake-ups/s", f.received,
					stats.MaxLevel, a.sensor.Config().FIFODepth, 100*budget.Share, budget.Slack.Round(10*time.Microsecond),
					float64(stats.Bursts)/30)
				// Bursts are larger than a watermark, so the status costs less, and some looks find nothing.
				if math.Abs(stats.BusShare-budget.Share) > 0.1*budget.Share {
					t.Errorf("the bus was busy for %.3f of the time, the budget says %.3f", stats.BusShare, budget.Share)
				}
				if !budget.Fits {
					t.Errorf("the budget says that this does not fit: %+v", budget)
				}
				config := a.sensor.Config()
				want := float64(config.Rate) / float64(physic.Hertz) * 30
				if math.Abs(float64(f.received)-want) > 0.01*want+float64(config.FIFODepth) {
					t.Errorf("%d samples, want about %.0f", f.received, want)
				}
			})
		}
	}
}

// TestLossAccounting stalls the reader so that the FIFO overruns, again and
// again, and wants every lost sample counted.
func TestLossAccounting(t *testing.T) {
	for _, r := range rigs {
		for name, polled := range map[string]bool{" interrupt": false, " polled": true} {
			t.Run(r.name+name, func(t *testing.T) {
				const seed = 7
				random := rand.New(rand.NewPCG(seed, seed))
				a := r.assemble(t, acceltest.Options{RatePPM: -12000}, polled, 50*time.Microsecond)
				f := newFollower(t, a)
				c := a.sensor.Config()
				whole := time.Duration(float64(c.FIFODepth) * float64(physic.Hertz) / float64(c.Rate) * float64(time.Second))
				for !a.source.Clock().OK {
					f.readFor(time.Second)
				}
				f.readFor(time.Second)
				const stalls = 20
				for range stalls {
					a.clock.Advance(whole + time.Duration(random.Int64N(int64(3*whole))))
					f.readFor(60 * whole)
				}
				stats := a.source.Stats()
				if f.missing == 0 || stats.Overruns < stalls {
					t.Fatalf("seed %d: %d samples missing after %d overruns: the test does not stall", seed, f.missing, stats.Overruns)
				}
				if f.reported != f.missing || stats.Lost != f.missing {
					t.Errorf("seed %d: %d samples reported lost, %d counted, %d are missing", seed, f.reported, stats.Lost, f.missing)
				}
				t.Logf("%d of %d samples lost in %d overruns, all reported", f.missing, f.missing+f.received, stats.Overruns)
			})
		}
	}
}

// TestHeavyTails reads every chip by a host that is mostly prompt and now and then late by any time up to
// 100 ms: what the FIFO overwrote meanwhile is reported, and nothing else.
func TestHeavyTails(t *testing.T) {
	for _, r := range rigs {
		if r.name == "KX134 SPI 12800 Hz" {
			continue // full after 6.7 ms: it overruns every second, and one is not counted out before the next
		}
		const seed = 3
		random := rand.New(rand.NewPCG(seed, seed))
		a := r.assemble(t, acceltest.Options{RatePPM: -7000}, false, 0)
		a.pin.Late = func() time.Duration {
			return min(time.Duration(40e3*math.Pow(1-random.Float64(), -1/1.3)), 100*time.Millisecond)
		}
		f := newFollower(t, a)
		for !a.source.Clock().OK { // until then the nominal rate has to serve
			f.readFor(time.Second)
		}
		missing, reported := f.missing, f.reported
		f.readFor(90 * time.Second)
		if f.missing-missing != f.reported-reported {
			t.Errorf("%s, seed %d: %d samples are missing, %d were reported", r.name, seed, f.missing-missing, f.reported-reported)
		}
		t.Logf("%s: %d of %d samples lost in %d overruns", r.name, f.missing, f.missing+f.received, a.source.Stats().Overruns)
	}
}

// TestChipTime stalls readers of a chip that tells its own time, from the first
// burst on, for a millisecond to some seconds, with oscillators up to 7 % off: every lost
// sample is counted in the very block that follows it.
func TestChipTime(t *testing.T) {
	for _, r := range rigs {
		if !slices.Contains([]string{"IIS3DWB SPI", "LSM6DSO SPI", "LSM6DSO I2C"}, r.name) {
			continue
		}
		var lost, overruns uint64
		seeds := uint64(200)
		if r.name != "IIS3DWB SPI" {
			seeds = 50 // what counts is the same
		}
		for seed := range seeds {
			random := rand.New(rand.NewPCG(seed, seed))
			a := r.assemble(t, acceltest.Options{RatePPM: 140e3*random.Float64() - 70e3}, seed%2 == 0, time.Millisecond)
			f := newFollower(t, a)
			f.read()
			for range 10 {
				stall := time.Duration(math.Exp(math.Log(5000)*random.Float64()) * float64(time.Millisecond))
				a.clock.Advance(stall)
				for range 1 + random.IntN(20) {
					if f.read(); (f.reported-f.missing)%65536 != 0 {
						t.Fatalf("seed %d: %d samples are missing, %d were reported, after a stall of %v",
							seed, f.missing, f.reported, stall)
					}
				}
			}
			if stats := a.source.Stats(); stats.Lost != f.reported {
				t.Errorf("seed %d: %d samples reported lost, %d counted", seed, f.reported, stats.Lost)
			}
			lost += f.reported
			overruns += a.source.Stats().Overruns
		}
		if overruns < 200 {
			t.Errorf("%d overruns: the test does not stall", overruns)
		}
		t.Logf("%d samples lost in %d overruns, all reported", lost, overruns)
	}
}

// TestDrift wants the sensor's clock to a few parts in a million, although the
// host wakes late at random.
func TestDrift(t *testing.T) {
	for _, r := range rigs {
		for _, ppm := range []float64{-30000, 250} {
			a := r.assemble(t, acceltest.Options{RatePPM: ppm}, false, 2*time.Millisecond)
			f := newFollower(t, a)
			if e := a.source.Clock(); e.OK || e.Rate != a.sensor.Config().Rate {
				t.Errorf("%s: %+v before the first sample", r.name, e)
			}
			f.readFor(75 * time.Second)
			e := a.source.Clock()
			// One part in a million over 32 s, half the window, is 32 µs. Polled chips see a sample
			// only within its period.
			bound := 10.0
			if c := a.sensor.Config(); !c.HasInterrupt {
				bound = 50
			}
			if !e.OK || math.Abs(e.DriftPPM-ppm) > bound {
				t.Errorf("%s: drift %.1f ppm over %v, want %.1f within %.0f", r.name, e.DriftPPM, e.Over, ppm, bound)
			}
			if a.chip.Overwritten() != 0 {
				t.Errorf("%s: lost samples", r.name)
			}
		}
	}
}

// TestTime compares the time of a block's first sample with when the chip took it.
func TestTime(t *testing.T) {
	for _, r := range rigs {
		const ppm = 5000
		a := r.assemble(t, acceltest.Options{RatePPM: ppm}, false, time.Millisecond)
		start := a.clock.Now()
		f := newFollower(t, a)
		f.readFor(20 * time.Second)
		period := float64(physic.Hertz) / float64(a.sensor.Config().Rate) / (1 + ppm*1e-6)
		for range 50 {
			f.read()
			taken := float64(f.block.FirstSample+1) * period
			if off := f.block.Time.Sub(start).Seconds() - taken; math.Abs(off) > 1e-3+period {
				t.Fatalf("%s: sample %d is %v off", r.name, f.block.FirstSample, time.Duration(off*1e9))
			}
		}
	}
}

// TestClockIsSet sets the wall clock while a chip is read: times follow, and nothing is
// taken for lost.
func TestClockIsSet(t *testing.T) {
	for _, r := range rigs {
		a := r.assemble(t, acceltest.Options{}, false, 0)
		f := newFollower(t, a)
		f.readFor(2 * time.Second)
		for _, by := range []time.Duration{time.Hour, -3 * time.Hour} {
			a.clock.Set = func(now time.Time) time.Time { return hwtest.SetClock(t, now, by) }
			f.readFor(2 * time.Second)
			// By the wall clock and by the monotonic one the block is as old.
			now := a.clock.Now()
			old, seen := now.Sub(f.block.Time), now.Round(0).Sub(f.block.Time.Round(0))
			if old != seen || old < 0 || old > time.Second {
				t.Errorf("%s, set by %v: the newest block is %v old and looks %v old", r.name, by, old, seen)
			}
		}
		if f.missing != 0 || f.reported != 0 {
			t.Errorf("%s: %d samples missing, %d reported", r.name, f.missing, f.reported)
		}
	}
}

// moves is by how many mg a self-test moves each chip that is well.
var moves = map[string][3]int{
	"ADXL345": {600, -600, 900}, "IIS3DWB": {1500, -1500, 900}, "LIS3DH": {400, -400, 200}, "MPU-6050": {559, 559, 559},
	"MPU-6500": {190, 185, 180}, "ADXL355": {300, -300, 1500}, "ADXL357": {300, -300, -1500},
	"LIS2DW12": {200, -1000, 700}, "LSM6DSO": {60, -1000, 1600}, "KX134": {500, -500, 450}, "ICM-20948": {190, 185, 180},
}

// TestSelfTest has each chip test itself before it is read: a broken one is found, and what
// is read afterwards is whole.
func TestSelfTest(t *testing.T) {
	for _, r := range rigs {
		for _, isWell := range []bool{true, false} {
			o := acceltest.Options{SelfTestCodes: [3]byte{16, 16, 16}}
			o.Signal = func(uint64) [3]int16 { return [3]int16{0, 256, 2048} }
			if isWell {
				o.SelfTestMilliG = moves[strings.Fields(r.name)[0]]
			}
			a := r.assemble(t, o, false, 0)
			if err := a.source.SelfTest(); (err == nil) != isWell {
				t.Errorf("%s, well %t: %v", r.name, isWell, err)
			}
			b := hw.Block{PCM: make([]int32, accel.Axes*a.sensor.Config().FIFODepth)}
			start := a.clock.Now()
			for a.clock.Now().Sub(start) < time.Second {
				if err := a.source.Read(t.Context(), &b); err != nil {
					t.Fatalf("%s: %v", r.name, err)
				}
				if d := a.clock.Now().Sub(b.Time); d < 0 || d > time.Second {
					t.Fatalf("%s: a block is %v old", r.name, d)
				}
			}
			if stats := a.source.Stats(); stats.Lost != 0 || stats.SampleTimes == 0 {
				t.Errorf("%s: %+v after a self-test", r.name, stats)
			}
			if err := a.source.Halt(); err != nil {
				t.Error(err)
			}
			if err := a.source.SelfTest(); !errors.Is(err, hw.ErrHalted) {
				t.Errorf("%s: a self-test after Halt: %v", r.name, err)
			}
		}
	}
}

func TestBrokenWire(t *testing.T) {
	for _, r := range rigs {
		a := r.assemble(t, acceltest.Options{}, false, 0)
		a.pin.Dead = true
		f := newFollower(t, a)
		f.readFor(10 * time.Second)
		if f.missing != 0 {
			t.Errorf("%s: %d samples missing without the interrupt line", r.name, f.missing)
		}
	}
}

func TestFaults(t *testing.T) {
	for _, r := range rigs {
		t.Run(r.name, func(t *testing.T) {
			a := r.assemble(t, acceltest.Options{}, false, 0)
			f := newFollower(t, a)
			f.readFor(time.Second)
			a.chip.Freeze()
			var err error
			before := a.clock.Now()
			for err == nil {
				err = a.source.Read(t.Context(), &f.block)
			}
			if !errors.Is(err, accel.ErrSilent) || a.clock.Now().Sub(before) > 10*time.Second {
				t.Errorf("a frozen chip: %v after %v, want ErrSilent", err, a.clock.Now().Sub(before))
			}

			a = r.assemble(t, acceltest.Options{}, true, 0)
			f = newFollower(t, a)
			f.readFor(time.Second)
			a.chip.Unplug(true)
			for err = nil; err == nil; {
				err = a.source.Read(t.Context(), &f.block)
			}
			if errors.Is(err, accel.ErrSilent) || errors.Is(err, hw.ErrHalted) {
				t.Errorf("an unplugged chip: %v", err)
			}
			t.Logf("unplugged: %v", err)
			a.chip.Unplug(false)

			a = r.assemble(t, acceltest.Options{}, true, 0)
			f = newFollower(t, a)
			f.readFor(time.Second)
			a.chip.Stick(true)
			before = a.clock.Now()
			for err = nil; err == nil; {
				err = a.source.Read(t.Context(), &f.block)
			}
			if errors.Is(err, hw.ErrHalted) || a.clock.Now().Sub(before) > 10*time.Second {
				t.Errorf("a line tied to ground: %v after %v", err, a.clock.Now().Sub(before))
			}
			a.chip.Stick(false)
		})
	}
}

// TestDisturbed flips bits of what is read, of a few transfers or of most: reading goes on or ends in an
// error, within its time, and the chip can be opened anew on a quiet bus.
func TestDisturbed(t *testing.T) {
	for _, r := range rigs {
		ended := 0
		const runs = 6
		for seed := range uint64(runs) {
			random := rand.New(rand.NewPCG(seed, 5))
			a := r.assemble(t, acceltest.Options{}, seed%2 == 0, 0)
			b := hw.Block{PCM: make([]int32, accel.Axes*a.sensor.Config().FIFODepth)}
			often := []float64{0.001, 0.05, 0.9}[seed%3]
			a.chip.Disturb(func(read []byte) {
				if random.Float64() < often {
					read[random.IntN(len(read))] ^= 1 << random.IntN(8)
				}
			})
			var err error
			for until := a.clock.Now().Add(8 * time.Second); err == nil && a.clock.Now().Before(until); {
				before := a.clock.Now()
				err = a.source.Read(t.Context(), &b)
				if took := a.clock.Now().Sub(before); took > 10*time.Second {
					t.Fatalf("%s, seed %d: a read took %v", r.name, seed, took)
				}
			}
			if err != nil {
				ended++
			}
			a.chip.Disturb(nil)
			opts := r.opts
			opts.Clock = a.clock
			again, err := r.open(a.chip, opts)
			if err != nil {
				t.Fatalf("%s, seed %d: opened anew: %v", r.name, seed, err)
			}
			if err := again.Start(); err != nil {
				t.Errorf("%s, seed %d: %v", r.name, seed, err)
			}
		}
		t.Logf("%s: %d of %d runs ended in an error", r.name, ended, runs)
	}
}

func TestWrongChip(t *testing.T) {
	for _, r := range rigs {
		for id, want := range map[byte]string{0xff: "found nothing", 0x99: "unknown chip (register 0x"} {
			clock := &acceltest.Clock{}
			o := r.opts
			o.Clock = clock
			_, err := r.open(r.chip(clock, acceltest.Options{ID: id}), o)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %v, want %q", r.name, err, want)
			}
		}
		clock := &acceltest.Clock{}
		o := r.opts
		o.Clock = clock
		chip := r.chip(clock, acceltest.Options{})
		chip.Unplug(true)
		if _, err := r.open(chip, o); err == nil {
			t.Errorf("%s: opened without a chip", r.name)
		}
	}
}

// TestUnverifiedIsSaid has every driver say which of its figures no page of a data sheet was read for.
func TestUnverifiedIsSaid(t *testing.T) {
	docs, err := filepath.Glob("*/doc.go")
	if err != nil || len(docs) < 9 {
		t.Fatalf("%d packages, %v", len(docs), err)
	}
	for _, path := range docs {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "// # Sources\n") && !strings.Contains(string(text), "\n//\n// Unverified: ") &&
			filepath.Dir(path) != "acceltest" {
			t.Errorf("%s does not say what is unverified (or that nothing is)", path)
		}
	}
}
