package recording

import (
	"context"
	"fmt"

	"github.com/auscult/auscult/dsp/level"
	"github.com/auscult/auscult/hw"
)

// soundingS is how much of a recording sounding hears.
const soundingS = 300

// Instead says, of a recording whose channel is silent, which one has sound, "" where none has. It reads
// the recording, which is of no use afterwards.
func Instead(ctx context.Context, r *Recording, silent int) string {
	for _, ch := range sounding(ctx, r) {
		if ch != silent {
			return fmt.Sprintf("channel %d is silent, channel %d has sound: use --channel %[2]d", silent, ch)
		}
	}
	return ""
}

// sounding returns which channels of a recording have sound: more than one value in the
// part that is heard, its first minutes. Of one that cannot be read it returns what was found until
// then.
func sounding(ctx context.Context, r *Recording) []int {
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
