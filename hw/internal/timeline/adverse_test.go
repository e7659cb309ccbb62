package timeline

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// adverse is a card on a host that is not kind to it.
type adverse struct {
	name string
	rate int // nominal
	size uint64
	long time.Duration
	// ppm is by how much the card is faster than nominal at a time.
	ppm func(at time.Duration) float64
	// late is how late the host looks.
	late func(random *rand.Rand) time.Duration
	// away is for how long the host does not look at all, in the mean every five minutes.
	away func(random *rand.Rand) time.Duration
}

// exponential is lateness without a heavy tail.
func exponential(random *rand.Rand) time.Duration {
	return time.Duration(random.ExpFloat64() * float64(150*time.Microsecond))
}

// pareto is lateness with one: most looks are prompt, some late by any time up to limit.
func pareto(alpha float64, limit time.Duration) func(*rand.Rand) time.Duration {
	return func(random *rand.Rand) time.Duration {
		return min(time.Duration(40e3*math.Pow(1-random.Float64(), -1/alpha)), limit)
	}
}

// steadily is a rate that does not change.
func steadily(ppm float64) func(time.Duration) float64 {
	return func(time.Duration) float64 { return ppm }
}

// result is what came of a run.
type result struct {
	lost, missed uint64
	worst        time.Duration
}

// run reads the card, whose count misses whole rounds of its ring.
func (a adverse) run(seed uint64) result {
	const step = 20 * time.Millisecond
	random := rand.New(rand.NewPCG(seed, 11))
	ring := NewRing(a.rate, epoch, 0)
	ring.Restart(a.size, uint64(a.rate)/50)
	var taken float64 // samples, by the card
	var count, given, rounds uint64
	var r result
	at, look := time.Duration(0), step
	var moments []time.Duration // of each step, to find when a sample was taken
	var counts []float64
	for at < a.long {
		for at < look {
			at += step
			taken += step.Seconds() * float64(a.rate) * (1 + a.ppm(at)*1e-6)
			moments, counts = append(moments, at), append(counts, taken)
		}
		if keep := 3000; len(moments) > 2*keep { // a minute
			moments = append(moments[:0], moments[len(moments)-keep:]...)
			counts = append(counts[:0], counts[len(counts)-keep:]...)
		}
		seen := at + a.late(random)
		now := uint64(taken) // the position that it shows is as old as the host is late
		unseen := (now - count) / a.size
		rounds += unseen
		r.missed += unseen * a.size
		count = now
		ahead := count - rounds*a.size - given
		noticed, sure := ring.Observe(ahead, int64(seen), 0)
		look = at + step
		if random.IntN(15000) == 0 && a.away != nil {
			look += a.away(random)
		}
		if !sure {
			continue
		}
		rounds -= noticed
		given += noticed * a.size
		if ahead == 0 {
			continue
		}
		m := ring.Take(ahead, epoch.Add(seen))
		r.lost += m.Lost
		first := float64(given + 1)
		given += ahead
		if at < 2*time.Second {
			continue
		}
		i := len(counts) - 1
		for i > 0 && counts[i-1] >= first {
			i--
		}
		was := moments[i] - time.Duration((counts[i]-first)/float64(a.rate)*1e9)
		r.worst = max(r.worst, m.Time.Sub(epoch.Add(was)).Abs())
	}
	return r
}

// TestAdverse reads cards whose rate wanders, on hosts that look late with heavy tails and now and then
// not at all for longer than the ring lasts: nothing is lost that was not, all is counted that was,
// and times are right to 2 ms.
func TestAdverse(t *testing.T) {
	hour := func(at time.Duration) float64 { return at.Hours() }
	day := 24 * time.Hour
	short := func(random *rand.Rand) time.Duration {
		return time.Duration(random.Int64N(int64(400 * time.Millisecond)))
	}
	overrun := func(random *rand.Rand) time.Duration {
		return time.Duration(random.Int64N(int64(20 * time.Second)))
	}
	for _, a := range []adverse{
		{"a room that warms and cools", 48000, 24000, day, func(at time.Duration) float64 {
			return -500 + 15*math.Sin(2*math.Pi*hour(at)/6)
		}, exponential, short},
		{"a case that warms up", 48000, 24000, 6 * time.Hour, func(at time.Duration) float64 {
			return 80 - 60*math.Exp(-hour(at)*4)
		}, exponential, short},
		{"a machine hall in the sun", 48000, 24000, 6 * time.Hour, func(at time.Duration) float64 {
			return 40*math.Sin(2*math.Pi*hour(at)/3) + 10*math.Sin(2*math.Pi*hour(at)*4)
		}, exponential, short},
		{"heavy tails", 48000, 24000, 6 * time.Hour, steadily(-90), pareto(1.2, 300*time.Millisecond), nil},
		{"heavy tails at the edge", 48000, 24000, 6 * time.Hour, steadily(10_000), pareto(1.2, 300*time.Millisecond), short},
		{"the other edge", 48000, 24000, 6 * time.Hour, steadily(-10_000), pareto(1, 300*time.Millisecond), nil},
		{"7,999 for 8,000 Hz", 8000, 4000, day, steadily(-125), exponential, short},
		{"8,001 for 8,000 Hz, a small ring", 8000, 640, 6 * time.Hour, steadily(125), pareto(1.5, 30*time.Millisecond), nil},
		{"overruns", 48000, 24000, 6 * time.Hour, steadily(-2500), exponential, overrun},
		{"overruns while it warms up", 48000, 24000, 6 * time.Hour, func(at time.Duration) float64 {
			return 10_000 - 60*math.Exp(-hour(at)*4)
		}, exponential, overrun},
		{"overruns with heavy tails", 44100, 22050, 6 * time.Hour, steadily(500), pareto(1.3, 150*time.Millisecond), overrun},
	} {
		const seed = 0
		r := a.run(seed)
		if r.lost != r.missed || r.worst > 2*time.Millisecond {
			t.Errorf("%s, seed %d: %d lost, %d reported, times up to %v off", a.name, seed, r.missed, r.lost, r.worst)
		}
		t.Logf("%s: %d lost, %d reported, times right to %v", a.name, r.missed, r.lost, r.worst)
	}
}

// timer is a chip that a kernel's timer triggers, with a stamp at each scan: the timer is late with a heavy
// tail, and skips ticks when it is late by more than a period. The reader is away now and then, until the
// kernel's buffer of a second is full, and the clock that stamps is set in that very moment where people see it.
type timer struct {
	name   string
	hertz  float64
	ppm    float64
	late   func(*rand.Rand) time.Duration
	people bool // the wall clock stamps
}

// tick is one of its timer.
type tick struct {
	n          uint64
	due, fired time.Duration
	stamp      int64
}

// run reads the chip for an hour and returns what came of it.
func (k timer) run(seed uint64) (r result, total uint64) {
	const long = time.Hour
	random := rand.New(rand.NewPCG(seed, 12))
	nominal := 1e9 / k.hertz
	period := nominal / (1 + k.ppm*1e-6)
	line := NewStamps(nominal, epoch)
	var set time.Duration  // by how much the clock was set
	var queue, full []tick // that were read and not given, and in the kernel's buffer
	var at []int64
	last, given := int64(-1), uint64(0)
	away, fired := time.Duration(0), time.Duration(0)
	for n := uint64(1); ; n++ {
		due := time.Duration(float64(n) * period)
		if due > long {
			return r, given
		}
		if due < fired {
			continue // it was late by more than a period: this tick never was
		}
		fired = due + k.late(random)
		if float64(len(full)) < k.hertz {
			full = append(full, tick{n, due, fired, int64(fired+set) + 7e15})
		}
		if random.IntN(int(k.hertz)*200) == 0 {
			away = fired + time.Duration(random.Int64N(int64(5*time.Second)))
			if k.people { // years back, hours on, while scans are lost
				set += []time.Duration{-20 * 365 * 24 * time.Hour, 36 * time.Hour, -700 * time.Millisecond}[random.IntN(3)]
			}
		}
		if fired < away || len(full) < int(k.hertz/20) {
			continue
		}
		for _, tick := range full {
			queue, at = append(queue, tick), append(at, line.arrive(tick.stamp, fired))
		}
		full = full[:0]
		for len(queue) > Ahead {
			lost := line.Missing(0, at)
			line.Lose(lost)
			if last >= 0 {
				r.missed += queue[0].n - uint64(last) - 1
			}
			r.lost += lost
			line.Observe(1, at[0])
			m := line.take(1, epoch.Add(fired), fired)
			// A scan that was late was taken somewhere between when it was due and when the timer fired.
			if when := m.Time.Sub(epoch); line.clock.fitted.ready {
				r.worst = max(r.worst, queue[0].due-when, when-queue[0].fired)
			}
			last = int64(queue[0].n)
			given++
			queue, at = queue[1:], at[1:]
		}
	}
}

// TestAdverseTimers wants every scan that a late timer skipped or a full buffer dropped to be counted, and no
// other.
func TestAdverseTimers(t *testing.T) {
	for _, k := range []timer{
		{"a good timer", 1000, -90, pareto(2, 200*time.Microsecond), false},
		{"heavy tails", 1000, 0, pareto(1.5, 5*time.Millisecond), false},
		{"heavy tails, a slow chip", 400, -9900, pareto(1.2, 20*time.Millisecond), false},
		{"the wall clock stamps", 1000, 250, pareto(2, 200*time.Microsecond), true},
	} {
		const seed = 0
		r, total := k.run(seed)
		if r.lost != r.missed || r.worst > 2*time.Millisecond {
			t.Errorf("%s, seed %d: of %d scans %d lost, %d reported, times up to %v off", k.name, seed, total, r.missed, r.lost, r.worst)
		}
		t.Logf("%s: of %d scans %d lost, %d reported, times right to %v", k.name, total, r.missed, r.lost, r.worst)
	}
}
