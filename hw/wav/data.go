package wav

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
)

// Data is the bytes of a file's samples, whole sample times, whatever chunks they are in.
type Data struct {
	c    *chunks
	unit int64 // bytes of a sample time
	left int64 // bytes of this chunk that are still to come; -1: to the end of the file
	rest int64 // bytes of this chunk that are no whole sample time
	size int64 // of this chunk, as it says
	open bool  // the size is that of a recorder who did not know it yet

	times int64 // sample times that the first chunk announces, or -1
	total int64 // bytes of the file, 0 where that is not known
	tails int   // chunks behind samples
	cut   bool
	notes []string
}

// Sizes that a data chunk announces where the recorder could not come back to it: some
// 2 GiB, as arecord and sox write them into pipes.
const (
	fromOpenSize = 0x7fff0000
	toOpenSize   = 0x80000000
)

// begin is called behind the header of the first data chunk. beyond says that the file's
// size speaks of more.
func (d *Data) begin(size, unit int64, beyond bool) {
	d.unit = max(unit, 1)
	if size == 0 && beyond {
		// A recorder that was cut off, unless there is nothing or a chunk.
		chunk, atHand := d.c.more()
		beyond = chunk || atHand == 0
	}
	d.chunk(size)
	if size == math.MaxUint32 || size == 0 && !beyond {
		d.left, d.rest, d.times = -1, 0, -1
		return
	}
	d.open = size >= fromOpenSize && size <= toOpenSize
	d.wrap()
	d.times = d.left / d.unit
}

// chunk sets out on a data chunk.
func (d *Data) chunk(size int64) {
	d.size, d.rest = size, size%d.unit
	d.left = size - d.rest
}

// wrap finds sizes of 32 bits that went over the top: then 4 GiB or more follow them.
func (d *Data) wrap() {
	if over := d.total - d.c.read - d.size; d.total > 0 && over >= 1<<32 {
		size := d.size + over>>32<<32
		d.notes = append(d.notes, fmt.Sprintf(
			"the header's sizes went over the top at 4 GiB: all %.1f GiB of samples are used", float64(size)/(1<<30)))
		d.chunk(size)
	}
}

// Read reads on, see io.Reader.
func (d *Data) Read(p []byte) (int, error) {
	for d.left == 0 {
		if err := d.next(); err != nil {
			return 0, err
		}
	}
	if d.left > 0 {
		p = p[:min(int64(len(p)), d.left)]
	}
	n, err := d.c.r.Read(p)
	d.c.read += int64(n)
	if d.left > 0 {
		d.left -= int64(n)
		if errors.Is(err, io.EOF) && d.left > 0 {
			d.cut = !d.open
		}
	}
	return n, err
}

// sampleTimesLeft returns how many come next without a break, 0 at the end, -1 where that is
// not known.
func (d *Data) sampleTimesLeft() int64 {
	for d.left == 0 {
		if d.next() != nil {
			return 0
		}
	}
	if d.left < 0 {
		return -1
	}
	return d.left / d.unit
}

// next goes to the next data chunk, and returns io.EOF where there is none.
func (d *Data) next() error {
	if err := d.c.skip(d.rest, d.size, "chunk \"data\""); err != nil {
		return io.EOF // what is no whole sample time is not missed
	}
	for ; d.tails < maxChunks; d.tails++ {
		chunk, atHand := d.c.more()
		switch {
		case !chunk && atHand > 0 && d.open:
			d.left = -1 // the recorder went on beyond 2 GiB
			return nil
		case !chunk:
			return io.EOF
		}
		id, size, err := d.c.head()
		if err != nil {
			return io.EOF
		}
		if id == dataName {
			d.tails++
			d.chunk(size)
			return nil
		}
		if err := d.c.skip(size, size, "a chunk"); err != nil {
			return io.EOF // nothing behind the samples is missed
		}
	}
	return io.EOF
}

// SampleTimes returns how many the header announces, or -1 up to the end of the file.
func (d *Data) SampleTimes() int64 { return d.times }

// Truncated reports, once Read has returned io.EOF, whether the file ended before the
// announced size.
func (d *Data) Truncated() bool { return d.cut }

// Notes says what is odd of the sizes, a line each.
func (d *Data) Notes() []string { return d.notes }

// sizeOf returns the size of a regular file or of an entry of an archive, 0 where it is not known.
func sizeOf(r io.Reader) int64 {
	f, ok := r.(interface{ Stat() (fs.FileInfo, error) })
	if !ok {
		return 0
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	return info.Size()
}
