package stfifo

import (
	"encoding/binary"
	"fmt"

	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/accel/internal/wire"
)

const (
	// Depth is how many words the FIFO holds.
	Depth = 512
	// WordBytes is how long one is.
	WordBytes = 7
)

// Registers and bits of the FIFO.
const (
	// regControl1 to regControl4 hold the watermark in 9 bits, what is batched at which rate, and
	// the mode with how often the time is batched.
	regControl1 = 0x07
	regControl2 = 0x08
	regControl3 = 0x09
	regControl4 = 0x0a
	// continuous with the time at each 32nd sample is what regControl4 gets.
	continuous = 3<<6 | 6

	regStatus1   = 0x3a
	regData      = 0x78
	status2Latch = 1 << 3
	status2Over  = 1 << 6
	tagXL        = 2
	tagTimestamp = 4
)

// FIFO reads a chip's words. It belongs to the driver's goroutine.
type FIFO struct {
	Registers *wire.Registers

	counter counter
}

// Reset forgets everything, for when the FIFO was emptied and the chip measures anew: samples
// sample times take ticks of the chip's time.
func (f *FIFO) Reset(ticks, samples uint64) {
	f.counter = counter{jump: -1, pace: pace{ticks, samples}}
}

// Level returns how many words the FIFO holds, and whether it was full since it was last asked.
func (f *FIFO) Level() (n int, full bool, err error) {
	b, err := f.Registers.Fetch(regStatus1, 2)
	if err != nil {
		return 0, false, err
	}
	n = int(b[0]) | int(b[1]&3)<<8
	full = n >= Depth || b[1]&(status2Latch|status2Over) != 0
	f.counter.full = f.counter.full || full
	return n, full, nil
}

// Read reads the oldest words, as many as the bus takes at once, and returns how many of them are
// sample times, which stand at the front of dst.
func (f *FIFO) Read(dst []int32) (n int, err error) {
	f.counter.begin()
	most := f.Registers.MaxRead() / WordBytes
	for left := len(dst) / accel.Axes; left > 0; {
		words := min(left, most)
		b, err := f.Registers.Fetch(regData, words*WordBytes)
		if err != nil {
			return n, err
		}
		for i := range words {
			word := b[i*WordBytes : (i+1)*WordBytes]
			slot := word[0] >> 1
			switch tag := word[0] >> 3; tag {
			case tagXL:
				for axis := range accel.Axes {
					dst[accel.Axes*n+axis] = int32(binary.LittleEndian.Uint16(word[1+2*axis:])) << 16
				}
				f.counter.sample(slot)
				n++
			case tagTimestamp:
				f.counter.stamp(binary.LittleEndian.Uint32(word[1:]), slot)
			default:
				return n, fmt.Errorf("a word of the FIFO has tag %d, want %d (acceleration) or %d (time): the bus is disturbed",
					tag, tagXL, tagTimestamp)
			}
		}
		left -= words
	}
	return n, nil
}

// Gaps returns what is missing among the sample times that Read read last, by the chip's own time;
// ok is false before it was told once.
func (f *FIFO) Gaps() (gaps []accel.Gap, ok bool) { return f.counter.gaps, f.counter.known }
