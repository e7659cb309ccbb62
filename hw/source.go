package hw

import (
	"context"
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3"
)

// Format describes the samples of a Source. It does not change while the
// source is open.
type Format struct {
	SampleRateHz  int // samples per second and channel
	Channels      int // interleaved in a Block
	BitsPerSample int // significant bits, 1 to 32, counted from the top of the Q31 word
}

// String returns the format as people write it: "16000 Hz, 2 ch, 24 bit".
func (f Format) String() string {
	return fmt.Sprintf("%d Hz, %d ch, %d bit", f.SampleRateHz, f.Channels, f.BitsPerSample)
}

// Block is a run of consecutive samples. Its memory belongs to the caller of
// Read and is reused from call to call.
type Block struct {
	// PCM holds the samples in Q31, interleaved by channel. Read fills at most
	// len(PCM) values, always whole sample times, and cuts PCM to what it
	// filled.
	PCM []int32
	// FirstSample is the index of the block's first sample time since the
	// source was opened. Lost samples advance it too.
	FirstSample uint64
	// Lost counts the sample times lost directly before this block.
	Lost uint64
	// Time is when the first sample was taken, with Go's monotonic reading. Its wall
	// clock is that of the moment of Read: it follows when somebody sets it.
	Time time.Time
}

// ErrHalted is what Read returns once Halt has been called.
var ErrHalted = errors.New("hw: source halted")

// ErrRate is what is wrong with a source whose samples come at another rate than its Format
// says: whatever it gives has another pitch.
var ErrRate = errors.New("samples come at another rate than the format says")

// Source is one sensor, live, recorded or simulated.
type Source interface {
	// String names the source for people; Halt stops it and frees what it
	// holds. Both as periph's resources have them.
	conn.Resource

	// Format returns what the blocks hold.
	Format() Format

	// Read fills b with the samples that follow the previous block. It blocks
	// until at least one sample time is there. It sees to it that b.PCM is cut
	// from its full capacity, so the same Block may be passed every time.
	Read(ctx context.Context, b *Block) error
}
