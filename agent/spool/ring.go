package spool

import "sync"

// Ring is a bounded queue in memory from which the oldest item goes when it is
// full. It may be used from any goroutine, and none of its methods blocks.
type Ring[T any] struct {
	ready chan struct{}

	mu      sync.Mutex
	items   []T
	head    int // of the oldest
	n       int
	dropped uint64
}

// NewRing returns a Ring for size items, at least one.
func NewRing[T any](size int) *Ring[T] {
	return &Ring[T]{ready: make(chan struct{}, 1), items: make([]T, max(1, size))}
}

// Put adds an item. When the ring is full the oldest one goes and is counted.
func (r *Ring[T]) Put(item T) {
	r.mu.Lock()
	if r.n == len(r.items) {
		r.head = (r.head + 1) % len(r.items)
		r.n--
		r.dropped++
	}
	r.items[(r.head+r.n)%len(r.items)] = item
	r.n++
	r.mu.Unlock()
	select {
	case r.ready <- struct{}{}:
	default:
	}
}

// Take removes and returns the oldest item. It reports false when there is none.
func (r *Ring[T]) Take() (T, bool) {
	var none T
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.n == 0 {
		return none, false
	}
	item := r.items[r.head]
	r.items[r.head] = none // for the garbage collector
	r.head = (r.head + 1) % len(r.items)
	r.n--
	return item, true
}

// Ready returns a channel that receives after an item was put, once for
// several. It serves one receiver.
func (r *Ring[T]) Ready() <-chan struct{} { return r.ready }

// Len returns how many items wait.
func (r *Ring[T]) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.n
}

// Dropped returns how many items went because the ring was full.
func (r *Ring[T]) Dropped() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.dropped
}

// DeleteFunc removes the items for which del is true, without counting them as
// dropped.
func (r *Ring[T]) DeleteFunc(del func(T) bool) {
	var none T
	r.mu.Lock()
	defer r.mu.Unlock()
	kept := 0
	for i := range r.n {
		item := r.items[(r.head+i)%len(r.items)]
		if !del(item) {
			r.items[(r.head+kept)%len(r.items)] = item
			kept++
		}
	}
	for i := kept; i < r.n; i++ {
		r.items[(r.head+i)%len(r.items)] = none
	}
	r.n = kept
}
