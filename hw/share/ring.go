package share

import (
	"time"

	"github.com/auscult/auscult/hw"
)

const (
	// blocksPerSecond is how many slots hold a second.
	blocksPerSecond = 50
	// kept is how many slots there are, and fewest, where the samples take much memory.
	kept, fewest = 2 * blocksPerSecond, 8
	// maxValues bounds the memory of a ring.
	maxValues = 4 << 20
)

// slot is a run of samples without a gap.
type slot struct {
	pcm   []int32
	first uint64 // index of its first sample time
	times int
	time  time.Time
}

// ring keeps what was read last. Slots are counted since the device was opened; slot n is
// at n modulo their number.
type ring struct {
	format hw.Format
	room   int // sample times in a slot
	slots  []slot
	next   uint64 // slot that is begun next
	end    uint64 // sample time that comes next
}

func newRing(format hw.Format) ring {
	r := ring{format: format, room: max(format.SampleRateHz/blocksPerSecond, 1)}
	r.slots = make([]slot, max(min(kept, maxValues/(r.room*format.Channels)), fewest))
	for i := range r.slots {
		r.slots[i].pcm = make([]int32, r.room*format.Channels)
	}
	return r
}

// at returns a slot by its count.
func (r *ring) at(n uint64) *slot { return &r.slots[n%uint64(len(r.slots))] }

// oldest returns the slot that is there longest.
func (r *ring) oldest() uint64 { return r.next - min(r.next, uint64(len(r.slots))) }

// put appends a block. Small ones are joined, or a device that gives a few samples at a
// time would fill the ring in no time.
func (r *ring) put(b *hw.Block) {
	n := len(b.PCM) / r.format.Channels
	if r.next > 0 {
		last := r.at(r.next - 1)
		follows := b.Lost == 0 && b.FirstSample == last.first+uint64(last.times)
		if follows && 2*last.times <= r.room && last.times+n <= r.room {
			copy(last.pcm[last.times*r.format.Channels:], b.PCM)
			last.times += n
			r.end = b.FirstSample + uint64(n)
			return
		}
	}
	s := r.at(r.next)
	s.first, s.times, s.time = b.FirstSample, n, b.Time
	copy(s.pcm, b.PCM)
	r.next++
	r.end = b.FirstSample + uint64(n)
}
