package node

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/auscult/auscult/agent/state"
)

// crew are the sources that there are, which a reload may change.
type crew struct {
	mu      sync.Mutex
	sources []*source          // in the order of the configuration
	known   map[string]*source // all that there have been, by name: their numbers go on
	ctx     context.Context    // in which they listen
	busy    int                // changes that are being made

	done chan struct{} // closed when all sources have ended
	once sync.Once
}

// list returns the sources that there are.
func (c *crew) list() []*source {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.sources)
}

// source returns the source of a name, or a new one.
func (n *Node) source(name string) *source {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := n.known[name]
	if s == nil {
		s = &source{n: n, label: name, told: told{state: state.Learning}}
		n.known[name] = s
	}
	return s
}

// listen begins to listen to sources. One that hangs in its driver, since it was halted, is
// listened to again once that lets go.
func (n *Node) listen(sources []*source) {
	for _, s := range sources {
		last := s.ended()
		if last == nil {
			s.begin(n.ctx, nil)
			continue
		}
		select {
		case <-last:
			s.begin(n.ctx, last)
		default:
			n.log.Warn("source does not stop", "source", s.label)
			go func() {
				<-last
				n.changing.Lock() // whoever changes it now has halted the last shift only
				defer n.changing.Unlock()
				if n.ctx.Err() == nil {
					s.begin(n.ctx, last)
				}
			}()
		}
	}
}

// finished notices that all sources have ended.
func (n *Node) finished() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.busy > 0 {
		return
	}
	for _, s := range n.sources {
		select {
		case <-s.ended():
		default:
			return
		}
	}
	n.once.Do(func() { close(n.done) })
}

// renew has sources be listened to anew, all at a time, since several may listen to one device:
// they stop for a reason, then change is called, if it is not nil, and then they begin.
func (n *Node) renew(sources []*source, why error, change func()) {
	n.mu.Lock()
	n.busy++
	n.mu.Unlock()
	defer func() {
		n.mu.Lock()
		n.busy--
		n.mu.Unlock()
		n.finished()
	}()
	halt(sources, why)
	if change != nil {
		change()
	}
	n.listen(sources)
}

// halt has sources be listened to no more, and waits for them as long as the end may take.
func halt(sources []*source, why error) {
	for _, s := range sources {
		s.halt(why)
	}
	limit := time.NewTimer(endSources)
	defer limit.Stop()
	for _, s := range sources {
		select {
		case <-s.ended():
		case <-limit.C:
			return
		}
	}
}
