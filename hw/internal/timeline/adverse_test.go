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
		{"a machine hall in the sun", 48000, 24000, day, func(at time.Duration) float64 {
			return 40*math.Sin(2*math.Pi*hour(at)/3) + 10*math.Sin(2*math.Pi*hour(at)*4)
		}, exponential, short},
		{"heavy tails", 48000, 24000, 6 * time.Hour, steadily(-90), pareto(1.2, 300*time.Millisecond), nil},
		{"heavy tails at the edge", 48000, 24000, 6 * time.Hour, steadily(10_000), pareto(1.2, 300*time.Millisecond), short},
		{"the other edge", 48000, 24000, 6 * time.Hour, steadily(-10_000), pareto(1, 300*time.Millisecond), nil},
		{"7,999 for 8,000 Hz", 8000, 4000, day, steadily(-125), exponential, short},
		{"8,001 for 8,000 Hz, a small ring", 8000, 640, 6 * time.Hour, steadily(125), pareto(1.5, 30*time.Millisecond), nil},
		{"overruns", 48000, 24000, day, steadily(-2500), exponential, overrun},
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
