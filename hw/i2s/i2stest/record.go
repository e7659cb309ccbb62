package i2stest

import (
	"context"
	"slices"
	"sync"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/i2s"
)

// Record is a connection that keeps what another gives. It keeps at most Limit
// blocks and counts the rest.
type Record struct {
	i2s.Conn
	Limit int // 0 is no limit

	mu      sync.Mutex
	blocks  []hw.Block
	dropped int
}

var _ i2s.Conn = (*Record)(nil)

// Read reads from the connection below and keeps a copy of the block.
func (r *Record) Read(ctx context.Context, b *hw.Block) error {
	if err := r.Conn.Read(ctx, b); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.Limit > 0 && len(r.blocks) >= r.Limit {
		r.dropped++
		return nil
	}
	kept := *b
	kept.PCM = slices.Clone(b.PCM)
	r.blocks = append(r.blocks, kept)
	return nil
}

// Blocks returns what was read until now, and how many blocks came after Limit.
// The blocks are the caller's.
func (r *Record) Blocks() (blocks []hw.Block, dropped int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.blocks), r.dropped
}
