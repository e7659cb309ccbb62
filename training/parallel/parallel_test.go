package parallel

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestEach(t *testing.T) {
	for _, limit := range []int{0, 1, 3, 100} {
		got := make([]int, 50)
		if err := Each(t.Context(), limit, len(got), func(_ context.Context, i int) error {
			got[i] += i * i
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for i, v := range got {
			if v != i*i {
				t.Errorf("limit %d: index %d gave %d", limit, i, v)
			}
		}
	}
	if err := Each(t.Context(), 2, 0, func(context.Context, int) error { return errors.New("called") }); err != nil {
		t.Errorf("nothing to do: %v", err)
	}
}

// TestBound counts how many calls run at once.
func TestBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running, most atomic.Int64
		began := time.Now()
		err := Each(t.Context(), 4, 12, func(context.Context, int) error {
			most.Store(max(most.Load(), running.Add(1)))
			time.Sleep(time.Second)
			running.Add(-1)
			return nil
		})
		if took := time.Since(began); err != nil || most.Load() != 4 || took != 3*time.Second {
			t.Errorf("%d at once, %v, %v; want 4 in 3 s", most.Load(), took, err)
		}
	})
}

// TestFirstError ends what runs and keeps the rest from beginning.
func TestFirstError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := errors.New("first")
		var begun atomic.Int64
		err := Each(t.Context(), 3, 100, func(ctx context.Context, i int) error {
			begun.Add(1)
			if i == 1 {
				return first
			}
			<-ctx.Done()
			return ctx.Err()
		})
		if !errors.Is(err, first) || begun.Load() > 3 {
			t.Errorf("error %v after %d calls", err, begun.Load())
		}
	})
}

func TestContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	err := Each(ctx, 1, 10, func(context.Context, int) error {
		if calls++; calls == 3 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || calls != 3 {
		t.Errorf("error %v after %d calls", err, calls)
	}
}

// TestOwn gives each worker something that no other touches.
func TestOwn(t *testing.T) {
	var made []*int
	sum := 0
	err := EachWith(t.Context(), 4, 100, func() (*int, error) {
		made = append(made, new(int))
		return made[len(made)-1], nil
	}, func(_ context.Context, own *int, i int) error {
		*own += i
		return nil
	})
	for _, own := range made {
		sum += *own
	}
	if err != nil || len(made) != 4 || sum != 99*100/2 {
		t.Errorf("%d workers, sum %d, %v", len(made), sum, err)
	}
	bad := errors.New("no worker")
	if err := EachWith(t.Context(), 4, 9, func() (int, error) { return 0, bad }, func(context.Context, int, int) error {
		t.Error("called without a worker")
		return nil
	}); !errors.Is(err, bad) {
		t.Errorf("error %v", err)
	}
}
