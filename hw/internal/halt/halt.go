package halt

import (
	"context"
	"sync"

	"github.com/auscult/auscult/hw"
)

// Switch ends a source once, whoever asks for it.
type Switch struct {
	off  chan struct{}
	once sync.Once
	err  error
}

// New returns a switch that is on.
func New() *Switch { return &Switch{off: make(chan struct{})} }

// Off is closed once Halt was called.
func (s *Switch) Off() <-chan struct{} { return s.off }

// Halt turns the switch off and then releases what the source holds, once. It returns
// release's error each time.
func (s *Switch) Halt(release func() error) error {
	s.once.Do(func() {
		close(s.off)
		s.err = release()
	})
	return s.err
}

// Stopped returns why a source should not go on: hw.ErrHalted after Halt, else the
// context's error.
func (s *Switch) Stopped(ctx context.Context) error {
	select {
	case <-s.off:
		return hw.ErrHalted
	default:
		return ctx.Err()
	}
}
