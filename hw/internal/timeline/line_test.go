package timeline

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// epoch is what the simulated wall clock shows at first. It has no monotonic reading,
// so the tests say themselves how much time has passed.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// world is a sensor, the host that reads it, and what really happens.
type world struct {
	t      *testing.T
	seed   uint64
	random *rand.Rand
	ppm    float64       // by how much the sensor is faster than nominal
	late   time.Duration // how late the host wakes at most
	now    time.Duration // since the line was opened
	set    time.Duration // by how much the wall clock was set
	was    time.Duration // the same at the last mark
	device device

	opened bool
	began  uint64 // true index of the sample that the line counts as its first
	next   uint64 // index that should come next
	given  uint64
	lost   uint64 // as the marks say
	missed uint64 // as it really is
	slack  uint64 // by how many samples a loss may be wrong at present
	last   Mark
	stuck  time.Duration // until when the device shows an old position
}

// device is one kind of sensor with its line, driven as its driver drives it.
type device interface {
	line() *Line
	nominal() float64 // period in ns
	plan() time.Duration
	// poll looks at the device and gives what is there.
	poll(w *world)
	// restart stops the device for a time, if it is of a kind that stops.
	restart(w *world, d time.Duration) bool
	// settle is how many polls a loss may take to be counted.
	settle() int
}

// period returns the true one in ns.
func (w *world) period() float64 { return w.device.nominal() / (1 + w.ppm*1e-6) }

// count returns how many samples the sensor has taken by now.
func (w *world) count() uint64 { return w.countAt(w.now) }

func (w *world) countAt(t time.Duration) uint64 { return uint64(float64(max(t, 0)) / w.period()) }

// take gives n samples from the line; true is the index of the first of them.
func (w *world) take(n, first uint64) {
	wall := epoch.Add(w.now + w.set)
	m := w.device.line().take(n, wall, w.now)
	if !w.opened {
		w.opened, w.began, w.next = true, first, m.First
	}
	if before := w.last.Time; !before.IsZero() && m.Time.Add(-w.set).Before(before.Add(-w.was)) {
		w.t.Fatalf("seed %d, %v: block at %v after one at %v", w.seed, w.now, m.Time, before)
	}
	w.was = w.set
	if m.First != w.next+m.Lost {
		w.t.Fatalf("seed %d, %v: block starts at %d with %d lost, want %d", w.seed, w.now, m.First, m.Lost, w.next)
	}
	w.missed += first - w.began - (w.given + w.missed)
	w.given += n
	w.next = m.First + n
	w.lost += m.Lost
	w.last = m
}

// off returns by how many samples the newest mark's index is wrong, and how far its time
// lies from when its sample was taken.
func (w *world) off(first uint64) (samples int64, d time.Duration) {
	taken := time.Duration(float64(first+1) * w.period())
	return int64(w.last.First) - int64(first-w.began), w.last.Time.Sub(epoch.Add(taken + w.set))
}

// run polls for a time and at the end compares all.
func (w *world) run(d time.Duration) {
	for end := w.now + d; w.now < end; {
		w.now += w.device.plan()
		if w.late > 0 {
			w.now += time.Duration(w.random.Int64N(int64(w.late)))
		}
		w.device.poll(w)
	}
}

// check wants everything to be known by now.
func (w *world) check(what string) {
	w.t.Helper()
	first := w.began + w.given + w.missed - (w.next - w.last.First)
	off, d := w.off(first)
	if uint64(max(off, -off)) > w.slack || w.lost != w.device.line().Lost() {
		w.t.Errorf("seed %d, %s: index %d is %d off; %d lost, %d counted, %d really",
			w.seed, what, w.last.First, off, w.lost, w.device.line().Lost(), w.missed)
	}
	bound := time.Millisecond + time.Duration(1+w.slack)*time.Duration(w.period())
	if d.Abs() > bound {
		w.t.Errorf("seed %d, %s: the block's time is %v off, want within %v", w.seed, what, d, bound)
	}
}

// card is a sound card: 48 kHz, a ring of half a second.
type card struct {
	*Ring
	started time.Duration
	appl    uint64 // true index that is read next
	rounds  uint64 // that its count missed
	blind   bool   // its count misses what it has no interrupt for
	seen    uint64
}

const (
	cardRate   = 48000
	cardSize   = 24000
	cardPeriod = 960
)

func newCard(blind bool) device {
	c := &card{Ring: NewRing(cardRate, epoch, 0), blind: blind}
	c.Restart(cardSize, cardPeriod)
	return c
}

func (c *card) line() *Line         { return &c.Line }
func (c *card) nominal() float64    { return 1e9 / cardRate }
func (c *card) plan() time.Duration { return 20 * time.Millisecond }
func (c *card) settle() int         { return 8 }

func (c *card) restart(w *world, d time.Duration) bool {
	w.now += d
	c.started, c.appl, c.seen, c.rounds = w.now, w.count(), w.count(), 0
	c.Restart(cardSize, cardPeriod)
	return true
}

func (c *card) poll(w *world) {
	// The position that the device shows is a little old.
	count := max(c.seen, w.countAt(w.now-time.Duration(w.random.Int64N(int64(w.late)))))
	if w.now < w.stuck {
		count = c.seen + 1
	}
	if c.blind {
		c.rounds += (count - c.seen) / cardSize
	}
	c.seen = count
	ahead := count - c.rounds*cardSize - c.appl
	if int64(ahead) < 0 {
		ahead = 0
	}
	rounds, sure := c.Observe(ahead, int64(w.now), int64(c.started))
	if !sure {
		return
	}
	if rounds > 0 {
		c.appl += rounds * cardSize
		c.rounds -= rounds
	}
	if drop := ahead; ahead > cardSize-cardPeriod {
		c.Lose(drop)
		c.appl += drop
		return
	}
	if ahead > 0 {
		w.take(ahead, c.appl)
		c.appl += ahead
	}
}

// chip is an accelerometer with a FIFO of 32.
type chip struct {
	*FIFO
	read uint64 // true index that is read next
}

const chipDepth = 32

func newChip() device { return &chip{FIFO: NewFIFO(312500, epoch)} }

func (c *chip) line() *Line                        { return &c.Line }
func (c *chip) nominal() float64                   { return 312500 }
func (c *chip) plan() time.Duration                { return 16 * 312500 }
func (c *chip) settle() int                        { return 2 * window }
func (c *chip) restart(*world, time.Duration) bool { return false }

func (c *chip) poll(w *world) {
	asked, count := w.now, w.count()
	n, full := count-c.read, false
	if n > chipDepth {
		n, full = chipDepth, true
	}
	w.now += 50 * time.Microsecond
	if full {
		c.Overran(n, int64(asked))
	} else {
		c.Observe(n, int64(w.now))
	}
	if n > 0 {
		w.take(n, count-n)
	}
	c.read = count
}

// driver is a kernel's driver with a buffer of a second and a stamp at each sample.
type driver struct {
	*Stamps
	people bool // stamps are the wall clock's
	came   uint64
	queue  []uint64 // true indices
	at     []int64
	fresh  []uint64 // not arrived yet
	stamps []int64
}

func newDriver(people bool) device {
	return &driver{Stamps: NewStamps(1e6, epoch), people: people}
}

func (k *driver) line() *Line                        { return &k.Line }
func (k *driver) nominal() float64                   { return 1e6 }
func (k *driver) plan() time.Duration                { return 50 * time.Millisecond }
func (k *driver) settle() int                        { return 2 }
func (k *driver) restart(*world, time.Duration) bool { return false }

func (k *driver) poll(w *world) {
	if len(k.at) == 0 && !w.opened {
		k.came = w.count() - 20 // it was started late
	}
	for count := w.count(); k.came < count; k.came++ {
		if len(k.fresh) == 1000 {
			k.came = count
			break
		}
		stamp := int64(float64(k.came+1)*w.period()) + 5e15
		if k.people {
			stamp += int64(w.set)
		}
		if k.came%700 == 3 {
			stamp += 900_000 // its interrupt was served late
		}
		k.fresh, k.stamps = append(k.fresh, k.came), append(k.stamps, stamp)
	}
	for i, index := range k.fresh {
		k.queue, k.at = append(k.queue, index), append(k.at, k.arrive(k.stamps[i], w.now))
	}
	k.fresh, k.stamps = k.fresh[:0], k.stamps[:0]
	for len(k.queue) > Ahead {
		k.Lose(k.Missing(0, k.at))
		n := uint64(0)
		for ok := true; ok && n < 64 && len(k.queue) > int(n)+Ahead; ok = k.Missing(n, k.at[n:]) == 0 {
			n++
			k.Observe(n, k.at[n-1])
		}
		w.take(n, k.queue[0])
		k.queue, k.at = k.queue[n:], k.at[n:]
	}
}

// TestLines drives each kind of device through what may happen, and wants each sample's
// index and time.
func TestLines(t *testing.T) {
	card := []float64{0, -90, 90, -500, 500, -2500, 10_000, -10_000}
	kinds := []struct {
		name string
		make func() device
		ppm  []float64
	}{
		{"ring", func() device { return newCard(false) }, card},
		{"ring without interrupts", func() device { return newCard(true) }, card},
		{"FIFO", newChip, []float64{0, -30000, 30000, 250}},
		{"stamps", func() device { return newDriver(false) }, []float64{0, -9900, 30000}},
		{"stamps of the wall clock", func() device { return newDriver(true) }, []float64{0, -9900, 30000}},
	}
	events := []struct {
		name string
		do   func(w *world)
	}{
		{"steady", func(w *world) { w.run(30 * time.Second) }},
		{"late", func(w *world) {
			w.late = 3 * time.Millisecond
			w.run(30 * time.Second)
		}},
		{"overrun", func(w *world) {
			whole := time.Duration(chipDepth * w.device.nominal())
			if w.device.nominal() < 100_000 {
				whole = cardSize * time.Second / cardRate
			}
			if _, ok := w.device.(*driver); ok {
				whole = time.Second
			}
			for range 10 {
				w.now += whole + time.Duration(w.random.Int64N(int64(3*whole)))
				// At once to a few samples, soon to the sample.
				w.slack = 3
				w.run(2 * w.device.plan())
				w.check("the moment after an overrun")
				w.slack = 0
				w.run(time.Duration(w.device.settle()+2) * w.device.plan() * 2)
				w.check("an overrun")
			}
			if w.missed == 0 {
				w.t.Errorf("seed %d: nothing was lost: the test does not stall", w.seed)
			}
		}},
		{"late position", func(w *world) {
			for range 10 {
				w.stuck = w.now + 400*time.Millisecond
				w.run(time.Second)
				w.check("a late position")
			}
			if w.missed > 0 {
				w.t.Errorf("seed %d: %d were lost", w.seed, w.missed)
			}
		}},
		{"restart", func(w *world) {
			for range 5 {
				if !w.device.restart(w, time.Duration(w.random.Int64N(int64(5*time.Second)))) {
					return
				}
				// A few samples each time by lateness and rounding, and by the clocks' difference.
				w.slack += 3 + uint64(5*cardRate*math.Abs(w.ppm)*1e-6)
				w.run(2 * time.Second)
				w.check("a restart")
			}
		}},
		{"the clock is set", func(w *world) {
			for _, by := range []time.Duration{
				time.Hour, -2 * time.Hour, 90 * time.Second, -500 * time.Hour, -500 * time.Millisecond, 10 * time.Second,
				130 * time.Millisecond, -30 * time.Millisecond, // what time daemons step by is above 128 ms
			} {
				before := w.last.Time.Sub(epoch.Add(w.now + w.set))
				w.set += by
				w.run(2 * w.device.plan())
				// The very next block follows.
				after := w.last.Time.Sub(epoch.Add(w.now + w.set))
				if (after - before).Abs() > 2*w.device.plan() {
					w.t.Errorf("seed %d: %v off after the clock was set by %v", w.seed, after-before, by)
				}
				w.run(2 * time.Second)
				w.check(fmt.Sprint("the clock was set by ", by))
				if w.missed > 0 || w.lost > 0 {
					w.t.Errorf("seed %d: %d lost when the clock was set by %v", w.seed, w.lost, by)
				}
				// Moments of the line are not touched.
				if k, ok := w.device.(*driver); ok && time.Duration(k.newest-k.Moment(epoch.Add(w.now))).Abs() > time.Second {
					w.t.Errorf("seed %d: the newest stamp is at %v", w.seed, time.Duration(k.newest))
				}
			}
		}},
	}
	for _, kind := range kinds {
		for _, ppm := range kind.ppm {
			for _, event := range events {
				t.Run(fmt.Sprint(kind.name, " ", ppm, " ppm ", event.name), func(t *testing.T) {
					for seed := range uint64(5) {
						w := &world{t: t, seed: seed, random: rand.New(rand.NewPCG(seed, 9)), ppm: ppm, device: kind.make()}
						w.late = 50 * time.Microsecond
						w.run(5 * time.Second)
						w.check("the start")
						event.do(w)
						w.run(time.Duration(w.device.settle()+2) * w.device.plan())
						w.check("the end")
						if w.given == 0 {
							t.Errorf("seed %d: nothing was given", seed)
						}
					}
				})
			}
		}
	}
}

// TestFirst wants sample 0 at the end of its period, and no mark before an earlier one.
func TestFirst(t *testing.T) {
	f := NewFIFO(1e6, epoch)
	f.Observe(10, 10e6)
	if m := f.Take(4, epoch.Add(10*time.Millisecond)); m != (Mark{Time: epoch.Add(time.Millisecond)}) {
		t.Errorf("%+v", m)
	}
	// The clock learns that it was late.
	f.Observe(6, 2e6)
	f.Lose(2)
	if m := f.Take(4, epoch.Add(10*time.Millisecond)); m != (Mark{First: 6, Lost: 2, Time: epoch.Add(time.Millisecond)}) {
		t.Errorf("%+v", m)
	}
	if f.Next() != 10 || f.Lost() != 2 {
		t.Errorf("next %d, lost %d", f.Next(), f.Lost())
	}
}
