//go:build guest

package iio_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/accel/acceltest"
	"github.com/auscult/auscult/hw/iio"
)

const (
	name = "press"
	// rate is one that a timer keeps up with on an emulated machine that other work delays.
	rate = 25
	// tester is a user and a group that may do nothing in particular.
	tester = 1000
)

var options = iio.Options{Rate: rate * physic.Hertz}

// dropped returns how many scans found the kernel's buffer full.
func dropped(t *testing.T) uint64 {
	t.Helper()
	text, err := os.ReadFile("/sys/module/simiio/parameters/dropped")
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// reader reads a source and checks every scan's index.
type reader struct {
	t                           *testing.T
	source                      *iio.Source
	block                       hw.Block
	next                        uint16
	received, reported, missing uint64
}

func newReader(t *testing.T, source *iio.Source) *reader {
	return &reader{t: t, source: source, block: hw.Block{PCM: make([]int32, accel.Axes*64)}}
}

// index returns a scan's index: its values are 8 * byte - 1024 in the 12 upper bits.
func index(t *testing.T, q31 []int32) uint16 {
	var bytes [accel.Axes]int32
	for axis, v := range q31 {
		if v&(1<<23-1) != 0 {
			t.Fatalf("%#x: its lower bits are not the module's", q31)
		}
		bytes[axis] = (v>>20 + 1024) / 8 << 24
	}
	i, ok := acceltest.Index(bytes[:])
	if !ok {
		t.Fatalf("torn scan %#x", q31)
	}
	return i
}

func (r *reader) read() {
	r.t.Helper()
	if err := r.source.Read(r.t.Context(), &r.block); err != nil {
		r.t.Fatalf("after %d scans: %v", r.received, err)
	}
	r.reported += r.block.Lost
	for i := 0; i < len(r.block.PCM); i += accel.Axes {
		at := index(r.t, r.block.PCM[i:i+accel.Axes])
		if r.received == 0 {
			r.next = at
		}
		r.missing += uint64(at - r.next)
		r.next = at + 1
		r.received++
	}
}

func (r *reader) readFor(d time.Duration) {
	r.t.Helper()
	for until := time.Now().Add(d); time.Now().Before(until); {
		r.read()
	}
}

// check compares what is missing with what was reported. The timer of an emulated machine may be late by
// more than a period: then a scan is missing that the kernel never took, and the scan after it may itself be so late
// that the two look like one. On a machine that has time for the guest nothing is missing, or as much as is reported.
func (r *reader) check(what string) {
	r.t.Helper()
	r.t.Logf("%s: %d scans, %d missing, %d reported lost", what, r.received, r.missing, r.reported)
	if off := int64(r.missing) - int64(r.reported); max(off, -off) > int64(r.missing+3)/4 {
		r.t.Errorf("%s: %d scans are missing, %d were reported", what, r.missing, r.reported)
	}
}

// open opens the device as root, which sets it up.
func open(t *testing.T) *iio.Source {
	t.Helper()
	source, err := iio.Root("").Open(name, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := source.Halt(); err != nil {
			t.Error(err)
		}
	})
	return source
}

// TestRead reads a device whose elements differ in all that the kernel can say of them.
func TestRead(t *testing.T) {
	source := open(t)
	config := source.Config()
	if config.Rate != rate*physic.Hertz || config.RangeG != 2 || config.BitsPerSample != 12 {
		t.Errorf("config %+v", config)
	}
	r := newReader(t, source)
	r.readFor(5 * time.Second)
	r.check("read")
	if r.received+r.missing < 4*rate {
		t.Errorf("%d scans in 5 s at %d Hz", r.received, rate)
	}
	// Where the timer cannot keep up there is no rate to measure.
	if e := source.Clock(); r.missing == 0 && (!e.OK || e.DriftPPM < -5000 || e.DriftPPM > 5000) {
		t.Errorf("clock %+v", e)
	}
}

// TestOverruns does not read for longer than the kernel's buffer lasts, again and again.
func TestOverruns(t *testing.T) {
	source := open(t)
	r := newReader(t, source)
	r.readFor(3 * time.Second)
	before := dropped(t)
	for range 3 {
		<-time.After(1700 * time.Millisecond)
		r.readFor(2 * time.Second)
	}
	r.check("overruns")
	if full := dropped(t) - before; full == 0 || r.reported < full {
		t.Errorf("%d scans found the buffer full, %d were reported lost", full, r.reported)
	}
}

// TestClockIsSet sets the wall clock by which the kernel stamps scans unless it is told otherwise.
func TestClockIsSet(t *testing.T) {
	source := open(t)
	r := newReader(t, source)
	r.readFor(2 * time.Second)
	began := time.Now()
	t.Cleanup(func() { // monotonic: as much has passed as has passed
		now := syscall.NsecToTimeval(began.UnixNano() + int64(time.Since(began)))
		if err := syscall.Settimeofday(&now); err != nil {
			t.Error(err)
		}
	})
	for _, by := range []time.Duration{-500 * time.Millisecond, 10 * time.Second, -20 * 365 * 24 * time.Hour} {
		now := syscall.NsecToTimeval(time.Now().Add(by).UnixNano())
		if err := syscall.Settimeofday(&now); err != nil {
			t.Fatal(err)
		}
		r.readFor(time.Second)
		if old := time.Since(r.block.Time.Round(0)); old < -time.Second || old > 2*time.Second {
			t.Errorf("set by %v: a block looks %v old", by, old)
		}
	}
	r.check("the clock set")
}

// TestService prepares the device as root and reads it as a service does: an ordinary user, and /sys read-only.
func TestService(t *testing.T) {
	if os.Getenv("AS_SERVICE") != "" {
		asService(t)
		return
	}
	if out, err := serve(t); err == nil || !strings.Contains(out, "auscultd --prepare") {
		t.Errorf("before it was prepared: %v, %s", err, out)
	}
	root := iio.Root("")
	if err := root.Prepare(name, options); err != nil {
		t.Fatal(err)
	}
	if err := root.Share(name, tester); err != nil {
		t.Fatal(err)
	}
	for range 2 { // it can be opened again
		out, err := serve(t)
		if err != nil {
			t.Errorf("%v: %s", err, out)
		}
		t.Log(strings.TrimSpace(out))
	}
}

// serve runs this test as a service.
func serve(t *testing.T) (string, error) {
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	defer cancel()
	c := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestService$", "-test.v")
	c.Env = append(os.Environ(), "AS_SERVICE=1")
	c.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	out, err := c.CombinedOutput()
	return string(out), err
}

// asService is TestService's child: it makes /sys read-only for itself, becomes an ordinary user, and reads.
func asService(t *testing.T) {
	if err := syscall.Mount("", "/sys", "", syscall.MS_REMOUNT|syscall.MS_BIND|syscall.MS_RDONLY, ""); err != nil {
		t.Fatalf("/sys: %v", err)
	}
	for _, err := range []error{syscall.Setgroups(nil), syscall.Setgid(tester), syscall.Setuid(tester)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if f, err := os.OpenFile("/sys/bus/iio/devices/iio:device0/buffer/enable", os.O_WRONLY, 0); err == nil {
		f.Close()
		t.Fatal("/sys can be written")
	}
	source, err := iio.Root("").Open(name, options)
	if err != nil {
		t.Fatal(err)
	}
	r := newReader(t, source)
	r.readFor(2 * time.Second)
	r.check("as a service")
	if err := source.Halt(); err != nil {
		t.Error(err)
	}
	fmt.Println("read as user", os.Getuid())
}
