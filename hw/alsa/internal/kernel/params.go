package kernel

import "math"

// Param names a parameter of HwParams: first the masks, then the intervals.
type Param uint

// Parameters that a program sets or reads.
const (
	Access     Param = 0
	Format     Param = 1
	SubFormat  Param = 2
	Channels   Param = 10
	Rate       Param = 11
	PeriodSize Param = 13 // frames between two wake-ups
	Periods    Param = 15
	BufferSize Param = 17 // frames in the ring
)

// Values of the mask Access.
const (
	MmapInterleaved = 0
	ReadInterleaved = 3
	ReadPlanes      = 4 // RW_NONINTERLEAVED
)

// Values of the mask Format. What has fewer bits than bytes has them at the low end; a 3
// stands for three bytes.
const (
	S8        = 0
	U8        = 1
	S16LE     = 2
	S16BE     = 3
	U16LE     = 4
	U16BE     = 5
	S24LE     = 6
	S24BE     = 7
	U24LE     = 8
	U24BE     = 9
	S32LE     = 10
	S32BE     = 11
	U32LE     = 12
	U32BE     = 13
	FloatLE   = 14
	FloatBE   = 15
	Float64LE = 16
	Float64BE = 17
	S20LE     = 25
	S20BE     = 26
	S24LE3    = 32
	S24BE3    = 33
	U24LE3    = 34
	U24BE3    = 35
	S20LE3    = 36
	S20BE3    = 37
	S18LE3    = 40
	S18BE3    = 41
)

// standardSubFormat is the only value of the mask SubFormat before Linux 6.7.
const standardSubFormat = 0

const (
	firstMask, masks         = 0, 3
	firstInterval, intervals = 8, 12
)

// interval is struct snd_interval.
type interval struct{ min, max, flags uint32 }

// Flags of an interval.
const (
	openMin = 1 << iota // min itself is outside
	openMax
	integer
	empty
)

// HwParams is struct snd_pcm_hw_params: what a device can do, or what was
// chosen.
type HwParams struct {
	flags     uint32
	masks     [masks][8]uint32
	_         [5][8]uint32
	intervals [intervals]interval
	_         [9]interval
	requested uint32
	changed   uint32
	info      uint32
	msbits    uint32
	rateNum   uint32
	rateDen   uint32
	fifoSize  uintptr
	_         [64]byte
}

// Reset allows everything that a device may offer.
func (p *HwParams) Reset() {
	*p = HwParams{requested: math.MaxUint32, info: math.MaxUint32}
	for i := range p.masks {
		for j := range p.masks[i] {
			p.masks[i][j] = math.MaxUint32
		}
	}
	for i := range p.intervals {
		p.intervals[i] = interval{max: math.MaxUint32}
	}
	p.Choose(SubFormat, standardSubFormat)
}

// Choose allows one value of a mask.
func (p *HwParams) Choose(mask Param, value uint) {
	p.masks[mask-firstMask] = [8]uint32{}
	p.masks[mask-firstMask][value/32] = 1 << (value % 32)
}

// Allow adds one value to those that a mask allows.
func (p *HwParams) Allow(mask Param, value uint) {
	p.masks[mask-firstMask][value/32] |= 1 << (value % 32)
}

// Offers reports whether a mask allows a value.
func (p *HwParams) Offers(mask Param, value uint) bool {
	return p.masks[mask-firstMask][value/32]>>(value%32)&1 == 1
}

// Limit allows the whole numbers from low to high of an interval.
func (p *HwParams) Limit(of Param, low, high uint32) {
	p.intervals[of-firstInterval] = interval{min: low, max: high, flags: integer}
}

// Range returns the least and the greatest whole number that an interval allows.
func (p *HwParams) Range(of Param) (low, high uint32) {
	v := p.intervals[of-firstInterval]
	if v.flags&openMin != 0 && v.min < math.MaxUint32 {
		v.min++
	}
	if v.flags&openMax != 0 && v.max > 0 {
		v.max--
	}
	return v.min, v.max
}

// SignificantBits returns how many bits of a sample carry something, as the
// driver chose; 0 is all.
func (p *HwParams) SignificantBits() int { return int(p.msbits) }

// SetSignificantBits is for simulated devices.
func (p *HwParams) SetSignificantBits(n int) { p.msbits = uint32(n) }

// SwParams is struct snd_pcm_sw_params: how the ring is run.
type SwParams struct {
	TimestampMode    int32 // 1: take a time whenever the hardware's position is read
	PeriodStep       uint32
	SleepMin         uint32
	AvailMin         uintptr // frames from which on poll returns
	XferAlign        uintptr
	StartThreshold   uintptr
	StopThreshold    uintptr // unread frames at which the kernel stops the device
	SilenceThreshold uintptr
	SilenceSize      uintptr
	Boundary         uintptr // out: where positions wrap
	Protocol         uint32
	TimestampType    uint32 // 1: CLOCK_MONOTONIC, with Protocol of at least 2.0.12
	_                [56]byte
}

// Protocol is the version of the interface that the structures follow.
const Protocol = 2<<16 | 0<<8 | 15

// State is what a device does.
type State int32

// States.
const (
	Open State = iota
	Setup
	Prepared
	Running
	Overrun
	Draining
	Paused
	Suspended
	Disconnected
)

var stateNames = [...]string{
	"open", "set up", "prepared", "running", "overrun", "draining", "paused", "suspended", "disconnected",
}

// String returns the state as people write it.
func (s State) String() string {
	if s < 0 || int(s) >= len(stateNames) {
		return "in an unknown state"
	}
	return stateNames[s]
}

// Status is where a device stands.
type Status struct {
	State   State
	Appl    uint64 // the reader's position in frames, wraps
	Avail   uint64 // frames that the hardware's position is ahead of the reader's
	Trigger int64  // CLOCK_MONOTONIC in ns when it was started
	Time    int64  // CLOCK_MONOTONIC in ns when Avail was read
}

// status is struct snd_pcm_status with 64-bit times.
type status struct {
	state             int32
	_                 int32
	trigger           [2]int64 // s, ns
	time              [2]int64
	appl              uintptr
	hw                uintptr
	delay             int
	avail             uintptr
	availMax          uintptr
	overrange         uintptr
	suspended         int32
	audioTimeData     uint32
	audioTime         [2]int64
	driverTime        [2]int64
	audioTimeAccuracy uint32
	_                 [20]byte
}

// status32 is struct snd_pcm_status with 32-bit times; only 32-bit kernels and
// programs know it.
type status32 struct {
	state             int32
	trigger           [2]int32
	time              [2]int32
	appl              uint32
	hw                uint32
	delay             int32
	avail             uint32
	availMax          uint32
	overrange         uint32
	suspended         int32
	audioTimeData     uint32
	audioTime         [2]int32
	driverTime        [2]int32
	audioTimeAccuracy uint32
	_                 [36]byte
}

// into translates a status.
func (s *status) into(to *Status) {
	*to = Status{
		State: State(s.state), Appl: uint64(s.appl), Avail: uint64(s.avail),
		Trigger: s.trigger[0]*1e9 + s.trigger[1], Time: s.time[0]*1e9 + s.time[1],
	}
}

// into translates a status.
func (s *status32) into(to *Status) {
	*to = Status{
		State: State(s.state), Appl: uint64(s.appl), Avail: uint64(s.avail),
		Trigger: int64(s.trigger[0])*1e9 + int64(s.trigger[1]), Time: int64(s.time[0])*1e9 + int64(s.time[1]),
	}
}
