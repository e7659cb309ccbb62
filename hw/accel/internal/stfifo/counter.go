package stfifo

import "github.com/auscult/auscult/hw/accel"

// maxGaps is how many words of time a FIFO can hold at most, and one more.
const maxGaps = Depth/32 + 2

// pace is how many ticks of the chip's time so many sample times take.
type pace struct{ ticks, samples uint64 }

// counter finds missing sample times by the words of time among them. A tick is 25 µs by the
// oscillator that also paces the samples, so that pace.ticks of them are pace.samples sample times: 3
// and 2 of an IIS3DWB, 6 and 1 of an LSM6DSO at its fastest. The last two bits of a sample
// time's number stand in every tag and settle what rounding leaves open.
type counter struct {
	pace pace

	known bool   // a word of time has come
	ticks uint32 // of the last one
	slot  byte   // its sample time's number, modulo 4
	since uint64 // sample times read after that one

	n       int  // sample times in this burst
	last    byte // number of the last sample time read, modulo 4
	started bool // there is a last one
	jump    int  // where in the burst numbers leave off since the word of time; -1: nowhere
	full    bool // the FIFO was full when this burst began

	waits     bool // a word of time came before its sample time
	waitTicks uint32
	waitSlot  byte

	gaps []accel.Gap
	room [maxGaps]accel.Gap
}

// begin starts a burst.
func (c *counter) begin() {
	c.gaps, c.n = c.room[:0], 0
	if c.jump >= 0 {
		c.jump = 0
	}
}

// sample counts a sample time.
func (c *counter) sample(slot byte) {
	slot &= 3
	if c.waits && c.waitSlot != slot {
		c.settle() // its own sample time is lost
	}
	if c.started && (slot-c.last)&3 != 1 && c.jump < 0 {
		c.jump = c.n
	}
	c.started, c.last = true, slot
	c.n++
	c.since++
	if c.waits {
		c.settle()
	}
}

// stamp takes a word of time. It follows its sample time, or goes before it, or
// that was overwritten.
func (c *counter) stamp(ticks uint32, slot byte) {
	c.waits, c.waitTicks, c.waitSlot = true, ticks, slot&3
	if c.started && c.last == c.waitSlot {
		c.settle()
	}
}

// settle compares the time that has passed with the sample times that came.
func (c *counter) settle() {
	c.waits = false
	if c.known {
		passed := (c.pace.samples*uint64(c.waitTicks-c.ticks) + c.pace.ticks/2) / c.pace.ticks
		switch (c.waitSlot - c.slot - byte(passed)) & 3 {
		case 1:
			passed++
		case 3:
			passed--
		}
		if passed > c.since && len(c.gaps) < cap(c.gaps) {
			c.gaps = append(c.gaps, accel.Gap{Before: c.place(), Missing: passed - c.since})
		}
	}
	c.known, c.ticks, c.slot, c.since = true, c.waitTicks, c.waitSlot, 0
	c.jump, c.full = -1, false
	// Its own sample time may be lost: numbers go on from there all the same.
	c.started, c.last = true, c.waitSlot
}

// place returns where what is missing since the last word of time is likely to
// be missing: where the FIFO overwrote its oldest, or where the numbers leave off.
// Numbers that go on after a multiple of 4 leave the newest place there is.
func (c *counter) place() int {
	switch {
	case c.full && len(c.gaps) == 0:
		return 0
	case c.jump >= 0:
		return c.jump
	}
	return max(c.n-1, 0)
}
