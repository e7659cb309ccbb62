package recording

import (
	"context"

	"github.com/auscult/auscult/dsp/level"
	"github.com/auscult/auscult/hw"
)

// soundingS is how much of a recording Sounding hears.
const soundingS = 300

// Sounding returns which channels of a recording have sound: more than one value in the
// part that is heard, its first minutes. It reads the recording, which is of no use
// afterwards; of one that cannot be read it returns what was found until then.
func Sounding(ctx context.Context, r *Recording) []int {
	f := r.Format()
	meters := make([]*level.Meter, f.Channels)
	for i := range meters {
		meters[i] = level.NewMeter(f.BitsPerSample)
	}
	block := hw.Block{PCM: make([]int32, 1<<12/f.Channels*f.Channels+f.Channels)}
	for left := soundingS * f.SampleRateHz; left > 0; left -= len(block.PCM) / f.Channels {
		if r.Read(ctx, &block) != nil {
			break
		}
		for ch, m := range meters {
			m.WriteChannel(block.PCM, ch, f.Channels)
		}
	}
	var found []int
	for ch, m := range meters {
		if m.Samples() > 0 && !m.Dead() {
			found = append(found, ch)
		}
	}
	return found
}
