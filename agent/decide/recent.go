package decide

import (
	"math/bits"
	"time"
)

// past is an observation without its evidence.
type past struct {
	start time.Time
	time  time.Time
	score float64
}

// recent are the last observations, as a ring; bit i of suspicion is the i-th last.
type recent struct {
	ring      []past
	evidence  []float64 // len(ring) * width
	width     int
	at        int // of the last one
	filled    int
	suspicion uint64
}

func newRecent(n, width int) recent {
	return recent{ring: make([]past, n), evidence: make([]float64, n*width), width: width}
}

// remember puts o into the ring.
func (r *recent) remember(o *Observation) {
	n := len(r.ring)
	r.at = (r.at + 1) % n
	r.filled = min(r.filled+1, n)
	r.ring[r.at] = past{o.Start, o.Time, o.Score}
	copy(r.evidence[r.at*r.width:][:r.width], o.Evidence)
	r.suspicion <<= 1
	if o.Suspicious {
		r.suspicion |= 1
	}
	if n < 64 {
		r.suspicion &= 1<<n - 1
	}
}

// suspicious counts the suspicious ones.
func (r *recent) suspicious() int { return bits.OnesCount64(r.suspicion) }

// eachSuspicious calls f with the suspicious ones, oldest first.
func (r *recent) eachSuspicious(f func(p past, evidence []float64)) {
	for age := r.filled - 1; age >= 0; age-- {
		if r.suspicion>>age&1 == 0 {
			continue
		}
		i := (r.at - age + len(r.ring)) % len(r.ring)
		f(r.ring[i], r.evidence[i*r.width:][:r.width])
	}
}

// forget starts suspicion anew.
func (r *recent) forget() { r.suspicion, r.filled = 0, 0 }
