package dsp

import (
	"fmt"

	"github.com/auscult/auscult/dsp/resample"
)

// Input says what a Stream is given.
type Input struct {
	SampleRateHz int
	Channels     int // interleaved; 0 is 1
	Channel      int // that is listened to, from 0
	// Scale is added to all levels: see Relative. 0 is as the samples are.
	Scale DB
}

// Sink takes what a Stream hears.
type Sink interface {
	// Frame takes the levels of the next frame, lowest band first, and motion behind them where the
	// profile asks for it. Their memory is reused.
	Frame(levels []DB)
	// Break says that the frames that follow do not go on where those before ended: what
	// lay between was a dead stretch.
	Break()
}

// Stream is all that happens to samples before a model sees them, for whoever learns
// from recordings and whoever listens to a microphone; see "What is heard" in the
// package comment. A Stream belongs to one goroutine and allocates only when it is made.
type Stream struct {
	front     *FrontEnd
	resampler *resample.Resampler // nil at the profile's own rate
	blocker   *resample.DCBlocker
	in        Input
	sink      Sink // of the present Write

	mono []int32 // scratch: what is listened to
	same []int32 // scratch: what was held back
	head []int32 // the first samples, until their mean is known
	met  bool    // whether it is

	stretch stretch
	clock   clock

	forward func(pcm []int32) // to the front end
	emit    func(frame []DB)
}

// monoSamples is how many samples are worked on at once.
const monoSamples = 1024

// NewStream returns a Stream for p that takes samples as in says. The error says what
// the samples should have.
func NewStream(p Profile, in Input) (*Stream, error) {
	front, err := NewFrontEnd(p)
	if err != nil {
		return nil, err
	}
	in.Channels = max(in.Channels, 1)
	if in.Channel < 0 || in.Channel >= in.Channels {
		return nil, fmt.Errorf("dsp: channel %d: there are %d, counted from 0", in.Channel, in.Channels)
	}
	s := &Stream{
		front: front, in: in, mono: make([]int32, monoSamples), same: make([]int32, 64),
		stretch: newStretch(in.SampleRateHz), clock: clock{rateHz: float64(in.SampleRateHz), profile: p},
	}
	if in.SampleRateHz != p.SampleRateHz {
		if s.resampler, err = resample.New(in.SampleRateHz, p.SampleRateHz, p.MaxHz); err != nil {
			return nil, fmt.Errorf("dsp: samples of %d Hz for a profile of %d Hz: %w", in.SampleRateHz, p.SampleRateHz, err)
		}
	}
	if s.blocker, err = resample.NewDCBlocker(in.SampleRateHz, p.cornerHz()); err != nil {
		return nil, fmt.Errorf("dsp: %w", err)
	}
	first := (p.FrameLength-1)*in.SampleRateHz/p.SampleRateHz + 1
	s.head = make([]int32, 0, min(first, maxHead))
	s.emit = func(frame []DB) {
		s.clock.frames++
		move(frame[:p.Bands], in.Scale)
		s.sink.Frame(frame)
	}
	s.forward = func(pcm []int32) { s.front.Write(pcm, s.emit) }
	return s, nil
}

// move adds to levels, none of which falls below the floor.
func move(levels []DB, by DB) {
	if by == 0 {
		return
	}
	for i, v := range levels {
		levels[i] = max(v+by, dbFloor)
	}
}

// maxHead bounds how many samples the mean begins with.
const maxHead = 1 << 17

// LowestRateHz returns the lowest sample rate that a Stream for p can be given.
func (p Profile) LowestRateHz() int { return resample.LowestHz(p.SampleRateHz, p.MaxHz) }

// FlatHz returns up to which frequency samples of a rate give the levels that those of
// the profile's own rate give: MaxHz, unless a conversion cannot reach as far.
func (p Profile) FlatHz(sampleRateHz int) float64 {
	return min(p.MaxHz, resample.PassHz(sampleRateHz, p.SampleRateHz))
}

// cornerHz is where the filter that takes the direct component away is 3 dB down: an
// eighth of the spectrum's resolution, 2 Hz for frames of 64 ms.
func (p Profile) cornerHz() float64 {
	return float64(p.SampleRateHz) / float64(8*p.FrameLength)
}

// BandHz is FrontEnd.BandHz.
func (s *Stream) BandHz(band int) (lower, centre, upper float64) { return s.front.BandHz(band) }

// Restart makes the next sample the first of another recording.
func (s *Stream) Restart() {
	s.Gap()
	s.met, s.head = false, s.head[:0]
	s.stretch.total = 0
}

// Gap makes the next sample the first after some that were lost: no frame spans the
// gap. The mean lives on: it is the converter's and the earth's, not the machine's.
func (s *Stream) Gap() {
	s.begin()
	s.stretch.end()
}

// begin makes the next sample that is passed on the start of frame 0.
func (s *Stream) begin() {
	s.front.Reset()
	if s.resampler != nil {
		s.resampler.Reset()
	}
	if !s.met {
		s.head = s.head[:0]
	}
	s.clock.reset()
}

// Write takes the samples that follow those of the previous call, interleaved, any
// number of whole sample times, and tells sink of each frame that they complete, in
// order. How a stream is cut into calls does not change any bit.
func (s *Stream) Write(pcm []int32, sink Sink) {
	s.sink = sink
	s.clock.write()
	for n := len(pcm) / s.in.Channels; n > 0; {
		mono := s.mono[:min(n, len(s.mono))]
		for i := range mono {
			mono[i] = pcm[i*s.in.Channels+s.in.Channel]
		}
		s.hear(mono)
		pcm = pcm[len(mono)*s.in.Channels:]
		n -= len(mono)
	}
	s.sink = nil
}

// FrameEnd returns when the frame that Sink.Frame is being told of ended, in seconds
// after the first sample of the present Write.
func (s *Stream) FrameEnd() float64 { return s.clock.frameEnd() }

// DeadSamples returns how long the dead stretch is that the stream is in, 0 when it is in
// none.
func (s *Stream) DeadSamples() uint64 {
	if !s.stretch.dead() {
		return 0
	}
	return s.stretch.length
}

// LeftOut returns how many samples since the start, or Restart, lay in dead stretches.
func (s *Stream) LeftOut() uint64 { return s.stretch.total }

// hear passes samples on but for dead stretches.
func (s *Stream) hear(pcm []int32) {
	from := 0 // the first sample that has not been passed on
	for i, x := range pcm {
		if x != s.stretch.value {
			if held := s.stretch.end(); held > 0 {
				s.release(held, i)
			}
			s.stretch.value, s.stretch.length = x, 1
			continue
		}
		switch s.stretch.add() {
		case holding:
			s.pass(pcm[from:i], from)
			from = i + 1
		case held:
			from = i + 1
		case died:
			from = i + 1
			s.begin()
			s.sink.Break()
		}
	}
	s.pass(pcm[from:], from)
	s.clock.heard(len(pcm))
}

// release passes on what was held back of one value, which ended before sample at of
// what is being heard.
func (s *Stream) release(count uint64, at int) {
	for count > 0 {
		same := s.same[:min(count, uint64(len(s.same)))]
		for i := range same {
			same[i] = s.stretch.value
		}
		s.pass(same, at-int(count))
		count -= uint64(len(same))
	}
}

// pass takes the direct component away, converts the rate and tells the front end. The
// samples are at of what is being heard, counted from its first.
func (s *Stream) pass(pcm []int32, at int) {
	if len(pcm) == 0 {
		return
	}
	s.clock.start(at)
	if !s.met {
		n := min(len(pcm), cap(s.head)-len(s.head))
		s.head = append(s.head, pcm[:n]...)
		pcm = pcm[n:]
		if len(s.head) < cap(s.head) {
			return
		}
		s.met = true
		s.blocker.Begin(s.head)
		s.convert(s.head)
	}
	s.convert(pcm)
}

func (s *Stream) convert(pcm []int32) {
	s.blocker.Process(pcm, pcm)
	if s.resampler == nil {
		s.front.Write(pcm, s.emit)
		return
	}
	s.resampler.Write(pcm, s.forward)
}
