package replay

import (
	"context"
	"io"
	"sync/atomic"
	"time"

	"github.com/auscult/auscult/hw"
)

// memory is a source of samples of one channel that are in memory.
type memory struct {
	pcm    []int32
	rateHz int
	begin  time.Time
	next   int
	halted atomic.Bool
}

// String names the source.
func (m *memory) String() string { return "memory" }

// Format returns what the blocks hold.
func (m *memory) Format() hw.Format {
	return hw.Format{SampleRateHz: m.rateHz, Channels: 1, BitsPerSample: 32}
}

// Halt ends the source.
func (m *memory) Halt() error {
	m.halted.Store(true)
	return nil
}

// Read gives the next samples.
func (m *memory) Read(ctx context.Context, b *hw.Block) error {
	switch {
	case m.halted.Load():
		return hw.ErrHalted
	case ctx.Err() != nil:
		return ctx.Err()
	case m.next == len(m.pcm):
		return io.EOF
	}
	b.PCM = b.PCM[:cap(b.PCM)]
	n := copy(b.PCM, m.pcm[m.next:])
	b.PCM, b.Lost, b.FirstSample = b.PCM[:n], 0, uint64(m.next)
	b.Time = m.begin.Add(time.Duration(m.next) * time.Second / time.Duration(m.rateHz))
	m.next += n
	return nil
}
