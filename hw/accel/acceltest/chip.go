package acceltest

import (
	"errors"
	"math"
	"sync"
	"time"
)

// Options describes how a chip departs from its data sheet.
type Options struct {
	// RatePPM is how much faster than nominal it samples.
	RatePPM float64
	// ID is what its identification register holds; 0 is the right value.
	ID byte
	// Signal gives the acceleration at a sample in 16 bits, left-justified; nil
	// tells the sample's index, see Index.
	Signal func(index uint64) [3]int16
	// SelfTestMilliG is by how much the self-test moves the axes.
	SelfTestMilliG [3]int
	// SelfTestCodes are the factory's trim codes of an MPU-6050.
	SelfTestCodes [3]byte
}

// ErrStuck is what a bus returns while one of its lines is tied to ground, and stuckTime when.
var ErrStuck = errors.New("acceltest: the bus is busy for too long")

const stuckTime = time.Second

// ErrNoChip is what a bus returns while its chip is unplugged.
var ErrNoChip = errors.New("acceltest: no acknowledge")

// model is what tells one chip from another.
type model interface {
	// reset gives all registers their values after power-up.
	reset(c *Chip)
	// address takes the first byte of a transfer apart.
	address(first byte, isSPI bool) (register byte, reads bool)
	// read fills dst from consecutive registers.
	read(c *Chip, register byte, dst []byte)
	// write sets a register.
	write(c *Chip, register, value byte)
	// high says whether the interrupt line is up at a level.
	high(c *Chip, level int) bool
}

// Chip is a simulated accelerometer.
type Chip struct {
	clock   *Clock
	options Options
	model   model

	mu        sync.Mutex
	regs      [256]byte
	unplugged bool
	stuck     bool
	disturb   func(read []byte)
	frozen    bool
	sampling
	fifo
	offset  [3]int16
	wasLow  bool // of the line, since the last edge
	scratch [6]byte
	pace    time.Duration // that a byte takes on the bus
	paced   int           // bytes of this transfer that have taken it
}

// sampling is when a chip takes its samples.
type sampling struct {
	hz    float64       // 0: standby
	begun time.Duration // when sample number base was begun
	base  uint64
	next  uint64 // index of the next sample to be taken
}

// fifo is what a chip keeps of them.
type fifo struct {
	depth  int
	stamps int  // a word of time follows each sample time whose index this divides; 0: none
	level  int  // entries, the newest belonging to the sample taken last
	full   bool // since last looked
	over   bool // samples were overwritten since it was emptied
	lost   uint64
}

func newChip(clock *Clock, m model, o Options) *Chip {
	c := &Chip{clock: clock, options: o, model: m, wasLow: true}
	m.reset(c)
	return c
}

// Produced returns how many samples the chip has taken.
func (c *Chip) Produced() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.update()
	return c.next
}

// Overwritten returns how many samples the FIFO had no room for, or that were
// thrown away.
func (c *Chip) Overwritten() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.update()
	return c.lost
}

// Measuring says whether the chip is out of standby.
func (c *Chip) Measuring() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hz > 0
}

// Register returns what a register holds.
func (c *Chip) Register(number byte) byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.regs[number]
}

// Unplug takes the chip off its bus, or puts it back.
func (c *Chip) Unplug(off bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unplugged = off
}

// Stick ties the line that the chip answers on to ground: over SPI all that is read is 0, over I2C
// each transfer ends in an error after a while, as Linux' drivers end it. It can be undone.
func (c *Chip) Stick(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stuck = on
}

// Disturb has the bytes that are read go through disturb before they arrive, as on a wire beside a
// motor; nil ends that.
func (c *Chip) Disturb(disturb func(read []byte)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.disturb = disturb
}

// Freeze stops the chip's oscillator; its registers still answer.
func (c *Chip) Freeze() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.update()
	c.frozen = true
}

// restart brings the registers into their state after power-up.
func (c *Chip) restart() {
	c.run(0)
	c.regs, c.depth = [256]byte{}, 0
	c.model.reset(c)
}

// run begins to measure, or stops with 0.
func (c *Chip) run(hz float64) {
	c.update()
	c.base, c.begun = c.next, c.clock.elapsed()
	c.hz = hz * (1 + c.options.RatePPM*1e-6)
}

// update takes the samples that are due.
func (c *Chip) update() {
	if c.hz == 0 || c.frozen {
		return
	}
	due := c.base + uint64(c.hz*float64(c.clock.elapsed()-c.begun)/float64(time.Second)+1e-6)
	if due <= c.next {
		return
	}
	oldest := c.entries(c.next) - uint64(c.level)
	c.next = due
	if c.depth == 0 {
		return
	}
	newest := c.entries(c.next)
	if newest-oldest >= uint64(c.depth) {
		c.full = true
		c.over = c.over || newest-oldest > uint64(c.depth)
		kept := newest - uint64(c.depth)
		c.lost += c.samples(kept) - c.samples(oldest)
		oldest = kept
	}
	c.level = int(newest - oldest)
}

// entries returns how many entries the first n sample times make.
func (c *Chip) entries(n uint64) uint64 {
	if c.stamps == 0 {
		return n
	}
	return n + (n+uint64(c.stamps)-1)/uint64(c.stamps)
}

// samples returns how many sample times are among the first n entries.
func (c *Chip) samples(n uint64) uint64 {
	if c.stamps == 0 {
		return n
	}
	period := uint64(c.stamps) + 1
	rest := n % period
	if rest > 1 {
		rest--
	}
	return n/period*uint64(c.stamps) + rest
}

// entry returns which sample time the oldest entry belongs to, and whether it is
// the word of time. In an empty FIFO it is the newest sample of all.
func (c *Chip) entry() (index uint64, isStamp bool) {
	if c.level == 0 {
		return max(c.next, 1) - 1, false
	}
	first := c.entries(c.next) - uint64(c.level)
	index = c.samples(first)
	if c.stamps != 0 && first%(uint64(c.stamps)+1) == 1 {
		return index - 1, true
	}
	return index, false
}

// due returns how long it takes until the FIFO holds n samples.
func (c *Chip) due(n int) time.Duration {
	if c.hz == 0 || c.frozen || c.depth == 0 {
		return math.MaxInt64
	}
	wanted := c.entries(c.next) + uint64(n-c.level)
	sample := c.next
	for c.entries(sample) < wanted {
		sample++
	}
	at := c.begun + time.Duration(math.Ceil(float64(sample-c.base)*float64(time.Second)/c.hz))
	return max(at-c.clock.elapsed(), 0)
}

// oldest returns the oldest sample in the FIFO, or the newest of all when it
// is empty.
func (c *Chip) oldest() [3]int16 {
	index, _ := c.entry()
	signal := c.options.Signal
	if signal == nil {
		signal = Sample
	}
	v := signal(index)
	for axis := range v {
		v[axis] = int16(max(min(int32(v[axis])+int32(c.offset[axis]), math.MaxInt16), math.MinInt16))
	}
	return v
}

// pop removes the oldest entry, once the bytes up to byte n of the transfer
// have gone over the bus.
func (c *Chip) pop(n int) {
	c.clock.Advance(time.Duration(n-c.paced) * c.pace)
	c.paced = n
	c.update()
	if c.level > 0 {
		c.level--
	}
	c.wasLow = c.wasLow || !c.model.high(c, c.level)
}

// empty throws away what the FIFO holds.
func (c *Chip) empty() {
	c.update()
	newest := c.entries(c.next)
	c.lost += c.samples(newest) - c.samples(newest-uint64(c.level))
	c.level, c.full, c.over = 0, false, false
	c.wasLow = true
}

// force moves the axes by the self-test, at a full scale in g.
func (c *Chip) force(on bool, scale float64) {
	c.offset = [3]int16{}
	if on {
		for axis, mg := range c.options.SelfTestMilliG {
			c.offset[axis] = int16(float64(mg) / 1000 / scale * 32768)
		}
	}
}

// transfer serves one transfer. read and write exclude each other but for the
// first byte.
func (c *Chip) transfer(isSPI bool, pace time.Duration, w, r []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pace, c.paced = pace, 0
	if c.unplugged {
		if !isSPI {
			return ErrNoChip
		}
		for i := range r {
			r[i] = 0xff // nobody drives the line
		}
		return nil
	}
	if c.stuck {
		if !isSPI {
			c.clock.Advance(stuckTime)
			return ErrStuck
		}
		clear(r)
		return nil
	}
	c.update()
	register, reads := c.model.address(w[0], isSPI)
	if isSPI && len(r) > 0 {
		r = r[1:]
	}
	if !isSPI {
		reads = len(r) > 0
	}
	if reads {
		c.model.read(c, register, r)
		if c.disturb != nil {
			c.disturb(r)
		}
		c.clock.Advance(time.Duration(len(r)-c.paced) * pace)
		return nil
	}
	c.clock.Advance(time.Duration(len(w)-1) * pace)
	for i, value := range w[1:] {
		c.model.write(c, register+byte(i), value)
	}
	return nil
}

// Sample is the signal that tells its index: x holds its low byte, y its next,
// and z both, mixed; all in the upper 8 bits.
func Sample(index uint64) [3]int16 {
	x, y := byte(index), byte(index>>8)
	return [3]int16{int16(uint16(x) << 8), int16(uint16(y) << 8), int16(uint16(x^y^0x5a) << 8)}
}

// Index returns the index of a sample modulo 65,536 from its Q31 values. ok is
// false when the axes do not belong to one time.
func Index(q31 []int32) (index uint16, ok bool) {
	x, y, z := byte(q31[0]>>24), byte(q31[1]>>24), byte(q31[2]>>24)
	return uint16(y)<<8 | uint16(x), z == x^y^0x5a && q31[0]<<8 == 0 && q31[1]<<8 == 0 && q31[2]<<8 == 0
}
