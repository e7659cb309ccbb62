package pipeline

import (
	"fmt"

	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/hw"
)

// ear makes frames of int8 codes of the one channel that is listened to.
type ear struct {
	profile  dsp.Profile
	channel  int
	front    *dsp.Stream // made when the source's rate is known
	rateHz   int         // of the source
	channels int         // likewise
	mono     []int32
	emit     func([]dsp.DB)

	before uint64 // samples that the front end had before this block
	frames uint64 // frames since the front end was reset
}

// newEar returns an ear that calls frame with the codes of each frame, which are
// overwritten by the next.
func newEar(p dsp.Profile, channel int, frame func(codes []int8)) ear {
	quantiser, codes := dsp.NewQuantiser(p), make([]int8, p.Bands)
	return ear{
		profile: p, channel: channel, mono: make([]int32, blockHops*p.HopLength),
		emit: func(levels []dsp.DB) {
			quantiser.Quantise(codes, levels)
			frame(codes)
		},
	}
}

// fit prepares for blocks of the given format.
func (e *ear) fit(f hw.Format) error {
	switch {
	case f.SampleRateHz < e.profile.SampleRateHz:
		return fmt.Errorf("gives %d samples per second, the model needs at least %d", f.SampleRateHz, e.profile.SampleRateHz)
	case f.Channels < 1 || f.Channels > maxChannels:
		return fmt.Errorf("has %d channels: 1 to %d can be used", f.Channels, maxChannels)
	case e.channel >= f.Channels:
		return fmt.Errorf("has channels 0 to %d, not %d", f.Channels-1, e.channel)
	}
	if e.front == nil || e.rateHz != f.SampleRateHz {
		front, err := dsp.NewStream(e.profile, f.SampleRateHz)
		if err != nil {
			return err
		}
		e.front, e.rateHz = front, f.SampleRateHz
	}
	e.channels = f.Channels
	return nil
}

// blockValues is how many values a block has room for.
func (e *ear) blockValues() int { return len(e.mono) * e.channels }

// times returns how many sample times a block holds.
func (e *ear) times(pcm []int32) (int, error) {
	n := len(pcm) / e.channels
	if n > len(e.mono) || n*e.channels != len(pcm) {
		return 0, fmt.Errorf("block of %d values for %d channels", len(pcm), e.channels)
	}
	return n, nil
}

// hear emits the frames that a block of so many sample times completes.
func (e *ear) hear(pcm []int32, times int) {
	mono := e.mono[:times]
	for i := range mono {
		mono[i] = pcm[i*e.channels+e.channel]
	}
	e.front.Write(mono, e.emit)
	e.before += uint64(times)
}

// frameEnd counts a frame, and returns how many seconds after the present block's begin
// it ended. Frames and samples are counted at two rates, so the difference is taken in
// seconds; float64 keeps it to some ns for a year.
func (e *ear) frameEnd() float64 {
	p := &e.profile
	end := float64(uint64(p.FrameLength)+e.frames*uint64(p.HopLength)) / float64(p.SampleRateHz)
	e.frames++
	return end - float64(e.before)/float64(e.rateHz)
}

// reset makes the next sample the start of something new.
func (e *ear) reset() {
	e.front.Reset()
	e.before, e.frames = 0, 0
}
