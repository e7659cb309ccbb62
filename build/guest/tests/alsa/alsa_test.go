//go:build guest

package alsa_test

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/alsa"
	"github.com/auscult/auscult/hw/alsa/alsatest"
	"github.com/auscult/auscult/hw/hwtest"
	"github.com/auscult/auscult/hw/i2s/i2sreg"
)

const (
	captured = "hw:CARD=Loopback,DEV=1"
	played   = "/dev/snd/pcmC0D0p"
)

var stereo = hw.Format{SampleRateHz: 48000, Channels: 2, BitsPerSample: 32}

// play plays on the card until the test ends, or stop is called.
func play(t *testing.T, format hw.Format) (p *alsatest.Player, stop func() error) {
	t.Helper()
	p, err := alsatest.NewPlayer(played, format)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // so that its CPU time is its thread's
		defer runtime.UnlockOSThread()
		done <- p.Play(ctx)
	}()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() { _ = stop() })
	return p, stop
}

func open(t *testing.T, o alsa.Options) *alsa.Source {
	t.Helper()
	s, err := alsa.Open(captured, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Halt(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// checker compares blocks with what was played.
type checker struct {
	bits   int
	found  bool   // whether the player's signal has begun
	offset uint32 // number of the sample played less number of the sample captured
	next   uint64
	good   uint64
	lost   uint64
	blocks uint64
	holes  uint64 // how often the signal was silent: then the player must have been late
}

// check returns what is wrong with a block. Before the signal begins everything is 0.
func (c *checker) check(b *hw.Block) error {
	if b.FirstSample != c.next+b.Lost {
		return fmt.Errorf("block starts at %d with %d lost, want %d", b.FirstSample, b.Lost, c.next)
	}
	n := len(b.PCM) / 2
	c.next = b.FirstSample + uint64(n)
	up := 32 - c.bits
	for i := range n {
		first, second := b.PCM[2*i], b.PCM[2*i+1]
		at := uint32(b.FirstSample) + uint32(i)
		if !c.found {
			if first == 0 && second == 0 {
				continue
			}
			c.found, c.offset = true, uint32(first)>>up-at
		}
		number := (at + c.offset) << up >> up
		wantFirst, wantSecond := alsatest.Samples(number, c.bits)
		if c.bits < 32 { // the mixed channel needs the whole number
			wantSecond = second
		}
		if first == 0 && second == 0 && number != 0 {
			c.found = false
			c.holes++
			continue
		}
		if first != wantFirst || second != wantSecond {
			return fmt.Errorf("sample %d, %d of %d in its block with %d lost before it, is %#x, %#x: want %#x, %#x (off by %d)", at, i, n, b.Lost, uint32(first), uint32(second), uint32(wantFirst), uint32(wantSecond),
				int32(uint32(first)>>up-number))
		}
		c.good++
	}
	if c.found {
		c.lost += b.Lost
	}
	c.blocks++
	return nil
}

// read reads one block and fails the test when it is wrong.
func (c *checker) read(t *testing.T, s hw.Source, b *hw.Block) {
	t.Helper()
	if err := s.Read(context.Background(), b); err != nil {
		t.Fatal(err)
	}
	if err := c.check(b); err != nil {
		if st, ok := s.(*alsa.Source); ok {
			t.Logf("%+v", st.Stats())
		}
		t.Fatal(err)
	}
}

func block() *hw.Block { return &hw.Block{PCM: make([]int32, 2*960)} }

func TestKernel(t *testing.T) {
	release, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	t.Logf("Linux %s user space %s, %d bit", strings.TrimSpace(string(release)), runtime.GOARCH, bits.UintSize)
	cards, err := alsa.Cards("")
	if err != nil || len(cards) != 1 {
		t.Fatalf("cards %+v, %v", cards, err)
	}
	if c := cards[0]; c.ID != "Loopback" || c.Driver != "Loopback" || c.Bus != "platform" {
		t.Errorf("card %q of driver %q on bus %q", c.ID, c.Driver, c.Bus)
	}
	list, err := alsa.Devices("")
	if err != nil || len(list) != 2 || list[1].String() != captured {
		t.Fatalf("devices %v, %v", list, err)
	}
	a, p := alsa.Check(list[1], alsa.Options{})
	if p != nil || !a.Map || a.MaxChans < 2 || a.RateMaxHz < 48000 {
		t.Errorf("abilities %v, %v", a, p)
	}
	t.Logf("%s: %v", list[1], a)
	port, err := i2sreg.Open("/", "hw:Loopback,1")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := port.Connect(48*physic.KiloHertz, 2, 24)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Read(context.Background(), block()); err != nil {
		t.Error(err)
	}
	if err := port.Close(); err != nil {
		t.Error(err)
	}
}

func TestConforms(t *testing.T) {
	for _, noMap := range []bool{false, true} {
		hwtest.TestSource(t, func(t *testing.T) hw.Source {
			s, err := alsa.Open(captured, alsa.Options{NoMap: noMap})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}, hwtest.Want{Format: stereo, Live: true})
	}
}

// TestBitExact captures each format by both ways of reading.
func TestBitExact(t *testing.T) {
	for _, width := range []int{32, 24, 16} {
		for _, noMap := range []bool{false, true} {
			format := stereo
			format.BitsPerSample = width
			p, stop := play(t, format)
			s := open(t, alsa.Options{NoMap: noMap, Bits: width})
			if s.Format() != format || s.Ring().Mapped == noMap {
				t.Fatalf("format %v, ring %+v", s.Format(), s.Ring())
			}
			c, b := checker{bits: width}, block()
			for c.good < 2*48000 {
				c.read(t, s, b)
			}
			if p.Late() > 0 {
				t.Errorf("the player was late %d times", p.Late())
			}
			t.Logf("%v: %d sample times exact, %d lost, ring %+v", s.Format(), c.good, c.lost, s.Ring())
			if err := s.Halt(); err != nil {
				t.Error(err)
			}
			if err := stop(); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestForcedOverruns has a reader that is far too late, again and again: each
// block must say exactly how much is missing before it.
func TestForcedOverruns(t *testing.T) {
	for _, noMap := range []bool{false, true} {
		p, stop := play(t, stereo)
		s := open(t, alsa.Options{NoMap: noMap, Period: 10 * time.Millisecond, Buffer: 80 * time.Millisecond})
		c, b := checker{bits: 32}, block()
		for i := range 10 {
			for until := c.good + 9600; c.good < until; {
				c.read(t, s, b)
			}
			<-time.After(time.Duration(100+60*i) * time.Millisecond)
		}
		for until := c.good + 9600; c.good < until; {
			c.read(t, s, b)
		}
		st := s.Stats()
		if p.Late() > 0 {
			t.Errorf("the player was late %d times", p.Late())
		}
		if st.Overruns < 10 || c.lost < 10*48*50 || st.Restarts != 0 {
			t.Errorf("lost %d, %+v", c.lost, st)
		}
		t.Logf("mapped %v: %d overruns, %d sample times lost, each accounted for exactly; %d captured exactly", !noMap, st.Overruns, c.lost, c.good)
		if err := s.Halt(); err != nil {
			t.Error(err)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	}
}

// usage is what a thread has used.
type usage struct {
	cpu   time.Duration
	waits int64
}

func threadUsage(t *testing.T) usage {
	t.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_THREAD, &u); err != nil {
		t.Fatal(err)
	}
	return usage{time.Duration(u.Utime.Nano() + u.Stime.Nano()), int64(u.Nvcsw)}
}

// TestSoak captures for a while, in the form for CI for 10 s, in the long form for ten
// minutes. Every sample is looked at; none may be missing that no block speaks of. It
// prints what capture costs.
func TestSoak(t *testing.T) {
	isLong := os.Getenv("GUEST_SOAK") == "1"
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for _, noMap := range []bool{false, true} {
		long := 10 * time.Second
		if isLong && !noMap {
			long = 10 * time.Minute
		}
		p, stop := play(t, stereo)
		s := open(t, alsa.Options{NoMap: noMap})
		c, b := checker{bits: 32}, block()
		for !c.found {
			c.read(t, s, b)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began, from, start := time.Now(), threadUsage(t), c.next
		var checking time.Duration
		blocks := c.blocks
		ctx := context.Background()
		for time.Since(began) < long {
			if err := s.Read(ctx, b); err != nil {
				t.Fatal(err)
			}
			mid := threadUsage(t).cpu
			if err := c.check(b); err != nil {
				t.Fatal(err)
			}
			checking += threadUsage(t).cpu - mid
		}
		used, took := threadUsage(t), time.Since(began)
		runtime.ReadMemStats(&after)
		blocks = c.blocks - blocks
		cpu := used.cpu - from.cpu - checking
		rate := float64(c.next-start) / took.Seconds()
		t.Logf("mapped %v, %v of 48 kHz stereo S32_LE: %d sample times captured, %d exact, %d lost, all accounted for; player late %d times, %d holes in its signal",
			!noMap, took.Round(time.Second), c.next-start, c.good, s.Stats().Lost, p.Late(), c.holes)
		t.Logf("cpu %.2f %% of one emulated core, %.1f wake-ups/s, %.4f allocations/block, %.1f blocks/s, %.0f samples/s",
			100*cpu.Seconds()/took.Seconds(), float64(used.waits-from.waits)/took.Seconds(),
			float64(after.Mallocs-before.Mallocs)/float64(blocks), float64(blocks)/took.Seconds(), rate)
		if st := s.Stats(); st.Restarts != 0 || c.next-start < uint64(long.Seconds()*0.99*48000) ||
			c.good < (c.next-start)/2 {
			t.Errorf("%d sample times, %d exact, %+v", c.next-start, c.good, st)
		}
		// A machine that emulates the guest may stand still for longer than the player
		// has samples in its ring. Silence that it does not explain is a fault.
		if c.holes > p.Late() {
			t.Errorf("%d holes in the signal, but the player was late %d times", c.holes, p.Late())
		}
		// The runtime's own timers allocate now and then; capture itself must not.
		if n := after.Mallocs - before.Mallocs; n*20 > blocks {
			t.Errorf("%d allocations in %d blocks", n, blocks)
		}
		if err := s.Halt(); err != nil {
			t.Error(err)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	}
}

// TestUnplug takes the card from its driver while it is read, unloads the module,
// and loads it again.
func TestUnplug(t *testing.T) {
	for _, noMap := range []bool{false, true} {
		_, stop := play(t, stereo)
		s := open(t, alsa.Options{Wait: 30 * time.Second, NoMap: noMap})
		c, b := checker{bits: 32}, block()
		for c.good < 9600 {
			c.read(t, s, b)
		}
		gone := make(chan error, 1)
		go func() {
			// The write returns when nobody has the card open any more.
			err := os.WriteFile("/sys/bus/platform/drivers/snd_aloop/unbind", []byte("snd_aloop.0"), 0o200)
			if err == nil {
				err = run("modprobe", "-r", "snd-aloop")
			}
			for err == nil && s.Fault() == nil {
				<-time.After(10 * time.Millisecond)
			}
			if f := s.Fault(); err == nil && f.Code != alsa.Gone {
				err = f
			}
			<-time.After(time.Second)
			if err == nil {
				err = run("modprobe", "snd-aloop", "pcm_substreams=4")
			}
			gone <- err
		}()
		began := time.Now()
		var err error
		for err == nil && s.Stats().Replugs == 0 {
			err = s.Read(context.Background(), b)
		}
		away := time.Since(began)
		if err != nil {
			t.Fatal(err)
		}
		if err := <-gone; err != nil {
			t.Fatal(err)
		}
		if err := stop(); !errors.Is(err, syscall.ENODEV) && !errors.Is(err, syscall.EBADFD) {
			t.Errorf("the player ended with %v", err)
		}
		if s.Fault() != nil || b.Lost < 48000 || b.Lost > uint64(away.Seconds()*48000)+4800 {
			t.Errorf("fault %v, lost %d in %v", s.Fault(), b.Lost, away)
		}
		t.Logf("mapped %v: card removed, module unloaded and loaded again: back after %v with %d sample times lost", !noMap, away.Round(time.Millisecond), b.Lost)
		if err := s.Halt(); err != nil {
			t.Error(err)
		}
	}
	if err := exec.Command("modprobe", "-r", "snd-aloop").Run(); err != nil {
		t.Error(err)
	}
	if p := alsa.Nothing(""); p == nil || p.Code != alsa.NoDriver {
		t.Errorf("without the module: %v", p)
	}
	if err := run("modprobe", "snd-aloop", "pcm_substreams=4"); err != nil {
		t.Fatal(err)
	}
}

// run runs a command and returns what it said when it failed.
func run(name string, args ...string) error {
	if said, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %q: %w: %s", name, args, err, said)
	}
	return nil
}

// TestSilence captures from a card on which nobody plays.
func TestSilence(t *testing.T) {
	s := open(t, alsa.Options{Silent: 2 * time.Second})
	b := block()
	began := time.Now()
	for s.Fault() == nil && time.Since(began) < 10*time.Second {
		if err := s.Read(context.Background(), b); err != nil {
			t.Fatal(err)
		}
	}
	if f := s.Fault(); f == nil || f.Code != alsa.Silent {
		t.Errorf("fault %v", f)
	}
	t.Logf("named after %v: %v", time.Since(began).Round(time.Millisecond), s.Fault())
}

// TestProblems opens what is in use, and what may not be opened.
func TestProblems(t *testing.T) {
	if os.Getenv("GUEST_CHILD") != "" {
		_, err := alsa.Open(captured, alsa.Options{})
		fmt.Println("child:", err)
		return
	}
	for range 4 { // as many as the card serves
		open(t, alsa.Options{})
	}
	var p *alsa.Problem
	if _, err := alsa.Open(captured, alsa.Options{}); !errors.As(err, &p) || p.Code != alsa.Busy ||
		!strings.Contains(p.Text, fmt.Sprintf("(process %d)", os.Getpid())) {
		t.Errorf("in use: %v", err)
	} else {
		t.Log(p)
	}
	for _, node := range []string{"/dev/snd/pcmC0D1c"} {
		if err := os.Chmod(node, 0o660); err != nil {
			t.Error(err)
		}
	}
	child := exec.Command("/proc/self/exe", "-test.run", "^TestProblems$")
	child.Env = append(os.Environ(), "GUEST_CHILD=1")
	child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 1000, Gid: 1000}}
	said, err := child.CombinedOutput()
	if err != nil || !strings.Contains(string(said), "no permission for /dev/snd/pcmC0D1c: add the user to the group audio") {
		t.Errorf("as another user: %v: %s", err, said)
	}
	if _, err := alsa.Open("hw:CARD=Absent,DEV=0", alsa.Options{}); !errors.As(err, &p) || p.Code != alsa.NotFound {
		t.Errorf("absent: %v", err)
	}
}
