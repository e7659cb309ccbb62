package alsa

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/alsa/internal/kernel"
	"github.com/auscult/auscult/hw/hwtest"
	"github.com/auscult/auscult/hw/i2s"
)

func TestConforms(t *testing.T) {
	for _, e := range encodings {
		if e.value != kernel.S32LE && e.value != kernel.S24LE3 && e.value != kernel.FloatLE && e.value != kernel.U8 {
			continue // TestEveryEncoding reads the others
		}
		for _, noMap := range []bool{false, true} {
			t.Run(fmt.Sprint(e.name, ", mapped ", !noMap), func(t *testing.T) {
				c := newSimCard(t)
				c.encodings, c.noMap, c.msbits = []uint{e.value}, noMap, 0
				c.rate = 192000 // to be through sooner
				hwtest.TestSource(t, func(t *testing.T) hw.Source {
					o := c.options()
					o.Period, o.Buffer = 2*time.Millisecond, 150*time.Millisecond
					s, err := Open("i2smic", o)
					if err != nil {
						t.Fatal(err)
					}
					return s
				}, hwtest.Want{Format: hw.Format{SampleRateHz: 192000, Channels: 2, BitsPerSample: e.bits}, Live: true})
			})
		}
	}
}

// listener reads a simulated card and checks that every sample time is the one
// that the block says it is.
type listener struct {
	t     *testing.T
	c     *simCard
	s     *Source
	block hw.Block
	began uint64 // the card's count when the source's was 0
	known bool
	next  uint64
	lost  uint64
	slack uint64 // by how much a loss may be wrong, in all
}

func listen(t *testing.T, c *simCard, o Options) *listener {
	t.Helper()
	s, err := Open("", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Halt(); err != nil {
			t.Error(err)
		}
	})
	return &listener{t: t, c: c, s: s, block: hw.Block{PCM: make([]int32, 2*960)}}
}

// read reads one block.
func (l *listener) read() error {
	l.t.Helper()
	b := &l.block
	if err := l.s.Read(context.Background(), b); err != nil {
		return err
	}
	n := uint64(len(b.PCM) / 2)
	const turn = 1 << 24 // samples have as many bits
	first := uint64(b.PCM[0]>>8) & (turn - 1)
	if l.known { // in which turn it is, the block says
		first += (l.began + b.FirstSample - first + turn/2) / turn * turn
	}
	if !l.known {
		l.began, l.known = first-b.FirstSample, true
	}
	if b.FirstSample != l.next+b.Lost {
		l.t.Fatalf("block starts at %d with %d lost, want %d", b.FirstSample, b.Lost, l.next)
	}
	for i := range n {
		left, right := uint64(b.PCM[2*i]>>8)&0xffffff, uint64(^b.PCM[2*i+1]>>8)&0xffffff
		if left != (first+i)%turn || right != left {
			l.t.Fatalf("sample %d of a block that begins with %d is %d, %d", i, first, left, right)
		}
	}
	taken := l.c.epoch.Add(time.Duration(float64(first) / float64(l.c.rate) / (1 + l.c.ppm*1e-6) * float64(time.Second)))
	early := -time.Millisecond
	if math.Abs(l.c.ppm) > 15_000 {
		early *= 100 // until the rate was measured
	}
	if d := b.Time.Sub(taken); d < early || d > -2*early {
		l.t.Fatalf("block at %v, %v from when it was taken", b.Time, d)
	}
	l.next = b.FirstSample + n
	l.lost += b.Lost
	off := int64(first) - int64(l.began+b.FirstSample)
	if uint64(max(off, -off)) > l.slack {
		l.t.Fatalf("block says sample %d and holds sample %d", b.FirstSample, first-l.began)
	}
	return nil
}

// readFor reads for a time.
func (l *listener) readFor(d time.Duration) {
	l.t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); {
		if err := l.read(); err != nil {
			l.t.Fatal(err)
		}
	}
}

func TestSamplesAreExact(t *testing.T) {
	for _, noMap := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c := newSimCard(t)
			c.noMap = noMap
			l := listen(t, c, c.options())
			if f := l.s.Format(); f != (hw.Format{SampleRateHz: 48000, Channels: 2, BitsPerSample: 24}) {
				t.Errorf("format %v", f)
			}
			if r := l.s.Ring(); r != (Ring{"S32_LE", 960, 24000, !noMap}) {
				t.Errorf("ring %+v", r)
			}
			l.readFor(3 * time.Second)
			if l.lost != 0 || l.next < 3*48000 {
				t.Errorf("%d of %d lost", l.lost, l.next)
			}
			if st := l.s.Stats(); st.Samples != l.next || st.Blocks < 100 || st.Lost+st.Overruns+st.Restarts != 0 {
				t.Errorf("%+v", st)
			}
		})
	}
}

// cards calls a test with each way of reading, and with a kernel that counts frames
// while nobody looks as well as with one whose interrupts are held up then.
func cards(t *testing.T, test func(t *testing.T, c *simCard)) {
	for i := range 4 {
		synctest.Test(t, func(t *testing.T) {
			c := newSimCard(t)
			c.noMap, c.blind = i&1 != 0, i&2 != 0
			test(t, c)
		})
	}
}

func TestLateReaderCountsWhatIsLost(t *testing.T) {
	cards(t, func(t *testing.T, c *simCard) {
		l := listen(t, c, c.options())
		for i := range 20 {
			l.readFor(time.Second)
			time.Sleep(time.Duration(i) * 200 * time.Millisecond)
		}
		l.readFor(time.Second)
		st := l.s.Stats()
		if l.lost == 0 || st.Lost != l.lost || st.Overruns < 17 || st.Restarts != 0 {
			t.Errorf("lost %d, %+v", l.lost, st)
		}
		if c.starts != 1 {
			t.Errorf("the device was started %d times", c.starts)
		}
	})
}

// TestLatePositionIsNoLoss has the kernel learn late of samples that came in time.
func TestLatePositionIsNoLoss(t *testing.T) {
	cards(t, func(t *testing.T, c *simCard) {
		l := listen(t, c, c.options())
		for range 10 {
			l.readFor(time.Second)
			c.set(func() { c.held = true })
			time.AfterFunc(400*time.Millisecond, func() { c.set(func() { c.held = false }) })
		}
		l.readFor(2 * time.Second)
		if st := l.s.Stats(); l.lost > 0 || st.Overruns > 0 || st.Restarts > 0 {
			t.Errorf("lost %d, %+v", l.lost, st)
		}
	})
}

// TestClocks reads cards whose clocks are off, with a reader that is late again and again:
// what is lost is known to the sample, nothing else is, and the rate is measured.
func TestClocks(t *testing.T) {
	for _, ppm := range []float64{-10_000, -2500, -500, 500, 2500, 10_000, -81_250, 15_000} {
		cards(t, func(t *testing.T, c *simCard) {
			c.ppm = ppm
			l := listen(t, c, c.options())
			l.readFor(10 * time.Second)
			if l.lost > 0 {
				t.Errorf("%+.0f ppm: %d lost of nothing", ppm, l.lost)
			}
			if e := l.s.Clock(); !e.OK || math.Abs(e.DriftPPM-ppm) > 20 || math.Abs(e.RateHz/48000-1-ppm*1e-6) > 20e-6 {
				t.Errorf("%+.0f ppm: measured %+v", ppm, e)
			}
			f := l.s.Fault()
			if isWrong := math.Abs(ppm) > 10_000; isWrong != (f != nil && f.Code == WrongRate) {
				t.Errorf("%+.0f ppm: fault %+v", ppm, f)
			}
			if err := l.s.Health(0); (err != nil) != (f != nil) {
				t.Errorf("%+.0f ppm: health %v", ppm, err)
			}
			for i := range 10 {
				time.Sleep(time.Duration(i) * 200 * time.Millisecond)
				l.readFor(time.Second)
			}
			if st := l.s.Stats(); l.lost == 0 || st.Lost != l.lost || st.Restarts != 0 {
				t.Errorf("%+.0f ppm: lost %d, %+v", ppm, l.lost, st)
			}
		})
	}
}

// TestRateIsMended takes the fault back when the clock is right again.
func TestRateIsMended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newSimCard(t)
		c.ppm = 30_000
		s, err := Open("", c.options())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Halt() })
		b := hw.Block{PCM: make([]int32, 2*960)}
		for began := time.Now(); time.Since(began) < time.Minute; {
			if err := s.Read(t.Context(), &b); err != nil {
				t.Fatal(err)
			}
			if time.Since(began) > 10*time.Second && s.Fault() == nil && c.ppm != 0 {
				t.Fatal("no fault after 10 s")
			}
			if time.Since(began) > 15*time.Second && c.ppm != 0 {
				c.set(func() {
					count := c.count(time.Now())
					c.ppm = 0
					c.extra = count - c.count(time.Now())
				})
			}
		}
		if f := s.Fault(); f != nil || s.Stats().Lost != 0 {
			t.Errorf("fault %+v, %+v", f, s.Stats())
		}
	})
}

func TestOverwrittenWhileCopied(t *testing.T) {
	cards(t, func(t *testing.T, c *simCard) {
		calls := 0
		c.onStatus = func() {
			// A scheduler that takes the processor away at the worst moments.
			if calls++; calls%37 == 0 {
				time.Sleep(time.Second)
			}
		}
		l := listen(t, c, c.options())
		l.readFor(20 * time.Second)
		st := l.s.Stats()
		if l.lost == 0 || st.Overruns < 7 || st.Restarts != 0 {
			t.Errorf("lost %d, %+v", l.lost, st)
		}
	})
}

func TestDriverStops(t *testing.T) {
	for _, state := range []kernel.State{kernel.Overrun, kernel.Suspended, kernel.Setup} {
		synctest.Test(t, func(t *testing.T) {
			c := newSimCard(t)
			l := listen(t, c, c.options())
			for i := range 5 {
				l.readFor(time.Second)
				c.set(func() { c.resumes = i })
				c.stopNow(state)
				time.Sleep(300 * time.Millisecond)
				l.slack += 2 // sample times, by rounding, each time
			}
			l.readFor(time.Second)
			st := l.s.Stats()
			if st.Restarts < 5 || l.lost < 5*14400 || st.Lost != l.lost {
				t.Errorf("%v: lost %d, %+v", state, l.lost, st)
			}
			if state == kernel.Suspended && st.Restarts != 15 { // 0+1+2+3+4 times the bus was not awake yet
				t.Errorf("%d restarts", st.Restarts)
			}
		})
	}
}

// TestSleepsForHours wakes up after a night: what was not heard is counted, to what the clock can tell, and what
// follows has its time (listener.read compares it with the card's).
func TestSleepsForHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newSimCard(t)
		l := listen(t, c, c.options())
		slept := uint64(0)
		for _, night := range []time.Duration{time.Minute, 9*time.Hour + 123*time.Millisecond, 31 * time.Hour} {
			l.readFor(3 * time.Second)
			c.set(func() { c.resumes = 3 })
			c.stopNow(kernel.Suspended)
			time.Sleep(night)
			slept += uint64(night.Seconds() * 48000)
			l.slack += 2
		}
		l.readFor(3 * time.Second)
		st := l.s.Stats()
		if l.lost < slept || l.lost > slept+48000 || st.Lost != l.lost {
			t.Errorf("lost %d, slept %d, %+v", l.lost, slept, st)
		}
		if f := l.s.Fault(); f != nil {
			t.Errorf("fault %+v", f)
		}
	})
}

func TestDriverKeepsStopping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newSimCard(t)
		l := listen(t, c, c.options())
		l.readFor(time.Second)
		c.onStatus = func() { c.set(func() { c.stop = kernel.Overrun }) }
		began := time.Now()
		if err := l.read(); !errors.Is(err, ErrStuck) {
			t.Errorf("error %v, want ErrStuck", err)
		}
		if d := time.Since(began); d > 30*time.Second {
			t.Errorf("named after %v", d)
		}
		if c.starts > 400 {
			t.Errorf("the device was started %d times", c.starts)
		}
	})
}

func TestUnplugEndsReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newSimCard(t)
		l := listen(t, c, c.options())
		l.readFor(time.Second)
		c.unplug()
		for range 2 {
			if err := l.read(); !errors.Is(err, ErrGone) {
				t.Errorf("error %v, want ErrGone", err)
			}
		}
		if f := l.s.Fault(); f == nil || f.Code != Gone || f.Since.IsZero() {
			t.Errorf("fault %+v", f)
		}
	})
}

func TestReplug(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newSimCard(t)
		o := c.options()
		o.Wait = time.Minute
		l := listen(t, c, o)
		l.slack = 4
		for range 3 {
			l.readFor(time.Second)
			c.unplug()
			go func() {
				time.Sleep(10 * time.Second)
				if f := l.s.Fault(); f == nil || f.Code != Gone {
					t.Errorf("fault %+v", f)
				}
				c.set(func() { c.busy = true })
				c.plug()
				time.Sleep(time.Second)
				c.set(func() { c.busy = false })
			}()
			before := l.lost
			if err := l.read(); err != nil {
				t.Fatal(err)
			}
			if lost := l.lost - before; lost < 11*48000 || lost > 12*48000 {
				t.Errorf("%d lost in 11 s", lost)
			}
			if f := l.s.Fault(); f != nil {
				t.Errorf("fault %+v after the device is back", f)
			}
		}
		if st := l.s.Stats(); st.Replugs != 3 || st.Lost != l.lost {
			t.Errorf("%+v", st)
		}
		c.unplug()
		began := time.Now()
		if err := l.read(); !errors.Is(err, ErrGone) || time.Since(began) < time.Minute ||
			time.Since(began) > 61*time.Second {
			t.Errorf("error %v after %v", err, time.Since(began))
		}
	})
}

func TestReplugAsAnotherDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newSimCard(t)
		o := c.options()
		o.Wait = 10 * time.Second
		l := listen(t, c, o)
		l.readFor(time.Second)
		c.unplug()
		c.set(func() { c.rate = 16000 })
		c.plug() // before the reader looks
		if err := l.read(); !errors.Is(err, ErrGone) || !strings.Contains(err.Error(), "16000 Hz") {
			t.Errorf("error %v, want ErrGone that names the format", err)
		}
	})
}

func TestStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newSimCard(t)
		l := listen(t, c, c.options())
		l.readFor(time.Second)
		c.set(func() { c.frozen = true })
		began := time.Now()
		go func() {
			time.Sleep(15 * time.Second)
			if f := l.s.Fault(); f == nil || f.Code != Stuck {
				t.Errorf("fault %+v", f)
			}
		}()
		if err := l.read(); !errors.Is(err, ErrStuck) {
			t.Errorf("error %v, want ErrStuck", err)
		}
		if d := time.Since(began); d > 30*time.Second || c.starts != 2 {
			t.Errorf("named after %v and %d starts", d, c.starts)
		}
	})
}

func TestStuckThaws(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newSimCard(t)
		l := listen(t, c, c.options())
		l.readFor(time.Second)
		c.set(func() { c.frozen = true })
		go func() {
			time.Sleep(12 * time.Second)
			c.set(func() { c.frozen = false })
		}()
		l.slack = 48000 * 3 // what was not taken was not lost either
		before := l.next
		if err := l.read(); err != nil {
			t.Fatal(err)
		}
		if f := l.s.Fault(); f != nil {
			t.Errorf("fault %+v", f)
		}
		if lost := l.block.FirstSample - before; lost < 9*48000 {
			t.Errorf("%d lost in 12 s", lost)
		}
	})
}

func TestSilent(t *testing.T) {
	for _, test := range []struct {
		same [2]bool
		code Code
		text string
		own  [2]string // of each channel; "" is that it is well
	}{
		{[2]bool{true, true}, Silent, "same value for 20s", [2]string{"same value for 20s", "same value for 20s"}},
		{[2]bool{false, true}, HalfSilent, "channels right", [2]string{"", "channel 1 (right): check"}},
		{[2]bool{true, false}, HalfSilent, "channels left", [2]string{"sound comes on channel 1 (right)", ""}},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := newSimCard(t)
			s, err := Open("", c.options())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Halt() })
			b := hw.Block{PCM: make([]int32, 960)}
			readUntil := func(what string, done func() bool) time.Duration {
				began := time.Now()
				for !done() {
					if err := s.Read(t.Context(), &b); err != nil {
						t.Fatal(err)
					}
					if time.Since(began) > 30*time.Second {
						t.Fatalf("not %s after 30 s: %+v", what, s.Fault())
					}
				}
				return time.Since(began)
			}
			c.set(func() { c.same = test.same })
			if d := readUntil("named", func() bool { return s.Fault() != nil }); d < 19*time.Second {
				t.Errorf("named after %v already", d)
			}
			if f := s.Fault(); f.Code != test.code || !strings.Contains(f.Error(), test.text) {
				t.Errorf("fault %+v, want %s with %q", f, test.code, test.text)
			}
			var p *Problem
			if err := s.Health(-1); !errors.As(err, &p) || p.Code != test.code {
				t.Errorf("health %v, want %s", err, test.code)
			}
			for channel, want := range test.own {
				err := s.Health(channel)
				isIll := errors.As(err, &p)
				if (want != "") != isIll || isIll && (p.Code != test.code || !strings.Contains(err.Error(), want)) {
					t.Errorf("health of channel %d: %v, want %s with %q", channel, err, test.code, want)
				}
			}
			if test.code == HalfSilent {
				// The text follows what changes.
				c.set(func() { c.same = [2]bool{true, true} })
				readUntil("named anew", func() bool { return s.Fault().Code == Silent })
				for channel := range test.own {
					if err := s.Health(channel); !errors.As(err, &p) || p.Code != Silent {
						t.Errorf("health of channel %d when all are silent: %v", channel, err)
					}
				}
			}
			c.set(func() { c.same = [2]bool{} })
			if d := readUntil("taken back", func() bool { return s.Fault() == nil }); d > time.Second {
				t.Errorf("taken back after %v", d)
			}
			for channel := -1; channel < 2; channel++ {
				if err := s.Health(channel); err != nil {
					t.Errorf("health of channel %d: %v, want none", channel, err)
				}
			}
		})
	}
}

func TestPort(t *testing.T) {
	c := newSimCard(t)
	p := NewPort("hw:CARD=i2smic,DEV=0", c.options())
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if err := p.LimitRate(0); err == nil {
		t.Error("a limit of 0 was taken")
	}
	if err := p.LimitRate(32 * physic.KiloHertz); err != nil {
		t.Error(err)
	}
	if _, err := p.Connect(48*physic.KiloHertz, 2, 24); err == nil || !strings.Contains(err.Error(), "limited to 32kHz") {
		t.Errorf("connect above the limit: %v", err)
	}
	if err := p.LimitRate(64 * physic.KiloHertz); err != nil {
		t.Error(err)
	}
	if err := p.SetBuffer(time.Hour); err == nil {
		t.Error("a buffer of an hour was taken")
	}
	if err := p.SetBuffer(240 * time.Millisecond); err != nil {
		t.Error(err)
	}
	conn, err := p.Connect(48*physic.KiloHertz, 2, 24)
	if err != nil {
		t.Fatal(err)
	}
	if r := conn.(*Source).Ring(); r.Buffer != 11520 {
		t.Errorf("%+v, want a buffer of 240 ms", r)
	}
	if m := conn.ChannelMap(); len(m) != 2 || m[0] != i2s.Left || m[1] != i2s.Right {
		t.Errorf("map %v", m)
	}
	b := hw.Block{PCM: make([]int32, 960)}
	if err := conn.Read(t.Context(), &b); err != nil {
		t.Error(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if err := conn.Read(t.Context(), &b); !errors.Is(err, hw.ErrHalted) {
		t.Errorf("Read after Close: %v", err)
	}
}
