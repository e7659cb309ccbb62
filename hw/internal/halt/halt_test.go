package halt

import (
	"context"
	"errors"
	"testing"

	"github.com/auscult/auscult/hw"
)

func TestSwitch(t *testing.T) {
	s := New()
	ctx, cancel := context.WithCancel(t.Context())
	if err := s.Stopped(ctx); err != nil {
		t.Errorf("a switch that is on: %v", err)
	}
	cancel()
	if err := s.Stopped(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: %v", err)
	}
	stuck, released := errors.New("stuck"), 0
	for range 2 {
		if err := s.Halt(func() error {
			released++
			return stuck
		}); !errors.Is(err, stuck) {
			t.Errorf("Halt: %v, want what releasing said", err)
		}
	}
	if released != 1 {
		t.Errorf("released %d times", released)
	}
	select {
	case <-s.Off():
	default:
		t.Error("Off is open after Halt")
	}
	if err := s.Stopped(ctx); !errors.Is(err, hw.ErrHalted) {
		t.Errorf("after Halt: %v", err)
	}
}
