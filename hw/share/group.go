package share

import (
	"slices"
	"sync"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/internal/halt"
)

// Group holds the devices that are open. The zero value is ready.
type Group struct {
	mu      sync.Mutex
	devices map[string]*device
}

// device is one that is or was open.
type device struct {
	gate sync.Mutex // held while it is opened or closed
	feed *feed      // nil when it is closed
}

// Open listens to the device that a key names, and opens it if nobody does.
func (g *Group) Open(key string, open func() (hw.Source, error)) (*Listener, error) {
	d := g.find(key)
	d.gate.Lock()
	defer d.gate.Unlock()
	if d.feed != nil && d.feed.ended() != nil {
		_ = d.feed.close() // it has failed, and its listeners know why
		d.feed = nil
	}
	if d.feed == nil {
		src, err := open()
		if err != nil {
			return nil, err
		}
		d.feed = newFeed(src)
		go d.feed.run()
	}
	l := &Listener{device: d, feed: d.feed, end: halt.New(), wake: make(chan struct{}, 1)}
	d.feed.join(l)
	return l, nil
}

func (g *Group) find(key string) *device {
	g.mu.Lock()
	defer g.mu.Unlock()
	d := g.devices[key]
	if d == nil {
		if g.devices == nil {
			g.devices = make(map[string]*device)
		}
		d = &device{}
		g.devices[key] = d
	}
	return d
}

// leave ends listening, and closes the device when nobody listens any more.
func (d *device) leave(l *Listener) error {
	d.gate.Lock()
	defer d.gate.Unlock()
	if !l.feed.leave(l) {
		return nil
	}
	err := l.feed.close()
	if d.feed == l.feed {
		d.feed = nil
	}
	return err
}

// join adds a listener, which hears what comes from now on.
func (f *feed) join(l *Listener) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if l.slot = f.slots.next; l.slot > 0 {
		l.slot-- // more may be put there
		l.offset = f.slots.at(l.slot).times
	}
	l.next = f.slots.end
	l.base = l.next
	f.listeners = append(f.listeners, l)
}

// leave takes a listener away, and reports whether it was the last.
func (f *feed) leave(l *Listener) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.listeners = slices.DeleteFunc(f.listeners, func(other *Listener) bool { return other == l })
	return len(f.listeners) == 0
}
