package share

import (
	"context"
	"fmt"
	"sync"

	"github.com/auscult/auscult/hw"
)

// feed reads a device while anybody listens.
type feed struct {
	src  hw.Source
	done chan struct{} // closed when reading has ended

	mu        sync.Mutex
	slots     ring
	err       error // why reading has ended
	listeners []*Listener
}

func newFeed(src hw.Source) *feed {
	return &feed{src: src, done: make(chan struct{}), slots: newRing(src.Format())}
}

// run reads until the device fails or is halted.
func (f *feed) run() {
	defer close(f.done)
	b := hw.Block{PCM: make([]int32, f.slots.room*f.slots.format.Channels)}
	for {
		err := f.read(&b)
		f.mu.Lock()
		if err == nil {
			f.slots.put(&b)
		}
		f.err = err
		for _, l := range f.listeners {
			select {
			case l.wake <- struct{}{}:
			default: // it has been woken already
			}
		}
		f.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// read is the device's Read. A fault in its driver must not take the other sources down.
func (f *feed) read(b *hw.Block) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("share: %s: its driver broke: %v", f.src, p)
		}
	}()
	if err := f.src.Read(context.Background(), b); err != nil {
		return err
	}
	if n := f.slots.format.Channels; len(b.PCM) == 0 || len(b.PCM)%n != 0 {
		return fmt.Errorf("share: %s: block of %d values for %d channels", f.src, len(b.PCM), n)
	}
	return nil
}

// ended returns why reading has ended, nil while it goes on.
func (f *feed) ended() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// close halts the device and waits until nobody reads it.
func (f *feed) close() error {
	err := f.src.Halt()
	<-f.done
	return err
}
