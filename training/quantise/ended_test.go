package quantise

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
)

// fading is a context that is done once it was asked so often.
type fading struct {
	context.Context
	left *atomic.Int64
}

func (f fading) Err() error {
	if f.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// TestEnded ends quantising and comparing on their way, at every of the first looks at the context.
func TestEnded(t *testing.T) {
	s := smallNets(t)["conv"]
	float := s.float(t)
	ints, err := Quantise(t.Context(), float, s.normal, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, do := range map[string]func(ctx context.Context) error{
		"Quantise": func(ctx context.Context) error { _, err := Quantise(ctx, float, s.normal, Options{}); return err },
		"Equalise": func(ctx context.Context) error { _, err := Equalise(ctx, float, s.normal, Options{}); return err },
		"Compare":  func(ctx context.Context) error { _, err := Compare(ctx, float, ints, s.normal, 50); return err },
	} {
		for asked := range int64(2 * len(float.Operators)) {
			ctx := fading{t.Context(), new(atomic.Int64)}
			ctx.left.Store(asked)
			if err := do(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("%s, asked %d times: error %v", name, asked, err)
			}
			if late := -ctx.left.Load(); late > 1 {
				t.Errorf("%s, asked %d times: asked %d times more", name, asked, late-1)
			}
		}
	}
}
