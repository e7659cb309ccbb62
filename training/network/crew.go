package network

import "sync/atomic"

// crew is goroutines that wait for work. Between two runs of a training step
// pass microseconds, less than it takes to wake a goroutine, so they look for
// the next run a while before they sleep.
type crew struct {
	f     func(worker, task int)
	tasks int64
	next  atomic.Int64 // task to take

	round atomic.Uint32 // of runs; odd values do not occur
	left  atomic.Int32  // members that have not finished the round
	boss  sleeper
	crew  []sleeper // all but the caller of run, which is worker 0
	quit  bool
}

// sleeper is a goroutine that may be asleep.
type sleeper struct {
	asleep atomic.Bool
	wake   chan struct{}
}

// spins is how often a goroutine looks before it sleeps: some 20 microseconds.
const spins = 1 << 14

// until waits for ready, which another goroutine makes true before it calls
// rouse. A rouse may come late: whoever calls it can be kept from running between the
// two, while what was ready is done with and something else is waited for. So a sleeper
// that was roused looks again.
func (s *sleeper) until(ready func() bool) {
	for {
		for range spins {
			if ready() {
				return
			}
		}
		s.asleep.Store(true)
		if ready() && s.asleep.CompareAndSwap(true, false) {
			return
		}
		<-s.wake
	}
}

func (s *sleeper) rouse() {
	if s.asleep.CompareAndSwap(true, false) {
		s.wake <- struct{}{}
	}
}

func newCrew(threads int) *crew {
	c := &crew{crew: make([]sleeper, threads-1)}
	c.boss.wake = make(chan struct{}, 1)
	for i := range c.crew {
		c.crew[i].wake = make(chan struct{}, 1)
		go c.member(i)
	}
	return c
}

func (c *crew) member(i int) {
	seen := uint32(0)
	called := func() bool { return c.round.Load() != seen }
	for {
		c.crew[i].until(called)
		seen++
		if c.quit {
			c.finish()
			return
		}
		c.work(i + 1)
		c.finish()
	}
}

func (c *crew) finish() {
	if c.left.Add(-1) == 0 {
		c.boss.rouse()
	}
}

func (c *crew) work(worker int) {
	for {
		t := c.next.Add(1) - 1
		if t >= c.tasks {
			return
		}
		c.f(worker, int(t))
	}
}

func (c *crew) begin() {
	c.left.Store(int32(len(c.crew)))
	c.round.Add(1)
	for i := range c.crew {
		c.crew[i].rouse()
	}
}

func (c *crew) done() bool { return c.left.Load() == 0 }

// run calls f for every task from 0 and returns when all are done.
func (c *crew) run(tasks int, f func(worker, task int)) {
	c.f, c.tasks = f, int64(tasks)
	c.next.Store(0)
	c.begin()
	c.work(0)
	c.boss.until(c.done)
}

// stop ends the goroutines.
func (c *crew) stop() {
	c.quit = true
	c.begin()
	c.boss.until(c.done)
}
