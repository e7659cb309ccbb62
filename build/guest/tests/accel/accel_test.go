//go:build guest

package accel_test

import (
	"math"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpioreg"
	"periph.io/x/conn/v3/i2c/i2creg"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi/spireg"
	"periph.io/x/host/v3"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/accel/acceltest"
	"github.com/auscult/auscult/hw/accel/adxl345"
	"github.com/auscult/auscult/hw/accel/iis3dwb"
	"github.com/auscult/auscult/hw/hwtest"
)

// ppm is what needs gives the module.
const ppm = 1500

var initHost = sync.OnceValue(func() error {
	_, err := host.Init()
	return err
})

// open returns a source of one of the simulated chips.
func open(t *testing.T, chip string, rate physic.Frequency, polled bool) *accel.Source {
	t.Helper()
	if err := initHost(); err != nil {
		t.Fatal(err)
	}
	var sensor accel.Sensor
	if chip == "adxl345" {
		bus, err := i2creg.Open("7")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { bus.Close() })
		if sensor, err = adxl345.NewI2C(bus, adxl345.AddressLow, accel.Opts{Rate: rate, BeyondDataSheet: true}); err != nil {
			t.Fatal(err)
		}
	} else {
		port, err := spireg.Open("SPI7.0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { port.Close() })
		if sensor, err = iis3dwb.NewSPI(port, accel.Opts{}); err != nil {
			t.Fatal(err)
		}
	}
	options := accel.SourceOptions{}
	if !polled {
		options.Pin = line(t, chip)
	}
	source, err := accel.NewSource(sensor, options)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func line(t *testing.T, chip string) gpio.PinIn {
	t.Helper()
	pin := gpioreg.ByName("simaccel-" + chip)
	if pin == nil {
		t.Fatalf("no gpio line simaccel-%s among %v", chip, gpioreg.All())
	}
	return pin
}

// overwritten returns how many samples a chip's FIFO had no room for.
func overwritten(t *testing.T, chip string) uint64 {
	t.Helper()
	name := map[string]string{"adxl345": "adxl", "iis3dwb": "iis"}[chip]
	text, err := os.ReadFile("/sys/module/simaccel/parameters/" + name + "_overwritten")
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// reader reads a source and checks every sample's index.
type reader struct {
	t                           *testing.T
	source                      *accel.Source
	block                       hw.Block
	next                        uint16
	received, reported, missing uint64
	before                      uint64
	blocks                      int
}

func newReader(t *testing.T, source *accel.Source, chip string) *reader {
	return &reader{
		t: t, source: source, before: overwritten(t, chip),
		block: hw.Block{PCM: make([]int32, accel.Axes*source.Config().FIFODepth)},
	}
}

func (r *reader) read() {
	r.t.Helper()
	if err := r.source.Read(r.t.Context(), &r.block); err != nil {
		r.t.Fatalf("after %d samples: %v", r.received, err)
	}
	r.blocks++
	r.reported += r.block.Lost
	for i := 0; i < len(r.block.PCM); i += accel.Axes {
		index, ok := acceltest.Index(r.block.PCM[i : i+accel.Axes])
		if !ok {
			r.t.Fatalf("torn sample %d: %#x", r.received, r.block.PCM[i:i+accel.Axes])
		}
		if r.received == 0 {
			r.next = index - uint16(r.block.FirstSample)
		}
		r.missing += uint64(index - r.next)
		r.next = index + 1
		r.received++
	}
}

func (r *reader) readFor(d time.Duration) {
	r.t.Helper()
	for until := time.Now().Add(d); time.Now().Before(until); {
		r.read()
	}
}

// learnClock reads until the sensor's clock is known, and counts anew from there:
// what an ADXL345 loses before is known only as far as the host was not late itself.
func (r *reader) learnClock(chip string) {
	r.t.Helper()
	for until := time.Now().Add(20 * time.Second); !r.source.Clock().OK; {
		if r.read(); time.Now().After(until) {
			r.t.Fatal("the host is too busy: 20 s without enough undisturbed bursts to know the clock by")
		}
	}
	r.settle()
	r.reported, r.missing, r.before = 0, 0, overwritten(r.t, chip)
}

// settle reads until no overrun came for long enough that all that was lost is
// counted, or for 30 s, and says which.
func (r *reader) settle() (settled bool) {
	r.t.Helper()
	for until := time.Now().Add(30 * time.Second); time.Now().Before(until); {
		before := r.source.Stats().Overruns
		for range 140 {
			r.read()
		}
		if r.source.Stats().Overruns == before {
			return true
		}
	}
	return false
}

// lateSamples is how far the host's lateness may blur an overrun.
const lateSamples = 4

// check compares what is missing with what was reported: to the sample for the
// IIS3DWB, which tells its own time. Of the other chip an overrun is
// known as well as the host's own lateness is: to lateSamples, 5 ms at 800 Hz, on an
// emulated host that other work delays (undisturbed runs are exact). On a host so
// busy that overruns do not cease, the last of them is not counted out.
func (r *reader) check(chip string) {
	r.t.Helper()
	settled := r.settle()
	overruns := r.source.Stats().Overruns
	r.t.Logf("%d samples, %d missing, %d reported lost, %d overwritten, %d overruns, fullest FIFO %d of %d", r.received, r.missing, r.reported,
		overwritten(r.t, chip)-r.before, overruns, r.source.Stats().MaxLevel, r.source.Config().FIFODepth)
	bound := lateSamples * int64(overruns)
	if chip == "iis3dwb" {
		bound = 0
	} else if !settled {
		bound = max(bound, int64(r.missing/20))
		r.t.Logf("the host is too busy: overruns did not cease, bound %d", bound)
	}
	if off := int64(r.missing) - int64(r.reported); max(off, -off) > bound {
		r.t.Errorf("%d samples are missing, %d were reported", r.missing, r.reported)
	}
}

// cpu returns the processor time that this process has used.
func cpu() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(syscall.TimevalToNsec(usage.Utime) + syscall.TimevalToNsec(usage.Stime))
}

// cases are what an emulated processor has time for: each sample of an ADXL345
// takes a transfer, so that 800 a second, what its data sheet allows on I2C, cost a quarter
// of it.
var cases = []struct {
	chip string
	rate physic.Frequency
}{
	{"adxl345", 800 * physic.Hertz},
	{"iis3dwb", iis3dwb.Rate},
}

// TestSustained reads each chip for a while over the kernel's buses; whatever
// is missing must be reported, and the clock's drift found.
func TestSustained(t *testing.T) {
	duration := 6 * time.Second
	if os.Getenv("GUEST_SOAK") == "1" {
		duration = 2 * time.Minute
	}
	for _, c := range cases {
		for name, polled := range map[string]bool{" by interrupt": false, " polled": true} {
			t.Run(c.chip+" "+c.rate.String()+name, func(t *testing.T) {
				source := open(t, c.chip, c.rate, polled)
				r := newReader(t, source, c.chip)
				r.learnClock(c.chip)
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				used, began, blocks := cpu(), time.Now(), r.blocks
				r.readFor(duration)
				used = cpu() - used
				blocks = r.blocks - blocks
				runtime.ReadMemStats(&after)
				took, clock := time.Since(began), source.Clock()
				r.check(c.chip)
				if err := source.Halt(); err != nil {
					t.Fatal(err)
				}
				t.Logf("CPU %.1f %% of one core, %.0f blocks/s, %.2f allocations a block, drift %.0f ppm", 100*used.Seconds()/took.Seconds(),
					float64(blocks)/took.Seconds(), float64(after.Mallocs-before.Mallocs)/float64(blocks), clock.DriftPPM)
				if !clock.OK || math.Abs(clock.DriftPPM-ppm) > 500 {
					t.Errorf("drift %.0f ppm, want %d within 500", clock.DriftPPM, ppm)
				}
			})
		}
	}
}

// TestForcedOverrun lets the FIFO run over and wants the loss in the blocks.
func TestForcedOverrun(t *testing.T) {
	for _, c := range cases {
		t.Run(c.chip+" "+c.rate.String(), func(t *testing.T) {
			source := open(t, c.chip, c.rate, false)
			r := newReader(t, source, c.chip)
			r.learnClock(c.chip)
			for range 5 {
				stall := time.NewTimer(150 * time.Millisecond)
				<-stall.C
				r.readFor(time.Second)
			}
			r.check(c.chip)
			if r.missing == 0 {
				t.Error("nothing was lost: the test does not stall")
			}
			if err := source.Halt(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestConformance holds the drivers on the kernel's buses to what every source
// must do.
func TestConformance(t *testing.T) {
	for _, chip := range []string{"adxl345", "iis3dwb"} {
		t.Run(chip, func(t *testing.T) {
			probe := open(t, chip, 0, true)
			format := probe.Format()
			if err := probe.Halt(); err != nil {
				t.Fatal(err)
			}
			hwtest.TestSource(t, func(t *testing.T) hw.Source {
				return open(t, chip, 0, true)
			}, hwtest.Want{Format: format, Live: true})
		})
	}
}

func TestWrongChip(t *testing.T) {
	if err := initHost(); err != nil {
		t.Fatal(err)
	}
	bus, err := i2creg.Open("7")
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	if _, err := adxl345.NewI2C(bus, adxl345.AddressHigh, accel.Opts{}); err == nil ||
		!strings.Contains(err.Error(), "no ADXL345 answers") {
		t.Errorf("nothing at the address: %v", err)
	}
	port, err := spireg.Open("SPI7.0")
	if err != nil {
		t.Fatal(err)
	}
	defer port.Close()
	if _, err := adxl345.NewSPI(port, accel.Opts{}); err == nil || !strings.Contains(err.Error(), "want a ADXL345") {
		t.Errorf("an IIS3DWB taken for an ADXL345: %v", err)
	}
}
