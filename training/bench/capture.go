package bench

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/auscult/auscult/hw"
)

// Capture says what listening alone costs.
type Capture struct {
	Source     string `json:"source"`
	RateHz     int    `json:"sample_rate_hz"`
	Channels   int    `json:"channels"`
	BlockFrame int    `json:"block_samples"` // of one channel, on average
	// Late is how long after a block's last sample was taken it was handed on: the
	// driver's and the scheduler's delay. It needs a source that knows the time of its samples.
	Late           Latency `json:"late"`
	BlocksPerS     float64 `json:"blocks_per_s"` // each wakes the processor once
	CPUPercent     float64 `json:"cpu_percent"`  // of one core
	AllocsPerBlock float64 `json:"allocs_per_block"`
	Lost           uint64  `json:"lost_samples"`
}

// RunCapture reads a source for a while and does nothing with what it gives.
func RunCapture(ctx context.Context, src hw.Source, d time.Duration, progress func(done float64)) (*Capture, error) {
	f := src.Format()
	b := hw.Block{PCM: make([]int32, f.Channels*max(f.SampleRateHz/10, 1))}
	late := make([]time.Duration, 0, int(d/time.Millisecond)+16)
	if err := src.Read(ctx, &b); err != nil { // opening took its time; what waited is old
		return nil, fmt.Errorf("bench: capture from %s: %w", src, err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu, begin := cpuTime(), time.Now()
	blocks, samples := 0, 0
	var lost uint64
	for elapsed := time.Duration(0); elapsed < d; elapsed = time.Since(begin) {
		if err := src.Read(ctx, &b); err != nil {
			return nil, fmt.Errorf("bench: capture from %s: %w", src, err)
		}
		now := time.Now()
		n := len(b.PCM) / f.Channels
		blocks, samples, lost = blocks+1, samples+n, lost+b.Lost
		if len(late) < cap(late) {
			last := b.Time.Add(time.Duration(n) * time.Second / time.Duration(f.SampleRateHz))
			late = append(late, max(now.Sub(last), 0))
		}
		if progress != nil && blocks%16 == 0 {
			progress(min(float64(elapsed)/float64(d), 1))
		}
	}
	took := time.Since(begin).Seconds()
	cpu = cpuTime() - cpu
	runtime.ReadMemStats(&after)
	return &Capture{
		Source: src.String(), RateHz: f.SampleRateHz, Channels: f.Channels, BlockFrame: samples / blocks,
		Late: Summarise(late), BlocksPerS: float64(blocks) / took, CPUPercent: 100 * cpu.Seconds() / took,
		AllocsPerBlock: float64(after.Mallocs-before.Mallocs) / float64(blocks), Lost: lost,
	}, nil
}
