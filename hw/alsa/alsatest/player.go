package alsatest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/alsa/internal/kernel"
)

// Mix returns what the channels but the first hold at sample time n: every bit
// of it changes often.
func Mix(n uint32) uint32 {
	n *= 0x9e3779b1
	return n ^ n>>15
}

// Samples returns what sample time n is in Q31 with the given number of bits, on
// the first channel and on the others.
func Samples(n uint32, bits int) (first, others int32) {
	up := 32 - bits
	return int32(n << up), int32(Mix(n) << up)
}

// Player plays numbered samples, or others.
type Player struct {
	// Signal returns what sample time n is on a channel, in Q31; nil numbers them, see Samples. It is
	// called by the goroutine that plays.
	Signal func(n uint32, channel int) int32

	h     kernel.Player
	bits  int
	bytes int // per sample
	chans int
	buf   []byte
	next  uint32
	late  atomic.Uint64
}

// formats are what a Player speaks.
var formats = map[int]struct {
	value uint
	bytes int
}{32: {kernel.S32LE, 4}, 24: {kernel.S24LE3, 3}, 16: {kernel.S16LE, 2}}

// bufferTime is how long a Player may be late. Loopback cards have room for it,
// and the machine that emulates the guest may be busy.
const bufferTime = 5 * time.Second

// NewPlayer opens a playback device node and sets it up for 32, 24 (packed) or 16
// bits.
func NewPlayer(node string, format hw.Format) (*Player, error) {
	f, ok := formats[format.BitsPerSample]
	if !ok {
		return nil, fmt.Errorf("alsatest: play %d bits: must be 32, 24 or 16", format.BitsPerSample)
	}
	opened, err := kernel.OpenDevice(node)
	if err != nil {
		return nil, fmt.Errorf("alsatest: open %s: %w", node, err)
	}
	h, ok := opened.(kernel.Player)
	if !ok {
		return nil, errors.Join(fmt.Errorf("alsatest: open %s: %w", node, errors.ErrUnsupported), opened.Close())
	}
	period := uint32(format.SampleRateHz / 50)
	var p kernel.HwParams
	p.Reset()
	p.Choose(kernel.Access, kernel.ReadInterleaved)
	p.Choose(kernel.Format, f.value)
	p.Limit(kernel.Channels, uint32(format.Channels), uint32(format.Channels))
	p.Limit(kernel.Rate, uint32(format.SampleRateHz), uint32(format.SampleRateHz))
	p.Limit(kernel.PeriodSize, period, period)
	p.Limit(kernel.BufferSize, 2*period, uint32(bufferTime.Seconds())*uint32(format.SampleRateHz))
	if err := h.SetHw(&p); err != nil {
		return nil, errors.Join(fmt.Errorf("alsatest: set %s up for %v: %w", node, format, err), h.Close())
	}
	_, buffer := p.Range(kernel.BufferSize)
	sw := kernel.SwParams{
		TimestampMode: 1, PeriodStep: 1, AvailMin: uintptr(period), XferAlign: 1,
		StartThreshold: uintptr(buffer - period), StopThreshold: uintptr(buffer),
		Protocol: kernel.Protocol, TimestampType: 1,
	}
	if err := h.SetSw(&sw); err != nil {
		return nil, errors.Join(fmt.Errorf("alsatest: set the ring of %s up: %w", node, err), h.Close())
	}
	if err := h.Prepare(); err != nil {
		return nil, errors.Join(fmt.Errorf("alsatest: prepare %s: %w", node, err), h.Close())
	}
	return &Player{
		h: h, bits: format.BitsPerSample, bytes: f.bytes, chans: format.Channels,
		buf: make([]byte, 0, int(period)*f.bytes*format.Channels),
	}, nil
}

// Play plays until the context ends, which is no error, and closes the device. A
// device that has gone ends it with the kernel's error.
func (p *Player) Play(ctx context.Context) (err error) {
	defer func() {
		_ = p.h.Drop() // it may have gone
		if closed := p.h.Close(); err == nil {
			err = closed
		}
	}()
	frame := p.bytes * p.chans
	for ctx.Err() == nil {
		if len(p.buf) == 0 {
			p.fill()
		}
		n, err := p.h.Write(p.buf, frame)
		switch {
		case err == nil:
			p.buf = p.buf[:copy(p.buf, p.buf[n*frame:])]
		case errors.Is(err, syscall.EAGAIN):
			if err := p.h.Poll(100 * time.Millisecond); err != nil {
				return fmt.Errorf("alsatest: play: %w", err)
			}
		case errors.Is(err, syscall.EPIPE):
			p.late.Add(1)
			if err := p.h.Prepare(); err != nil {
				return fmt.Errorf("alsatest: play: %w", err)
			}
		default:
			return fmt.Errorf("alsatest: play: %w", err)
		}
	}
	return nil
}

// fill makes the next samples.
func (p *Player) fill() {
	for len(p.buf)+p.bytes*p.chans <= cap(p.buf) {
		for c := range p.chans {
			v, others := Samples(p.next, p.bits)
			if c > 0 {
				v = others
			}
			if p.Signal != nil {
				v = p.Signal(p.next, c)
			}
			var word [4]byte
			binary.LittleEndian.PutUint32(word[:], uint32(v))
			p.buf = append(p.buf, word[4-p.bytes:]...)
		}
		p.next++
	}
}

// Late returns how often the kernel ran out of samples: then the signal has a hole
// that is not the capture's fault.
func (p *Player) Late() uint64 { return p.late.Load() }
