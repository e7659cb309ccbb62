package network

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// TestLateRouse rouses a sleeper for what is over: it must go on waiting for what it
// waits for now.
func TestLateRouse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sleeper{wake: make(chan struct{}, 1)}
		var ready, returned atomic.Bool
		go func() {
			s.until(ready.Load)
			returned.Store(true)
		}()
		synctest.Wait()
		for range 3 {
			s.rouse()
			synctest.Wait()
			if returned.Load() {
				t.Fatal("until returned before what it waits for was ready")
			}
		}
		ready.Store(true)
		s.rouse()
		synctest.Wait()
		if !returned.Load() {
			t.Error("until did not return")
		}
	})
}

// TestCrew runs every task once, and none of another run.
func TestCrew(t *testing.T) {
	const runs, tasks = 300, 7
	c := newCrew(3)
	defer c.stop()
	var counts [tasks]int // each its task's, so that the race detector sees an overlap
	for i := range runs {
		c.run(tasks, func(_, task int) { counts[task]++ })
		for task, n := range counts {
			if n != i+1 {
				t.Fatalf("after %d runs task %d has run %d times", i+1, task, n)
			}
		}
	}
}
