package i2stest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/i2s"
)

// Playback is a port and its connection. It gives Blocks, then End, or io.EOF
// when End is nil. A block that does not fit into the reader's is given in
// several.
type Playback struct {
	Name   string // what String returns, "playback" when empty
	Format hw.Format
	Map    []i2s.Channel // nil is i2s.StandardMap
	Blocks []hw.Block    // PCM, Lost and Time are given; FirstSample is counted
	End    error         // what Read returns after the last block
	Sick   error         // what Health returns

	mu     sync.Mutex
	limit  physic.Frequency
	next   int    // of Blocks
	taken  int    // values of Blocks[next] that were given
	sample uint64 // what the next block begins with, losses before it left out
	halted bool
}

var _ i2s.PortCloser = (*Playback)(nil)

// String returns the port's name.
func (p *Playback) String() string {
	if p.Name == "" {
		return "playback"
	}
	return p.Name
}

// LimitRate makes Connect refuse higher rates.
func (p *Playback) LimitRate(highest physic.Frequency) error {
	if highest <= 0 {
		return fmt.Errorf("i2stest: limit the rate to %v: must be above 0", highest)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limit = highest
	return nil
}

// NeedChannel does nothing: the channels are Format's.
func (p *Playback) NeedChannel(int) error { return nil }

// SetBuffer does nothing: blocks wait to be read.
func (p *Playback) SetBuffer(time.Duration) error { return nil }

// Connect returns a connection that plays the blocks from where the last one
// stopped. Rate, channels and bits must be those of Format, or fewer bits.
func (p *Playback) Connect(rate physic.Frequency, channels, bits int) (i2s.Conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	hz, ok := i2s.RateHz(rate)
	switch {
	case !ok || hz != p.Format.SampleRateHz || channels != p.Format.Channels || bits < 0 || bits > p.Format.BitsPerSample:
		return nil, fmt.Errorf("i2stest: connect %s at %v with %d channels of %d bits: it has %v",
			p, rate, channels, bits, p.Format)
	case p.limit > 0 && rate > p.limit:
		return nil, fmt.Errorf("i2stest: connect %s at %v: limited to %v", p, rate, p.limit)
	}
	p.halted = false
	return player{p}, nil
}

// Close halts the connection and complains of blocks that were not read.
func (p *Playback) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.halted = true
	if n := len(p.Blocks) - p.next; n > 0 {
		return fmt.Errorf("i2stest: close %s: %d of %d blocks were not read to their end", p, n, len(p.Blocks))
	}
	return nil
}

// player is the connection of a Playback.
type player struct{ p *Playback }

// String returns the port's name.
func (c player) String() string { return c.p.String() }

// Format returns what the blocks hold.
func (c player) Format() hw.Format { return c.p.Format }

// ChannelMap says where each channel comes from.
func (c player) ChannelMap() []i2s.Channel {
	if c.p.Map == nil {
		return i2s.StandardMap(c.p.Format.Channels)
	}
	return append([]i2s.Channel(nil), c.p.Map...)
}

// Health returns what the test says.
func (c player) Health(int) error { return c.p.Sick }

// Halt makes Read return hw.ErrHalted.
func (c player) Halt() error {
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	c.p.halted = true
	return nil
}

// errTorn is what is wrong with a block that a test listed.
var errTorn = errors.New("is empty, or not whole sample times")

// Read gives the next block, see hw.Source.
func (c player) Read(ctx context.Context, b *hw.Block) error {
	p := c.p
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.Format.Channels
	room := 0
	if n > 0 {
		room = cap(b.PCM) / n * n
	}
	switch {
	case p.halted:
		return hw.ErrHalted
	case ctx.Err() != nil:
		return ctx.Err()
	case room == 0:
		return fmt.Errorf("i2stest: block of %d values: %d channels need at least as many", cap(b.PCM), n)
	case p.next == len(p.Blocks) && p.End != nil:
		return p.End
	case p.next == len(p.Blocks):
		return io.EOF
	}
	block := &p.Blocks[p.next]
	if len(block.PCM) == 0 || len(block.PCM)%n != 0 {
		return fmt.Errorf("i2stest: block %d of %s: %w", p.next, p, errTorn)
	}
	part := block.PCM[p.taken:min(len(block.PCM), p.taken+room)]
	b.PCM = b.PCM[:copy(b.PCM[:cap(b.PCM)], part)]
	b.Lost = 0
	if p.taken == 0 {
		b.Lost = block.Lost
	}
	b.FirstSample = p.sample + b.Lost
	b.Time = block.Time.Add(time.Duration(p.taken/n) * time.Second / time.Duration(max(p.Format.SampleRateHz, 1)))
	p.sample = b.FirstSample + uint64(len(part)/n)
	p.taken += len(part)
	if p.taken == len(block.PCM) {
		p.next, p.taken = p.next+1, 0
	}
	return nil
}
