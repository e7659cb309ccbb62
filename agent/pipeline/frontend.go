package pipeline

import (
	"fmt"

	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/hw"
)

// frontEnd makes frames of int8 codes of the one channel that is listened to.
type frontEnd struct {
	profile  dsp.Profile
	channel  int
	stream   *dsp.Stream // made when the source's rate is known
	rateHz   int         // of the source
	channels int         // likewise
	mono     []int32
	emit     func([]dsp.DB)

	before uint64 // samples that the front end had before this block
	frames uint64 // frames since the front end was reset
}

// newFrontEnd returns one that calls frame with the codes of each frame, which are
// overwritten by the next.
func newFrontEnd(p dsp.Profile, channel int, frame func(codes []int8)) frontEnd {
	quantiser, codes := dsp.NewQuantiser(p), make([]int8, p.Bands)
	return frontEnd{
		profile: p, channel: channel, mono: make([]int32, blockHops*p.HopLength),
		emit: func(levels []dsp.DB) {
			quantiser.Quantise(codes, levels)
			frame(codes)
		},
	}
}

// fit prepares for blocks of the given format.
func (f *frontEnd) fit(format hw.Format) error {
	switch {
	case format.SampleRateHz < f.profile.SampleRateHz:
		return fmt.Errorf("gives %d samples per second, the model needs at least %d",
			format.SampleRateHz, f.profile.SampleRateHz)
	case format.Channels < 1 || format.Channels > maxChannels:
		return fmt.Errorf("has %d channels: 1 to %d can be used", format.Channels, maxChannels)
	case f.channel >= format.Channels:
		return fmt.Errorf("has channels 0 to %d, not %d", format.Channels-1, f.channel)
	}
	if f.stream == nil || f.rateHz != format.SampleRateHz {
		stream, err := dsp.NewStream(f.profile, format.SampleRateHz)
		if err != nil {
			return err
		}
		f.stream, f.rateHz = stream, format.SampleRateHz
	}
	f.channels = format.Channels
	return nil
}

// blockValues is how many values a block has room for.
func (f *frontEnd) blockValues() int { return len(f.mono) * f.channels }

// times returns how many sample times a block holds.
func (f *frontEnd) times(pcm []int32) (int, error) {
	n := len(pcm) / f.channels
	if n > len(f.mono) || n*f.channels != len(pcm) {
		return 0, fmt.Errorf("block of %d values for %d channels", len(pcm), f.channels)
	}
	return n, nil
}

// hear emits the frames that a block of so many sample times completes.
func (f *frontEnd) hear(pcm []int32, times int) {
	mono := f.mono[:times]
	for i := range mono {
		mono[i] = pcm[i*f.channels+f.channel]
	}
	f.stream.Write(mono, f.emit)
	f.before += uint64(times)
}

// frameEnd counts a frame, and returns how many seconds after the present block's begin
// it ended. Frames and samples are counted at two rates, so the difference is taken in
// seconds; float64 keeps it to some ns for a year.
func (f *frontEnd) frameEnd() float64 {
	p := &f.profile
	end := float64(uint64(p.FrameLength)+f.frames*uint64(p.HopLength)) / float64(p.SampleRateHz)
	f.frames++
	return end - float64(f.before)/float64(f.rateHz)
}

// reset makes the next sample the start of something new.
func (f *frontEnd) reset() {
	f.stream.Reset()
	f.before, f.frames = 0, 0
}
