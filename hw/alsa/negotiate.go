package alsa

import (
	"fmt"
	"strings"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/alsa/internal/kernel"
	"github.com/auscult/auscult/hw/i2s"
)

// Abilities are what a device can do; not every combination need work.
type Abilities struct {
	Encodings []string // of those that are read, best first: "S32_LE"
	RateMinHz int
	RateMaxHz int
	MinChans  int
	MaxChans  int
	Map       bool // whether the ring can be mapped
	Planes    bool // whether channels come one by one only, not interleaved
	Taken     Taken
}

// Taken is what a device is opened with where nothing is asked of it.
type Taken struct {
	Encoding string
	RateHz   int
	Channels int
}

// String returns it as people write it.
func (t Taken) String() string {
	return fmt.Sprintf("%s, %d Hz, %d channels", t.Encoding, t.RateHz, t.Channels)
}

// String returns the abilities as people write them.
func (a Abilities) String() string {
	encodings := strings.Join(a.Encodings, " ")
	if encodings == "" {
		encodings = "no format that is understood"
	}
	return fmt.Sprintf("%s, %s Hz, %s channels", encodings, span(a.RateMinHz, a.RateMaxHz), span(a.MinChans, a.MaxChans))
}

func span(low, high int) string {
	if low == high {
		return fmt.Sprint(low)
	}
	return fmt.Sprintf("%d to %d", low, high)
}

// abilities asks a device what it can do.
func abilities(h kernel.Handle) (Abilities, error) {
	var p kernel.HwParams
	p.Reset()
	if err := h.Refine(&p); err != nil {
		return Abilities{}, fmt.Errorf("ask what it can do: %w", err)
	}
	var a Abilities
	for _, e := range encodings {
		if p.Offers(kernel.Format, e.value) {
			a.Encodings = append(a.Encodings, e.name)
		}
	}
	a.RateMinHz, a.RateMaxHz = whole(p.Range(kernel.Rate))
	a.MinChans, a.MaxChans = whole(p.Range(kernel.Channels))
	a.Map = p.Offers(kernel.Access, kernel.MmapInterleaved)
	a.Planes = !p.Offers(kernel.Access, kernel.ReadInterleaved) && p.Offers(kernel.Access, kernel.ReadPlanes)
	return a, nil
}

func whole(low, high uint32) (int, int) { return int(min(low, 1<<30)), int(min(high, 1<<30)) }

// setup is what was agreed with a device.
type setup struct {
	format   hw.Format
	encoding encoding
	mapped   bool
	planes   bool   // whether channels are not interleaved
	period   uint64 // frames
	buffer   uint64 // frames
}

func (s setup) frameBytes() int { return s.encoding.bytes * s.format.Channels }

// negotiate sets a device up as the options ask and leaves it prepared.
func negotiate(h kernel.Handle, o Options) (setup, error) {
	a, err := abilities(h)
	if err != nil {
		return setup{}, err
	}
	var p kernel.HwParams
	s, err := chooseFormat(h, &p, o, a)
	if err != nil {
		return setup{}, err
	}
	if err = chooseRing(h, &p, s.format.SampleRateHz, o); err != nil {
		return setup{}, err
	}
	period, _ := p.Range(kernel.PeriodSize)
	buffer, _ := p.Range(kernel.BufferSize)
	s.period, s.buffer = uint64(period), uint64(buffer)
	if period == 0 || s.buffer < 2*s.period || s.buffer > 1<<24 {
		return setup{}, fmt.Errorf("its ring of %d frames with periods of %d cannot be used", buffer, period)
	}
	if n := p.SignificantBits(); n > 0 && n < s.encoding.bits {
		s.format.BitsPerSample = n
	}
	if s.format.BitsPerSample < o.Bits {
		return setup{}, fmt.Errorf("its samples have %d significant bits, %d are wanted", s.format.BitsPerSample, o.Bits)
	}
	sw := kernel.SwParams{
		TimestampMode: 1, PeriodStep: 1, AvailMin: uintptr(s.period), XferAlign: 1, StartThreshold: 1,
		// Further than a ring is ever behind: an overrun must not stop the count.
		StopThreshold: 1 << 30,
		Protocol:      kernel.Protocol, TimestampType: 1,
	}
	if err := h.SetSw(&sw); err != nil {
		return setup{}, fmt.Errorf("set the ring up: %w", err)
	}
	if err := h.Prepare(); err != nil {
		return setup{}, fmt.Errorf("prepare: %w", err)
	}
	return s, nil
}

// chooseFormat narrows p to how samples will be read, of a device with some abilities.
func chooseFormat(h kernel.Handle, p *kernel.HwParams, o Options, a Abilities) (s setup, err error) {
	p.Reset()
	s.mapped = a.Map && !o.NoMap
	s.planes = !s.mapped && a.Planes
	switch {
	case s.mapped:
		p.Choose(kernel.Access, kernel.MmapInterleaved)
	case s.planes:
		p.Choose(kernel.Access, kernel.ReadPlanes)
	default:
		p.Choose(kernel.Access, kernel.ReadInterleaved)
	}
	if s.encoding, err = chooseEncoding(h, p, o); err != nil {
		return setup{}, fmt.Errorf("%w; it has %v", err, a)
	}
	if s.format.Channels, err = choose(h, p, kernel.Channels, o.Channels, usualChannels(o, a), "channels"); err != nil {
		return setup{}, fmt.Errorf("%w; it has %v", err, a)
	}
	rate, _ := i2s.RateHz(o.Rate)
	usual := []int{48000, 44100, 32000, 96000, 16000}
	if s.format.SampleRateHz, err = choose(h, p, kernel.Rate, rate, usual, "Hz"); err != nil {
		return setup{}, fmt.Errorf("%w; it has %v", err, a)
	}
	if s.format.Channels > maxChannels || s.format.SampleRateHz > 768000 {
		return setup{}, fmt.Errorf("it claims %d channels at %d Hz", s.format.Channels, s.format.SampleRateHz)
	}
	s.format.BitsPerSample = s.encoding.bits
	return s, nil
}

// usualChannels returns the numbers of channels that are tried where none is asked for: two
// or one, or what has the channel that will be listened to.
func usualChannels(o Options, a Abilities) []int {
	if o.Channel == 0 {
		return []int{2, 1}
	}
	usual := []int{o.Channel + 1}
	for n := max(o.Channel+2, a.MinChans); n <= min(a.MaxChans, maxChannels); n++ {
		usual = append(usual, n)
	}
	return usual
}

// chooseEncoding narrows p to the best format with enough bits.
func chooseEncoding(h kernel.Handle, p *kernel.HwParams, o Options) (encoding, error) {
	for _, e := range encodings {
		if e.bits < o.Bits {
			continue
		}
		try := *p
		try.Choose(kernel.Format, e.value)
		if h.Refine(&try) == nil && try.Offers(kernel.Format, e.value) {
			p.Choose(kernel.Format, e.value)
			return e, nil
		}
	}
	return encoding{}, fmt.Errorf("no format with %d bits that is understood", max(o.Bits, 8))
}

// choose narrows an interval of p to the value that is wanted, or if that is 0
// to the first of the favourites that there is, or to the nearest to the first.
func choose(
	h kernel.Handle, p *kernel.HwParams, of kernel.Param, want int, favourites []int, unit string,
) (int, error) {
	if want != 0 {
		favourites = []int{want}
	}
	for _, v := range favourites {
		try := *p
		try.Limit(of, uint32(v), uint32(v))
		if h.Refine(&try) == nil {
			p.Limit(of, uint32(v), uint32(v))
			return v, nil
		}
	}
	if want != 0 {
		return 0, fmt.Errorf("it cannot give %d %s", want, unit)
	}
	try := *p
	if err := h.Refine(&try); err != nil {
		return 0, fmt.Errorf("ask for %s: %w", unit, err)
	}
	low, high := whole(try.Range(of))
	v := min(max(favourites[0], low), high)
	try = *p
	try.Limit(of, uint32(v), uint32(v))
	if err := h.Refine(&try); err != nil {
		return 0, fmt.Errorf("it gives no %s that are tried, not even %d", unit, v)
	}
	p.Limit(of, uint32(v), uint32(v))
	return v, nil
}

// chooseRing asks for the period and the buffer that are wanted and takes what
// comes nearest, then sets the device up.
func chooseRing(h kernel.Handle, p *kernel.HwParams, rate int, o Options) error {
	period := uint32(max(o.Period.Nanoseconds()*int64(rate)/1e9, 1))
	buffer := uint32(max(o.Buffer.Nanoseconds()*int64(rate)/1e9, 2))
	var err error
	for _, ask := range []struct{ period, buffer bool }{{true, true}, {true, false}, {false, true}, {false, false}} {
		try := *p
		try.Limit(kernel.Periods, 2, 1<<20)
		// Left to itself the kernel takes the shortest period and the longest
		// buffer that are allowed.
		if ask.period {
			try.Limit(kernel.PeriodSize, period, 1<<30)
		}
		if ask.buffer {
			try.Limit(kernel.BufferSize, 2, buffer)
		}
		if err = h.SetHw(&try); err == nil {
			*p = try
			return nil
		}
	}
	return fmt.Errorf("set it up: %w", err)
}
