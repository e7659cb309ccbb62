package recording

import (
	"context"
	"errors"
	"io"
	"math"
	"time"

	"github.com/auscult/auscult/hw"
)

// part is a stretch of sample times.
type part struct{ from, to uint64 }

// Part makes the recording deliver a stretch alone, from one sample time to before another, as
// if there were nothing else; to may be beyond the end. It is called before the first Read.
func (r *Recording) Part(from, to uint64) { r.part = &part{from, to} }

// SampleTimes returns how many sample times the header announces, or false when it does not say.
func (r *Recording) SampleTimes() (n uint64, known bool) {
	n, known = r.content.SampleTimes()
	if r.part != nil {
		n = min(n, r.part.to) - min(n, r.part.to, r.part.from)
	}
	return n, known
}

// Count returns how many sample times there are: as the header announces, or, where it does not
// say, by reading a recording, which is then over.
func (r *Recording) Count(ctx context.Context) (uint64, error) {
	n, known := r.SampleTimes()
	if known {
		return n, nil
	}
	channels := r.Format().Channels
	block := hw.Block{PCM: make([]int32, 4096*channels)}
	for n = 0; ; n += uint64(len(block.PCM) / channels) {
		if err := r.Read(ctx, &block); errors.Is(err, io.EOF) {
			return n, nil
		} else if err != nil {
			return 0, err
		}
	}
}

// Read fills b, see hw.Source. Samples that are no numbers are lost ones.
func (r *Recording) Read(ctx context.Context, b *hw.Block) error {
	if r.part == nil {
		return r.content.Read(ctx, b)
	}
	for r.part.from < r.part.to {
		if err := r.content.Read(ctx, b); err != nil {
			return err
		}
		f := r.Format()
		n := uint64(len(b.PCM) / f.Channels)
		if b.FirstSample >= r.part.to {
			b.PCM = b.PCM[:0]
			return io.EOF
		}
		if b.FirstSample+n <= r.part.from {
			continue
		}
		if early := r.part.from - min(r.part.from, b.FirstSample); early > 0 {
			// Moved, not cut off in front: the block keeps its capacity.
			b.PCM = b.PCM[:copy(b.PCM, b.PCM[int(early)*f.Channels:])]
			b.Time = b.Time.Add(time.Duration(math.Round(float64(early) / float64(f.SampleRateHz) * float64(time.Second))))
			b.FirstSample, n = r.part.from, n-early
		}
		if b.FirstSample <= r.part.from {
			b.Lost = 0 // it was lost before the stretch
		}
		if late := b.FirstSample + n - min(r.part.to, b.FirstSample+n); late > 0 {
			b.PCM = b.PCM[:int(n-late)*f.Channels]
		}
		b.FirstSample -= r.part.from
		return nil
	}
	return io.EOF
}
