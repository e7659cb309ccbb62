package channels

import (
	"context"
	"fmt"

	"github.com/auscult/auscult/hw"
)

// pick is the source that Pick returns.
type pick struct {
	src      hw.Source
	channels []int
	memory   []int32
	block    hw.Block // of src, over memory
}

// blockTimes is how many sample times are asked of the source below at once.
const blockTimes = 512

// Pick returns a source with the given channels of src, counted from 0, in the
// given order. Halting it halts src.
func Pick(src hw.Source, channels ...int) (hw.Source, error) {
	n := src.Format().Channels
	if len(channels) == 0 || len(channels) > n {
		return nil, fmt.Errorf("channels: %d of the %d channels of %s", len(channels), n, src)
	}
	for _, c := range channels {
		if c < 0 || c >= n {
			return nil, fmt.Errorf("channels: %s has channels 0 to %d, not %d", src, n-1, c)
		}
	}
	return &pick{src: src, channels: append([]int(nil), channels...), memory: make([]int32, blockTimes*n)}, nil
}

// String returns the source's name and which channels are picked.
func (p *pick) String() string { return fmt.Sprintf("%s, channels %d", p.src, p.channels) }

// Halt halts the source below.
func (p *pick) Halt() error { return p.src.Halt() }

// Format returns what the blocks hold.
func (p *pick) Format() hw.Format {
	f := p.src.Format()
	f.Channels = len(p.channels)
	return f
}

// Read fills b, see hw.Source, with at most 512 sample times.
func (p *pick) Read(ctx context.Context, b *hw.Block) error {
	times := cap(b.PCM) / len(p.channels)
	if times == 0 {
		return fmt.Errorf("channels: block of %d values: %d channels need at least as many", cap(b.PCM), len(p.channels))
	}
	n := p.src.Format().Channels
	p.block.PCM = p.memory[:0:min(times*n, len(p.memory))]
	if err := p.src.Read(ctx, &p.block); err != nil {
		return err
	}
	b.PCM = b.PCM[:len(p.block.PCM)/n*len(p.channels)]
	i := 0
	for rest := p.block.PCM; len(rest) >= n; rest = rest[n:] {
		for _, c := range p.channels {
			b.PCM[i] = rest[c]
			i++
		}
	}
	b.FirstSample, b.Lost, b.Time = p.block.FirstSample, p.block.Lost, p.block.Time
	return nil
}
