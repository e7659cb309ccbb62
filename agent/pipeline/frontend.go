package pipeline

import (
	"fmt"
	"time"

	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/hw"
)

// frontEnd makes frames of int8 codes of the one channel that is listened to.
type frontEnd struct {
	profile   dsp.Profile
	channel   int
	stream    *dsp.Stream // made when the source's format is known
	rateHz    int         // of the source
	scale     dsp.DB      // likewise: see model.Scale
	channels  int         // likewise
	block     int         // most sample times of a block that are wanted; 0: half a hop
	most      int         // sample times that a block may hold
	quantiser *dsp.Quantiser
	codes     []int8
	levels    func(levels []dsp.DB)
	frame     func(codes []int8)
	broken    func() // what follows begins anew
}

// newFrontEnd returns one that calls levels and frame with the levels and codes of each frame, which
// are overwritten by the next, and broken where the frames that follow begin anew.
func newFrontEnd(
	p dsp.Profile, channel int, levels func([]dsp.DB), frame func(codes []int8), broken func(),
) frontEnd {
	return frontEnd{
		profile: p, channel: channel, quantiser: dsp.NewQuantiser(p),
		codes: make([]int8, p.Values()), levels: levels, frame: frame, broken: broken,
	}
}

// fit prepares for blocks of the given format, the first of which begins something new.
func (f *frontEnd) fit(format hw.Format, scale dsp.DB) error {
	switch {
	case format.SampleRateHz < f.profile.LowestRateHz():
		return fmt.Errorf("gives %d samples per second, the model needs at least %d",
			format.SampleRateHz, f.profile.LowestRateHz())
	case format.Channels < 1 || format.Channels > maxChannels:
		return fmt.Errorf("has %d channels: 1 to %d can be used", format.Channels, maxChannels)
	case f.channel >= format.Channels:
		return fmt.Errorf("has channels 0 to %d, not %d", format.Channels-1, f.channel)
	}
	if f.stream == nil || f.rateHz != format.SampleRateHz || f.channels != format.Channels || f.scale != scale {
		in := dsp.Input{
			SampleRateHz: format.SampleRateHz, Channels: format.Channels, Channel: f.channel, Scale: scale,
		}
		stream, err := dsp.NewStream(f.profile, in)
		if err != nil {
			return err
		}
		f.stream, f.rateHz, f.channels, f.scale = stream, format.SampleRateHz, format.Channels, scale
		f.most = f.block
		if f.most == 0 {
			f.most = max(1, f.profile.HopLength*format.SampleRateHz/(blocksPerHop*f.profile.SampleRateHz))
		}
	}
	f.stream.Restart()
	return nil
}

// blockValues is how many values a block has room for.
func (f *frontEnd) blockValues() int { return f.most * f.channels }

// times returns how many sample times a block holds.
func (f *frontEnd) times(pcm []int32) (int, error) {
	n := len(pcm) / f.channels
	if n > f.most || n*f.channels != len(pcm) {
		return 0, fmt.Errorf("block of %d values for %d channels", len(pcm), f.channels)
	}
	return n, nil
}

// hear emits the frames that a block completes.
func (f *frontEnd) hear(pcm []int32) { f.stream.Write(pcm, f) }

// dead returns for how long the channel has had one value, 0 where it has not for long.
func (f *frontEnd) dead() time.Duration {
	return time.Duration(float64(f.stream.DeadSamples()) / float64(f.rateHz) * float64(time.Second))
}

// Frame is dsp.Sink's.
func (f *frontEnd) Frame(levels []dsp.DB) {
	f.levels(levels[:f.profile.Bands])
	f.quantiser.Quantise(f.codes, levels)
	f.frame(f.codes)
}

// Break is dsp.Sink's.
func (f *frontEnd) Break() { f.broken() }
