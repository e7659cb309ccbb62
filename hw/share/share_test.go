package share

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/hwtest"
	"github.com/auscult/auscult/hw/internal/halt"
)

var format = hw.Format{SampleRateHz: 8000, Channels: 3, BitsPerSample: 32}

// counter is a device that gives, on channel c, the index of the sample time times four
// plus c. It gives a few samples at a time, as fast as its rate.
type counter struct {
	end   *halt.Switch
	epoch time.Time
	next  uint64
	times int    // a block, at most
	drop  uint64 // sample times that are lost before every tenth block
	block int
	fail  func(block int) error
	halts atomic.Int32
}

func newCounter() *counter { return &counter{end: halt.New(), epoch: time.Now(), times: 40} }

func (c *counter) String() string    { return "counter" }
func (c *counter) Format() hw.Format { return format }
func (c *counter) Halt() error {
	c.halts.Add(1)
	return c.end.Halt(func() error { return nil })
}

func (c *counter) Health(channel int) error {
	if channel == 1 {
		return errors.New("nothing on y")
	}
	return nil
}

func (c *counter) Read(_ context.Context, b *hw.Block) error {
	lost := uint64(0)
	if c.block%10 == 9 {
		lost = c.drop
	}
	n := uint64(min(cap(b.PCM)/format.Channels, c.times))
	due := c.epoch.Add(time.Duration(c.next+lost+n) * time.Second / time.Duration(format.SampleRateHz))
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	select {
	case <-c.end.Off():
		return hw.ErrHalted
	case <-timer.C:
	}
	c.block++
	if c.fail != nil {
		if err := c.fail(c.block); err != nil {
			return err
		}
	}
	c.next += lost
	b.PCM = b.PCM[:int(n)*format.Channels]
	for i := range b.PCM {
		b.PCM[i] = int32(c.next+uint64(i/format.Channels))<<2 | int32(i%format.Channels)
	}
	b.FirstSample, b.Lost = c.next, lost
	b.Time = c.epoch.Add(time.Duration(c.next+1) * time.Second / time.Duration(format.SampleRateHz))
	c.next += n
	return nil
}

func open(t *testing.T, g *Group, src hw.Source) *Listener {
	t.Helper()
	l, err := g.Open("it", func() (hw.Source, error) {
		if src == nil {
			t.Error("the device was opened again")
		}
		return src, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// tracker reads a listener and checks that every sample is the one that the block says.
type tracker struct {
	l           *Listener
	b           hw.Block
	base        uint64 // the device's index of the listener's first
	known       bool
	epoch       time.Time
	given, lost uint64
}

func (k *tracker) read(ctx context.Context) error {
	if err := k.l.Read(ctx, &k.b); err != nil {
		return err
	}
	index := uint64(k.b.PCM[0] >> 2)
	if !k.known {
		k.known, k.base = true, index-k.b.FirstSample
	}
	if k.b.FirstSample != k.given+k.lost+k.b.Lost || index != k.base+k.b.FirstSample {
		return fmt.Errorf("block starts at %d with %d lost and holds sample %d, want %d", k.b.FirstSample, k.b.Lost,
			index-k.base, k.given+k.lost)
	}
	for i, x := range k.b.PCM {
		if want := int32(index+uint64(i/format.Channels))<<2 | int32(i%format.Channels); x != want {
			return fmt.Errorf("value %d of a block is %d, want %d", i, x, want)
		}
	}
	taken := k.epoch.Add(time.Duration(index+1) * time.Second / time.Duration(format.SampleRateHz))
	if d := k.b.Time.Sub(taken).Abs(); d > time.Microsecond {
		return fmt.Errorf("sample %d at %v, %v off", index, k.b.Time, d)
	}
	k.given += uint64(len(k.b.PCM) / format.Channels)
	k.lost += k.b.Lost
	return nil
}

func track(l *Listener, c *counter, values int) *tracker {
	return &tracker{l: l, b: hw.Block{PCM: make([]int32, values)}, epoch: c.epoch}
}

func TestConforms(t *testing.T) {
	var g Group
	c := newCounter()
	keep := open(t, &g, c) // so that the device runs on between the tests
	defer func() { _ = keep.Halt() }()
	hwtest.TestSource(t, func(t *testing.T) hw.Source { return open(t, &g, nil) }, hwtest.Want{Format: format, Live: true})
	alone := Group{}
	hwtest.TestSource(t, func(t *testing.T) hw.Source { return open(t, &alone, newCounter()) },
		hwtest.Want{Format: format, Live: true})
}

// TestEveryoneHearsAll reads one device by listeners of different appetites, with losses of
// its own: nobody misses or invents a sample, and times are the device's.
func TestEveryoneHearsAll(t *testing.T) {
	for _, times := range []int{1, 40, 160, 1000} {
		synctest.Test(t, func(t *testing.T) {
			var g Group
			c := newCounter()
			c.times, c.drop = times, 77
			var all []*tracker
			for i, values := range []int{3, 7, 3 * 160, 3 * 1000} {
				src := hw.Source(c)
				if i > 0 {
					src = nil
				}
				all = append(all, track(open(t, &g, src), c, values))
			}
			var wg sync.WaitGroup
			for i, k := range all {
				wg.Go(func() {
					for k.given+k.lost < 3*8000 {
						if err := k.read(t.Context()); err != nil {
							t.Errorf("listener %d: %v", i, err)
							return
						}
					}
				})
			}
			wg.Wait()
			for i, k := range all {
				if k.lost == 0 || k.lost%77 != 0 {
					t.Errorf("blocks of %d: listener %d lost %d, want multiples of 77", times, i, k.lost)
				}
				if err := k.l.Halt(); err != nil {
					t.Error(err)
				}
			}
			if c.halts.Load() != 1 {
				t.Errorf("the device was halted %d times", c.halts.Load())
			}
		})
	}
}

// TestLate loses what a late listener has missed, exactly, and nothing of another's.
func TestLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group
		c := newCounter()
		good, late := track(open(t, &g, c), c, 3*160), track(open(t, &g, nil), c, 3*160)
		for good.given < 5*8000 {
			if err := good.read(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for late.given+late.lost < 5*8000 {
			if err := late.read(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if good.lost != 0 || late.lost < 2*8000 || late.lost > 4*8000 {
			t.Errorf("lost %d by the good listener, %d of 5 s by one that came after 5 s", good.lost, late.lost)
		}
		_, _ = good.l.Halt(), late.l.Halt()
	})
}

// TestComesAndGoes has listeners that stop and start while another goes on.
func TestComesAndGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group
		c := newCounter()
		stays := track(open(t, &g, c), c, 3*100)
		for range 50 {
			comes := track(open(t, &g, nil), c, 3*13)
			for range 20 {
				if err := errors.Join(stays.read(t.Context()), comes.read(t.Context())); err != nil {
					t.Fatal(err)
				}
			}
			if comes.lost != 0 {
				t.Errorf("a listener that came later lost %d", comes.lost)
			}
			if err := comes.l.Halt(); err != nil {
				t.Error(err)
			}
			if err := comes.read(t.Context()); !errors.Is(err, hw.ErrHalted) {
				t.Errorf("read after Halt: %v", err)
			}
		}
		if stays.lost != 0 || c.halts.Load() != 0 {
			t.Errorf("lost %d, halted %d times", stays.lost, c.halts.Load())
		}
		if err := stays.l.Halt(); err != nil || c.halts.Load() != 1 {
			t.Errorf("halted %d times, %v", c.halts.Load(), err)
		}
		// All have gone: the next one opens it anew.
		again := newCounter()
		k := track(open(t, &g, again), again, 3*10)
		if err := k.read(t.Context()); err != nil || k.b.FirstSample != 0 {
			t.Errorf("starts at %d, %v", k.b.FirstSample, err)
		}
		_ = k.l.Halt()
	})
}

var errUnplugged = errors.New("unplugged")

// TestFails tells every listener why reading has ended, after what was read, and opens the
// device once for the first that comes back.
func TestFails(t *testing.T) {
	for name, fail := range map[string]func(int) error{
		"unplugged": func(block int) error {
			if block > 5 {
				return errUnplugged
			}
			return nil
		},
		"its driver broke": func(block int) error {
			if block > 5 {
				panic("index out of range")
			}
			return nil
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			var g Group
			c := newCounter()
			c.fail = fail
			a, b := track(open(t, &g, c), c, 3*40), track(open(t, &g, nil), c, 3*40)
			for _, k := range []*tracker{a, b} {
				var err error
				for err == nil {
					err = k.read(t.Context())
				}
				if k.given != 5*40 || !strings.Contains(err.Error(), name) {
					t.Errorf("%d samples, then %v, want 200 and %q", k.given, err, name)
				}
			}
			again := newCounter()
			first := track(open(t, &g, again), again, 3*40)
			if c.halts.Load() == 0 {
				t.Error("the broken device was not halted before it was opened again")
			}
			if err := b.l.Halt(); err != nil { // of the broken device
				t.Error(err)
			}
			second := track(open(t, &g, nil), again, 3*40)
			if err := errors.Join(first.read(t.Context()), second.read(t.Context())); err != nil {
				t.Error(err)
			}
			if again.halts.Load() != 0 {
				t.Error("the new device was halted with a listener of the old one")
			}
			_, _, _ = first.l.Halt(), second.l.Halt(), a.l.Halt()
		})
	}
}

// TestOpen passes on what opening says, and tries again for the next.
func TestOpen(t *testing.T) {
	var g Group
	if _, err := g.Open("it", func() (hw.Source, error) { return nil, errUnplugged }); !errors.Is(err, errUnplugged) {
		t.Errorf("error %v", err)
	}
	c := newCounter()
	l := open(t, &g, c)
	if l.Source() != hw.Source(c) || l.Health(0) != nil || l.Health(1) == nil {
		t.Errorf("source %v, health %v and %v", l.Source(), l.Health(0), l.Health(1))
	}
	other, err := g.Open("another", func() (hw.Source, error) { return newCounter(), nil })
	if err != nil || other.Source() == hw.Source(c) {
		t.Errorf("two keys, one device: %v", err)
	}
	if err := errors.Join(l.Halt(), other.Halt()); err != nil {
		t.Error(err)
	}
}

// TestBounded keeps the ring small, whatever the device claims.
func TestBounded(t *testing.T) {
	for _, f := range []hw.Format{
		{SampleRateHz: 768_000, Channels: 64}, {SampleRateHz: 1, Channels: 1}, {SampleRateHz: 48_000, Channels: 8},
	} {
		r := newRing(f)
		values := len(r.slots) * r.room * f.Channels
		if most := max(maxValues, fewest*r.room*f.Channels); values > most || len(r.slots) < fewest {
			t.Errorf("%v: %d values in %d slots", f, values, len(r.slots))
		}
	}
}

// TestManyAtOnce stops and starts listeners from many goroutines: run it with -race.
func TestManyAtOnce(t *testing.T) {
	var g Group
	var isOpen, opened atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				l, err := g.Open("it", func() (hw.Source, error) {
					if isOpen.Add(1) != 1 {
						t.Error("the device is open twice")
					}
					opened.Add(1)
					c := newCounter()
					c.times = 8
					return &once{counter: c, closed: &isOpen}, nil
				})
				if err != nil {
					t.Error(err)
					return
				}
				b := hw.Block{PCM: make([]int32, 24)}
				for range 3 {
					if err := l.Read(t.Context(), &b); err != nil {
						t.Error(err)
					}
				}
				if err := l.Halt(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if isOpen.Load() != 0 || opened.Load() == 0 {
		t.Errorf("%d devices are open of %d", isOpen.Load(), opened.Load())
	}
}

// once counts that it was closed.
type once struct {
	*counter
	closed *atomic.Int32
	done   sync.Once
}

func (o *once) Halt() error {
	o.done.Do(func() { o.closed.Add(-1) })
	return o.counter.Halt()
}

func BenchmarkRead(b *testing.B) {
	for _, listeners := range []int{1, 2, 8} {
		b.Run(fmt.Sprint(listeners), func(b *testing.B) {
			f := hw.Format{SampleRateHz: 48000, Channels: 8, BitsPerSample: 32}
			r := feed{slots: newRing(f)}
			in := hw.Block{PCM: make([]int32, 960*8)}
			out := hw.Block{PCM: make([]int32, 960*8)}
			all := make([]Listener, listeners)
			for i := range all {
				all[i].feed = &r
			}
			b.ReportAllocs()
			for b.Loop() {
				r.slots.put(&in)
				in.FirstSample += 960
				for i := range all {
					if ok, _ := all[i].take(&out); !ok {
						b.Fatal("nothing there")
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/20e6*100, "%cpu")
		})
	}
}
