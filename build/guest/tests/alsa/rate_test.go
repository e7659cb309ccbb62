//go:build guest && arm64

package alsa_test

import (
	"fmt"
	"math"
	"os"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/auscult/auscult/hw/alsa"
)

// element is struct snd_ctl_elem_value of a control with one whole number.
type element struct {
	number    uint32
	kind      int32
	device    uint32
	subdevice uint32
	name      [44]byte
	index     uint32
	indirect  uint32
	_         uint32
	value     struct {
		_       [0]uint64 // aligned as the union, which has one of 64 bits
		integer [128]int  // long
	}
	_ [128]byte
}

const (
	ofPCM        = 3 // kind of the controls of a device of a card
	elementWrite = 3<<30 | uint(unsafe.Sizeof(element{}))<<16 | 'U'<<8 | 0x13
	// noShift is the rate's control of a clock that is right; its period is value/noShift of the nominal.
	noShift = 100_000
)

// shift has the loopback's clock run faster than nominal, and returns by how much it can.
func shift(t *testing.T, ppm float64) (exact float64) {
	t.Helper()
	value := math.Round(noShift / (1 + ppm*1e-6))
	f, err := os.OpenFile("/dev/snd/controlC0", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	// The captured device's control is that of both ends of its cable.
	e := element{kind: ofPCM, device: 1}
	copy(e.name[:], "PCM Rate Shift 100000")
	e.value.integer[0] = int(value)
	if _, _, no := unix.Syscall(unix.SYS_IOCTL, f.Fd(), uintptr(elementWrite), uintptr(unsafe.Pointer(&e))); no != 0 {
		t.Fatalf("setting the rate to %g: %v", value, no)
	}
	return (noShift/value - 1) * 1e6
}

// TestOverrunsOffRate has a reader that is far too late, again and again, on cards whose clock is off:
// each block must say exactly how much is missing before it, and nothing is lost that was not.
func TestOverrunsOffRate(t *testing.T) {
	t.Cleanup(func() { shift(t, 0) })
	for _, ppm := range []float64{-2500, -500, 500} {
		t.Run(fmt.Sprint(ppm, " ppm"), func(t *testing.T) {
			exact := shift(t, ppm)
			p, stop := play(t, stereo)
			s := open(t, alsa.Options{Period: 10 * time.Millisecond, Buffer: 80 * time.Millisecond})
			c, b := checker{bits: 32}, block()
			long := 4 * 48000
			if os.Getenv("GUEST_SOAK") == "1" {
				long *= 30
			}
			for until := c.good + uint64(long); c.good < until; {
				c.read(t, s, b)
			}
			if c.lost > 0 && s.Stats().Overruns == 0 {
				t.Errorf("%d sample times lost without an overrun", c.lost)
			}
			for i := range 5 {
				<-time.After(time.Duration(100+130*i) * time.Millisecond)
				for until := c.good + 14400; c.good < until; {
					c.read(t, s, b)
				}
			}
			st, clock := s.Stats(), s.Clock()
			if p.Late() > 0 {
				t.Errorf("the player was late %d times", p.Late())
			}
			if st.Overruns < 5 || c.lost < 5*48*50 || st.Restarts != 0 {
				t.Errorf("lost %d, %+v", c.lost, st)
			}
			t.Logf("%+.0f ppm: %d overruns, %d sample times lost, each accounted for exactly; %d captured exactly; rate %+v",
				exact, st.Overruns, c.lost, c.good, clock)
			if err := s.Halt(); err != nil {
				t.Error(err)
			}
			if err := stop(); err != nil {
				t.Error(err)
			}
		})
	}
}
