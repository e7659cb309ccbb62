package kernels

import (
	"runtime"
	"sync/atomic"
)

// Job is work in parts that may be done in any order, several at once by different workers.
type Job interface{ Do(worker, part int) }

// Team is a fixed set of goroutines that help the caller of Do. Between two calls
// they spin for a moment, since the next operator follows soon, then sleep. Where the
// machine's processors are busy with other work, the caller soon computes alone.
// One goroutine at a time may call Do.
type Team struct {
	helpers int
	job     Job // of this call
	// state is what may be claimed: the number of the call (32 bits), its parts
	// (16), and those claimed (16). A claim by compare-and-swap cannot hit another
	// call than the one it read.
	state    atomic.Uint64
	call     uint32
	left     atomic.Int32 // parts of this call that are not finished
	sleepers atomic.Int32
	wake     chan struct{}
	waiting  atomic.Bool // the caller sleeps until the last part is finished
	finished chan struct{}
	closed   atomic.Bool
	// rest counts the calls that the caller does alone, since it had to sleep for a
	// helper whom the system kept from running; penalty is how many the next
	// such sleep costs. Only the caller uses them.
	rest, penalty int
}

const (
	// spins is how often a helper looks for work before it sleeps: long enough to
	// outlast operators that are not divided, some 100 µs.
	spins = 80_000
	// callerSpins is how often the caller looks whether the last part is finished.
	callerSpins = 4_000
	// minPenalty and maxPenalty bound penalty: on a machine whose processors are all
	// busy, dividing soon is tried about once in maxPenalty calls.
	minPenalty, maxPenalty = 64, 1 << 14
	// maxParts fits state.
	maxParts = 1 << 12
)

// NewTeam starts helpers goroutines, which run until Close.
func NewTeam(helpers int) *Team {
	t := &Team{helpers: helpers, wake: make(chan struct{}, helpers), finished: make(chan struct{}, 1)}
	for i := range helpers {
		go t.help(i + 1)
	}
	return t
}

// Workers gives the number of goroutines that run parts, the caller included.
func (t *Team) Workers() int { return t.helpers + 1 }

// Close ends the helpers. Do must not be called any more.
func (t *Team) Close() {
	if !t.closed.Swap(true) {
		close(t.wake)
	}
}

// Do does the parts 0 to parts-1 of a job, each once, and returns when all are
// finished. The caller is worker 0. Parts are handed out one by one, so that a
// helper whom the system keeps from running does not hold more than one.
func (t *Team) Do(parts int, job Job) {
	if t.rest > 0 {
		t.rest--
		for i := range parts {
			job.Do(0, i)
		}
		return
	}
	t.job = job
	t.left.Store(int32(parts))
	t.call++
	t.state.Store(uint64(t.call)<<32 | uint64(parts)<<16)
	for range min(parts-1, t.helpers) {
		if !t.rouse() {
			break
		}
	}
	for t.runOne(0) {
	}
	for range callerSpins {
		if t.left.Load() == 0 {
			t.penalty -= t.penalty / 64
			return
		}
	}
	t.penalty = min(max(2*t.penalty, minPenalty), maxPenalty)
	t.rest = t.penalty
	t.waiting.Store(true)
	if t.left.Load() == 0 && t.waiting.Swap(false) {
		return // nobody saw that the caller waits
	}
	<-t.finished
}

// rouse wakes a sleeping helper; false when none sleeps.
func (t *Team) rouse() bool {
	for {
		n := t.sleepers.Load()
		if n == 0 {
			return false
		}
		if t.sleepers.CompareAndSwap(n, n-1) {
			select {
			case t.wake <- struct{}{}:
			default: // tokens for all are there
			}
			return true
		}
	}
}

// runOne runs a part if there is one to claim.
func (t *Team) runOne(worker int) bool {
	for {
		s := t.state.Load()
		parts, next := s>>16&0xFFFF, s&0xFFFF
		if next >= parts {
			return false
		}
		if !t.state.CompareAndSwap(s, s+1) {
			continue
		}
		// The call cannot end before this part is finished, so job is its own.
		t.job.Do(worker, int(next))
		if t.left.Add(-1) == 0 && t.waiting.Swap(false) {
			t.finished <- struct{}{}
		}
		return true
	}
}

func (t *Team) help(worker int) {
	for !t.closed.Load() {
		idle := 0
		for idle < spins {
			if t.runOne(worker) {
				idle = 0
				continue
			}
			idle++
			if idle%1024 == 0 {
				runtime.Gosched() // a goroutine of the program may need this processor
			}
		}
		t.sleepers.Add(1)
		// Work that came before the line above is not announced.
		if s := t.state.Load(); s&0xFFFF < s>>16&0xFFFF {
			t.runOne(worker)
			t.unregister()
			continue
		}
		<-t.wake
	}
}

// unregister takes a sleeper back, unless the caller has counted it off already; its
// token then wakes a helper once for nothing.
func (t *Team) unregister() {
	for n := t.sleepers.Load(); n > 0; n = t.sleepers.Load() {
		if t.sleepers.CompareAndSwap(n, n-1) {
			return
		}
	}
}
