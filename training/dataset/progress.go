package dataset

import (
	"fmt"
	"sync"
)

// Progress says how much of clips has been heard.
type Progress struct {
	Clips, Of      int     // that are done, of all
	HeardS, TotalS float64 // seconds of sound; TotalS is 0 where a header does not say it
}

// Share returns how much is done, 0 to 1.
func (p Progress) Share() float64 {
	if p.TotalS > 0 {
		return min(1, p.HeardS/p.TotalS)
	}
	return float64(p.Clips) / float64(max(1, p.Of))
}

// String says it in words.
func (p Progress) String() string {
	text := fmt.Sprintf("%d of %d clips, %.0f", p.Clips, p.Of, p.HeardS)
	if p.TotalS > 0 {
		text += fmt.Sprintf(" of %.0f", p.TotalS)
	}
	return text + " s"
}

// Hearing adds up what workers hear of clips. It may be used by several goroutines.
type Hearing struct {
	mu     sync.Mutex
	now    Progress
	passes float64 // how often each clip is heard
	tell   func(Progress)
}

// NewHearing begins to count n clips that are heard so many times each. tell is called from one
// goroutine at a time; nil: nobody wants to know.
func NewHearing(n int, clip func(i int) *Clip, passes int, tell func(Progress)) *Hearing {
	h := &Hearing{passes: float64(passes), tell: tell, now: Progress{Of: n}}
	for i := range n {
		s := clip(i).announcedS()
		if s == 0 {
			h.now.TotalS = 0
			break
		}
		h.now.TotalS += s
	}
	return h
}

// announcedS returns how long the clip is by its header, 0 where that does not say it.
func (c *Clip) announcedS() float64 {
	s := c.stretch()
	if s.whole() {
		return c.Duration.Seconds()
	}
	return c.Duration.Seconds() * (s.to - s.from)
}

func (h *Hearing) add(seconds float64, clips int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now.HeardS += seconds / h.passes
	h.now.Clips += clips
	if h.tell != nil {
		h.tell(h.now)
	}
}

// Clip begins with a clip: l tells what it hears of it until done is called.
func (h *Hearing) Clip(l *Listener, c *Clip) (done func()) {
	heard := 0.0
	l.tell = func(seconds float64) {
		heard += seconds
		h.add(seconds, 0)
	}
	return func() {
		l.tell = nil
		rest := 0.0
		if h.now.TotalS > 0 { // what was left out, or lay in a cache, is done too
			rest = c.announcedS()*h.passes - heard
		}
		h.add(rest, 1)
	}
}

// tellS is how much sound is heard between two tellings.
const tellS = 5

// at returns the i-th clip.
func (n NormalClips) at(i int) *Clip { return n.clips[i] }
