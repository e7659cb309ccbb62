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
	"github.com/auscult/auscult/hw/wav"
)

// Options say how much is recorded, and how.
type Options struct {
	Duration time.Duration // 0: until the context ends
	Raw      bool          // keep the constant that a microphone adds
	// Progress, where set, is called after each block with what was measured since it last
	// reset the meters, the length so far and how many samples were lost.
	Progress func(meters []*level.Meter, at time.Duration, lost uint64)
}

// Summary is what was recorded.
type Summary struct {
	File      string    `json:"file"`
	Device    string    `json:"device"`
	RateHz    int       `json:"sample_rate_hz"`
	Bits      int       `json:"bits_per_sample"`
	DurationS float64   `json:"duration_s"`
	Lost      uint64    `json:"lost_samples"`
	FullG     float64   `json:"full_scale_g,omitempty"` // of an accelerometer
	Channels  []Channel `json:"channels"`
	Warnings  []string  `json:"warnings"`
	// Early is why the source ended before it was asked to; what came before is good.
	Early error `json:"-"`
}

// maxBytes is where a WAV file ends.
const maxBytes uint64 = math.MaxUint32 - 1<<20

// blocksPerSecond is how often a source is read, and Progress called.
const blocksPerSecond = 50

// errNothing says that a source ended before its first sample.
var errNothing = errors.New("no sample came")

// storedBits returns how many bits a sample of so many has in a WAV file: whole bytes, and
// two at least.
func storedBits(bits int) int { return max((bits+7)/8*8, 16) }

// room returns how many sample times of a format a file has room for.
func room(f hw.Format) uint64 { return maxBytes / uint64(f.BitsPerSample/8*f.Channels) }

// Record writes what src gives to file until the time is over, the context ends or the
// file is full. An error means that the file could not be written.
func Record(ctx context.Context, src hw.Source, file io.WriteSeeker, o Options) (Summary, error) {
	format := src.Format()
	stored := format
	stored.BitsPerSample = storedBits(format.BitsPerSample)
	w, err := wav.NewWriter(file, stored)
	if err != nil {
		return Summary{}, err
	}
	t := &take{
		w: w, channels: format.Channels, most: room(stored),
		meters: NewMeters(format), now: NewMeters(format),
		silence: make([]int32, format.Channels*max(format.SampleRateHz/blocksPerSecond, 1)),
	}
	if o.Duration > 0 {
		t.most = min(t.most, uint64(math.Ceil(o.Duration.Seconds()*float64(format.SampleRateHz))))
	}
	var measured hw.Source
	measured, t.keep = taps(src, o.Raw)
	early, err := t.record(ctx, measured, func() {
		if o.Progress != nil {
			o.Progress(t.now, time.Duration(t.done)*time.Second/time.Duration(format.SampleRateHz), t.lost)
		}
	})
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return Summary{}, err
	}
	s := Summary{
		Device: src.String(), RateHz: format.SampleRateHz, Bits: stored.BitsPerSample,
		DurationS: float64(t.done) / float64(format.SampleRateHz), Lost: t.lost, Early: early,
	}
	if chip, ok := sensor.Acceleration(src); ok {
		s.FullG = float64(chip.Config().FullScaleMicroG) / 1e6
	}
	s.Channels, s.Warnings = Judge(s.RateHz, t.meters, sensor.ChannelNames(src), t.lost)
	s.Warnings = append(s.Warnings, Compare(&t.pair)...)
	return s, nil
}

// taps returns what the meters look at, and what is done to its samples before they are
// kept: the constant of a card is shown, but removed as the node removes it.
func taps(src hw.Source, raw bool) (measured hw.Source, keep func(pcm []int32)) {
	keep = func([]int32) {}
	steady, ok := src.(*sensor.Steady)
	if _, isCard := sensor.Card(src); !ok || !isCard {
		return src, keep
	}
	if !raw {
		keep = steady.Process
	}
	return steady.Source, keep
}

// take is a recording in progress.
type take struct {
	w           *wav.Writer
	channels    int
	most        uint64         // sample times to write
	meters, now []*level.Meter // of all of it, and since Progress last reset them
	pair        level.Pair     // of two channels
	keep        func(pcm []int32)
	silence     []int32
	done, lost  uint64 // sample times
}

// record returns why the source ended early, and an error of the file.
func (t *take) record(ctx context.Context, src hw.Source, progress func()) (early, err error) {
	b := hw.Block{PCM: make([]int32, len(t.silence))}
	for t.done < t.most && ctx.Err() == nil {
		if err := src.Read(ctx, &b); err != nil {
			if ctx.Err() == nil && !errors.Is(err, io.EOF) {
				early = err
			}
			break
		}
		if err := t.block(&b); err != nil {
			return nil, err
		}
		progress()
	}
	if t.done == 0 && early == nil {
		early = errNothing
	}
	return early, nil
}

// block writes a block and the gap before it.
func (t *take) block(b *hw.Block) error {
	for gap := min(b.Lost, t.most-t.done); gap > 0; {
		n := min(gap, uint64(len(t.silence)/t.channels))
		if err := t.w.Write(t.silence[:int(n)*t.channels]); err != nil {
			return err
		}
		gap -= n
		t.done += n
	}
	t.lost += b.Lost
	pcm := b.PCM[:min(uint64(len(b.PCM)), (t.most-t.done)*uint64(t.channels))]
	for ch := range t.meters {
		t.meters[ch].WriteChannel(pcm, ch, t.channels)
		t.now[ch].WriteChannel(pcm, ch, t.channels)
	}
	if t.channels == 2 {
		t.pair.Write(pcm, 0, 1, 2)
	}
	t.keep(pcm)
	if err := t.w.Write(pcm); err != nil {
		return err
	}
	t.done += uint64(len(pcm) / t.channels)
	return nil
}
