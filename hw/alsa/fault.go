package alsa

import (
	"fmt"
	"math"
	"strings"
	"sync/atomic"
	"time"

	"github.com/auscult/auscult/hw"
)

// Fault is what is wrong with a device that is open.
type Fault struct {
	Problem
	Since time.Time
}

// Fault returns what is wrong at present, nil when nothing is.
func (s *Source) Fault() *Fault {
	f := s.fault.Load()
	if wrong := s.pitch.Load(); wrong != nil && (f == nil || f.Code == HalfSilent) {
		return wrong
	}
	return f
}

// Health returns what is wrong at present with a channel, counted from 0, or with any when
// it is below 0, as a Problem; nil when nothing is. A silent channel is nothing to who
// listens to another: with one microphone on a bus of two slots the other one always is.
func (s *Source) Health(channel int) error {
	f := s.Fault()
	if f != nil && f.Code == HalfSilent && channel >= 0 {
		f = nil
		if channel < len(s.quiet.faults) {
			f = s.quiet.faults[channel].Load()
		}
	}
	if f == nil {
		return nil
	}
	return &f.Problem
}

// raise names what is wrong; the empty code says that nothing is.
func (s *Source) raise(code Code, text, fix string) {
	if code == "" {
		s.fault.Store(nil)
		return
	}
	f := Fault{Problem: Problem{Code: code, Text: text, Fix: fix}, Since: time.Now()}
	if old := s.fault.Load(); old != nil && old.Code == code {
		f.Since = old.Since
	}
	s.fault.Store(&f)
}

// Clock is what is known of a device's true sample rate.
type Clock struct {
	RateHz   float64 // measured; the nominal one while OK is false
	DriftPPM float64 // how much faster than nominal samples come, by CLOCK_MONOTONIC
	Over     time.Duration
	OK       bool // whether enough was observed
}

// Clock returns what is known of the device's true sample rate. It may be called from any
// goroutine.
func (s *Source) Clock() Clock {
	e := s.line.Estimate()
	return Clock{RateHz: 1e9 / e.PeriodNS, DriftPPM: e.DriftPPM, Over: e.Over, OK: e.Ready}
}

// WrongPPM is how far a card's rate may be off, beside what measuring is good for, before what
// it gives has another pitch than what was learned: crystals are good for some hundred ppm.
const WrongPPM = 10_000

const (
	// measuredFor is how long the rate must have been measured to say that it is wrong.
	measuredFor = 5 * time.Second
	// measuredTo is how well it is known then, in ppm.
	measuredTo = 100
)

// judgeRate has a fault while samples come at another rate than the driver says.
func (s *Source) judgeRate() {
	c := s.Clock()
	isWrong := math.Abs(c.DriftPPM) > WrongPPM+measuredTo
	old := s.pitch.Load()
	if !c.OK || c.Over < measuredFor || isWrong == (old != nil) {
		return
	}
	if !isWrong {
		s.pitch.Store(nil)
		return
	}
	s.pitch.Store(&Fault{Since: time.Now(), Problem: Problem{
		Code: WrongRate, Err: hw.ErrRate,
		Text: fmt.Sprintf("%s gives %.0f samples a second instead of %d", s.device, c.RateHz, s.format.SampleRateHz),
		Fix: "the bus has another clock than its driver thinks: check the overlay and the crystal, or ask for another " +
			"sample_rate_hz",
	}})
}

// quiet watches for channels that always give the same value: a microphone that
// works gives noise.
type quiet struct {
	value  []int32
	times  []uint64 // how many sample times in a row had that value
	mute   []bool
	faults []atomic.Pointer[Fault] // of each channel that is mute while others are not
}

func (q *quiet) init(channels int) {
	q.value, q.times, q.mute = make([]int32, channels), make([]uint64, channels), make([]bool, channels)
	q.faults = make([]atomic.Pointer[Fault], channels)
}

// listen looks at a block of n sample times. It allocates only when a channel
// falls silent or speaks again.
func (s *Source) listen(pcm []int32, n uint64) {
	q := &s.quiet
	channels := len(q.value)
	limit := s.line.Span(s.o.Silent)
	changed := false
	for c := range channels {
		same := uint64(0)
		for i := c; i < len(pcm) && pcm[i] == q.value[c]; i += channels {
			same++
		}
		if same == n {
			q.times[c] += n
		} else {
			// The value of the end is as good as any to wait for.
			q.value[c], q.times[c] = pcm[len(pcm)-channels+c], 0
		}
		if mute := q.times[c] >= limit; mute != q.mute[c] {
			q.mute[c] = mute
			changed = true
		}
	}
	if old := s.fault.Load(); changed || old != nil && old.Code != Silent && old.Code != HalfSilent {
		s.tell()
	}
}

// tell raises the fault that the silent channels make.
func (s *Source) tell() {
	var silent, heard []string
	names := s.ChannelMap()
	for c, mute := range s.quiet.mute {
		if mute {
			silent = append(silent, names[c].String())
		} else {
			heard = append(heard, fmt.Sprintf("%d (%s)", c, names[c]))
		}
	}
	for c, mute := range s.quiet.mute {
		var own *Fault
		if mute && len(heard) > 0 {
			own = &Fault{Since: time.Now(), Problem: Problem{
				Code: HalfSilent,
				Text: fmt.Sprintf("%s has given the same value for %v on its channel %d (%s)", s.device, s.o.Silent, c, names[c]),
				Fix: "check data line, supply and select pin of its microphone; sound comes on channel " +
					strings.Join(heard, ", "),
			}}
			if old := s.quiet.faults[c].Load(); old != nil {
				own.Since = old.Since
			}
		}
		s.quiet.faults[c].Store(own)
	}
	switch {
	case len(silent) == 0:
		s.raise("", "", "")
	case len(heard) == 0:
		text := fmt.Sprintf("%s has given the same value for %v", s.device, s.o.Silent)
		fix := "check the data line and the power of the microphone"
		if shut := s.state.shut.Load(); shut != nil {
			text, fix = text+": "+shut.Text, shut.Fix
		}
		s.raise(Silent, text, fix)
	default:
		s.raise(HalfSilent, fmt.Sprintf("%s has given the same value for %v on its channels %s",
			s.device, s.o.Silent, strings.Join(silent, ", ")),
			"with one microphone choose its channel; with two check the select pin of the silent one")
	}
}

// counters are what Stats reads.
type counters struct {
	blocks, samples, overruns, restarts, replugs atomic.Uint64
}

// Stats is what a source has done until now.
type Stats struct {
	Blocks   uint64
	Samples  uint64 // sample times given
	Lost     uint64 // sample times lost
	Overruns uint64 // times that the reader was too late
	Restarts uint64 // times that the device was started anew
	Replugs  uint64 // times that it came back
}

// Stats returns the present counts.
func (s *Source) Stats() Stats {
	return Stats{
		Blocks: s.stats.blocks.Load(), Samples: s.stats.samples.Load(), Lost: s.line.Lost(),
		Overruns: s.stats.overruns.Load(), Restarts: s.stats.restarts.Load(), Replugs: s.stats.replugs.Load(),
	}
}

// Ring is how the kernel hands samples over.
type Ring struct {
	Encoding string // of the samples in the ring: "S32_LE"
	Period   int    // frames between two wake-ups
	Buffer   int    // frames
	Mapped   bool   // whether it is read in place
}

// Ring returns how the kernel hands samples over.
func (s *Source) Ring() Ring {
	set := &s.card.set
	return Ring{Encoding: set.encoding.name, Period: int(set.period), Buffer: int(set.buffer), Mapped: set.mapped}
}
