package parallel

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// Each calls do for the indices 0 to n-1, at most limit at a time; a limit below 1 means as many
// as the process has threads. It returns the first error, or why ctx ended.
func Each(ctx context.Context, limit, n int, do func(ctx context.Context, i int) error) error {
	none := func() (struct{}, error) { return struct{}{}, nil }
	return EachWith(ctx, limit, n, none, func(ctx context.Context, _ struct{}, i int) error { return do(ctx, i) })
}

// EachWith does what Each does with workers that have something of their own, which makes. It
// is called for each worker before any work is done.
func EachWith[W any](ctx context.Context, limit, n int, makes func() (W, error),
	do func(ctx context.Context, own W, i int) error,
) error {
	if limit < 1 {
		limit = runtime.GOMAXPROCS(0)
	}
	workers := make([]W, min(limit, n))
	for w := range workers {
		var err error
		if workers[w], err = makes(); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var wg sync.WaitGroup
	for _, own := range workers {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := do(ctx, own, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}
