package quantise

import (
	"sync"
	"sync/atomic"
)

// value is a tensor of a batch of samples. What is computed element by element has its
// values before they were rounded, too: what cancels in a chain of such operators, as in
// a divergence, is not rounded in between.
type value struct {
	rounded []float32
	exact   []float64 // nil where there are none
}

// exactly returns some values as exactly as they are known, in room or where they lie.
func (v *value) exactly(from, to int, room []float64) []float64 {
	if v.exact != nil {
		return v.exact[from:to]
	}
	for i, x := range v.rounded[from:to] {
		room[i] = float64(x)
	}
	return room[:to-from]
}

func (v *value) reserve(n int) {
	if cap(v.exact) < n {
		v.rounded, v.exact = make([]float32, n), make([]float64, n)
	}
	v.rounded, v.exact = v.rounded[:n], v.exact[:n]
}

// spread does tasks by so many threads.
func spread(threads, tasks int, do func(task int)) {
	if threads = min(threads, tasks); threads <= 1 {
		for task := range tasks {
			do(task)
		}
		return
	}
	var all sync.WaitGroup
	var begun atomic.Int64
	for range threads {
		all.Go(func() {
			for task := int(begun.Add(1)) - 1; task < tasks; task = int(begun.Add(1)) - 1 {
				do(task)
			}
		})
	}
	all.Wait()
}
