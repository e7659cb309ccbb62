package recorder

import (
	"context"
	"errors"
	"io"
	"math"
	"time"

	"github.com/auscult/auscult/agent/sensor"
	"github.com/auscult/auscult/dsp/level"
	"github.com/auscult/auscult/hw"
)

// File is where a recording goes. Seek, Sync and Close are the operating system's.
type File interface {
	io.WriteSeeker
	io.Closer
	Sync() error
}

// Options say how much is recorded, how, and where it goes.
type Options struct {
	Duration time.Duration // 0: until the context ends
	Split    time.Duration // a new file begins after so long; 0: all goes into one
	// Create makes the files, of which part 0 is the first, and says what each is called.
	Create func(part int) (f File, name string, err error)
	// Discard, where set, takes away a part of which the disk had no room for a single sample.
	Discard func(name string) error
	// Progress, where set, is called after each block with what was measured since it last
	// reset the meters, the length so far and how many samples were lost.
	Progress func(meters []*level.Meter, at time.Duration, lost uint64)
}

// Stop says why a recording ended.
type Stop string

// Why a recording ends.
const (
	TimeOver    Stop = "the time was over"
	Interrupted Stop = "it was interrupted"
	SourceEnded Stop = "the source ended"
	SourceBroke Stop = "the source failed"
	FileFailed  Stop = "the file could not be written"
)

// Summary is what was recorded.
type Summary struct {
	File      string    `json:"file"`            // the first
	Files     []string  `json:"files,omitempty"` // all, where there are several
	Device    string    `json:"device"`
	RateHz    int       `json:"sample_rate_hz"`
	Bits      int       `json:"bits_per_sample"`
	DurationS float64   `json:"duration_s"`
	Lost      uint64    `json:"lost_samples"`
	FullG     float64   `json:"full_scale_g,omitempty"` // of an accelerometer
	Origin    hw.Origin `json:"origin,omitzero"`        // that the files carry
	Stopped   Stop      `json:"stopped"`                // why it ended
	Channels  []Channel `json:"channels"`
	Warnings  []string  `json:"warnings"`
	// Early is why it ended before it was asked to; what came before is in the files.
	Early error `json:"-"`
}

const (
	// blocksPerSecond is how often a source is read, and Progress called.
	blocksPerSecond = 50
	// syncEvery is how much sound a power cut may cost. A program that is killed loses a
	// second at most, since the header is brought up to date so often.
	syncEvery = 10
)

// errNothing says that a source ended before its first sample.
var errNothing = errors.New("no sample came")

// storedBits returns how many bits a sample of so many has in a WAV file: whole bytes, and
// two at least.
func storedBits(bits int) int { return max((bits+7)/8*8, 16) }

// sampleTimes returns how many sample times a duration has, rounded up; no end for 0.
func sampleTimes(d time.Duration, rateHz int) uint64 {
	if d <= 0 {
		return math.MaxUint64
	}
	return uint64(math.Ceil(d.Seconds() * float64(rateHz)))
}

// Record writes what src gives until the time is over, the context or the source ends, or
// a file cannot be written; Summary says which. An error means that there is no recording.
func Record(ctx context.Context, src hw.Source, o Options) (Summary, error) {
	format := src.Format()
	stored := format
	stored.BitsPerSample = storedBits(format.BitsPerSample)
	origin := hw.OriginOf(src)
	origin.Bits = format.BitsPerSample
	t := &take{
		out: &output{
			create: o.Create, discard: o.Discard, format: stored, origin: origin,
			most: sampleTimes(o.Split, format.SampleRateHz),
		},
		channels: format.Channels, most: sampleTimes(o.Duration, format.SampleRateHz),
		meters: NewMeters(format), now: NewMeters(format),
		last: make([]int32, format.Channels),
		hold: make([]int32, format.Channels*max(format.SampleRateHz/blocksPerSecond, 1)),
	}
	if err := t.out.open(); err != nil {
		return Summary{}, err
	}
	stopped, early := t.record(ctx, src, func() {
		t.out.w.Measured(hw.OriginOf(src).RateHz)
		if o.Progress != nil {
			o.Progress(t.now, time.Duration(t.done)*time.Second/time.Duration(format.SampleRateHz), t.lost)
		}
	})
	if err := t.out.close(); err != nil && stopped != FileFailed {
		stopped, early = FileFailed, err
	}
	s := Summary{
		File: t.out.names[0], Device: src.String(), RateHz: format.SampleRateHz, Bits: stored.BitsPerSample,
		DurationS: float64(t.done) / float64(format.SampleRateHz), Lost: t.lost, Stopped: stopped, Early: early,
	}
	if len(t.out.names) > 1 {
		s.Files = t.out.names
	}
	if s.Origin = t.out.origin; s.Origin.Unit == hw.G {
		s.FullG = s.Origin.FullScale
	}
	s.Channels, s.Warnings = Judge(s.RateHz, t.meters, sensor.ChannelNames(src), t.lost)
	s.Warnings = append(s.Warnings, Compare(&t.pair)...)
	return s, nil
}

// take is a recording in progress.
type take struct {
	out         *output
	channels    int
	most        uint64         // sample times to write
	meters, now []*level.Meter // of all of it, and since Progress last reset them
	pair        level.Pair     // of two channels
	last        []int32        // of each channel
	hold        []int32        // as many of it as a block has
	done, lost  uint64         // sample times
}

// record returns why the recording ended, and the error that ended it early.
func (t *take) record(ctx context.Context, src hw.Source, progress func()) (why Stop, early error) {
	b := hw.Block{PCM: make([]int32, len(t.hold))}
	for t.done < t.most {
		err := ctx.Err()
		if err == nil {
			err = src.Read(ctx, &b)
		}
		switch {
		case err != nil && ctx.Err() != nil:
			return Interrupted, nil
		case errors.Is(err, io.EOF) && t.done == 0:
			return SourceEnded, errNothing
		case errors.Is(err, io.EOF):
			return SourceEnded, nil
		case err != nil:
			return SourceBroke, err
		}
		if err := t.block(&b); err != nil {
			return FileFailed, err
		}
		progress()
	}
	return TimeOver, nil
}

// block writes a block and the gap before it.
func (t *take) block(b *hw.Block) error {
	if b.Lost > 0 {
		for i := range t.hold {
			t.hold[i] = t.last[i%t.channels]
		}
	}
	for gap := min(b.Lost, t.most-t.done); gap > 0; {
		n := min(gap, uint64(len(t.hold)/t.channels))
		if err := t.write(t.hold[:int(n)*t.channels], true); err != nil {
			return err
		}
		gap -= n
	}
	t.lost += b.Lost
	pcm := b.PCM
	if room := t.most - t.done; uint64(len(pcm)/t.channels) > room {
		pcm = pcm[:room*uint64(t.channels)]
	}
	for ch := range t.meters {
		t.meters[ch].WriteChannel(pcm, ch, t.channels)
		t.now[ch].WriteChannel(pcm, ch, t.channels)
	}
	if t.channels == 2 {
		t.pair.Write(pcm, 0, 1, 2)
	}
	t.keep(pcm)
	return t.write(pcm, false)
}

// keep remembers each channel's last value.
func (t *take) keep(pcm []int32) {
	if len(pcm) >= t.channels {
		copy(t.last, pcm[len(pcm)-t.channels:])
	}
}

// write keeps whole sample times, which may stand for what was lost, and counts them.
func (t *take) write(pcm []int32, lost bool) error {
	if err := t.out.write(pcm, lost); err != nil {
		return err
	}
	t.done += uint64(len(pcm) / t.channels)
	return nil
}
