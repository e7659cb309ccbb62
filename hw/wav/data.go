package wav

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"

	"github.com/auscult/auscult/hw/pcm"
)

// Data is the bytes of a file's samples, whole sample times, whatever chunks they are in.
type Data struct {
	c    *chunks
	unit int64 // bytes of a sample time
	left int64 // bytes of this chunk that are still to come; -1: to the end of the file
	rest int64 // bytes of this chunk that are no whole sample time
	size int64 // of this chunk, as it says
	open bool  // the size is that of a recorder who did not know it yet

	quiet    int64 // bytes of silence that come before the next chunk
	silenced int64 // likewise, in all so far
	zero     byte  // what silence is made of

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

// newData returns what follows h in r, of which c has read the header.
func newData(c *chunks, r io.Reader, h *Header) *Data {
	d := &Data{c: c, total: sizeOf(r), unit: int64(max(h.Align, 1)), times: -1}
	switch h.Encoding.Kind {
	case pcm.Unsigned:
		d.zero = 0x80
	case pcm.ALaw:
		d.zero = 0xD5
	case pcm.MuLaw:
		d.zero = 0xFF
	}
	if !h.Encoding.Valid() {
		d.silenced = math.MaxInt64 // silence has no code
	}
	return d
}

// silenceName is a chunk of a list "wavl" that says how long it was silent, instead of samples.
const silenceName = "slnt"

// mostSilent bounds what a file may say of silence, sample times in all: a few bytes can tell of years.
const mostSilent int64 = 1 << 31

// silence takes a chunk that says how many sample times were silent.
func (d *Data) silence(size int64) error {
	const what = `chunk "slnt"`
	if size < 4 {
		return fmt.Errorf("wav: %s of %d bytes: needs 4", what, size)
	}
	b, err := d.c.take(4, what)
	if err != nil {
		return err
	}
	times := int64(d.c.order.Uint32(b))
	switch {
	case d.silenced == math.MaxInt64:
		d.notes = append(d.notes, "it tells of silence between coded samples, which is left out: times behind it are too early")
	case d.silenced+times > mostSilent:
		return fmt.Errorf("wav: %s of %d sample times: at most %d in all are taken", what, times, mostSilent)
	default:
		d.silenced += times
		d.quiet = times * d.unit
	}
	return d.c.skip(size-4, size, what)
}

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
	for d.left == 0 && d.quiet == 0 {
		if err := d.next(); err != nil {
			return 0, err
		}
	}
	if d.quiet > 0 {
		p = p[:min(int64(len(p)), d.quiet)]
		for i := range p {
			p[i] = d.zero
		}
		d.quiet -= int64(len(p))
		return len(p), nil
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
	for d.left == 0 && d.quiet == 0 {
		if d.next() != nil {
			return 0
		}
	}
	if d.quiet > 0 {
		return d.quiet / d.unit
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
	d.rest, d.size = 0, 0
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
			if size == 0 {
				d.tails++ // what holds samples is bounded by the file
			}
			d.chunk(size)
			return nil
		}
		if id == silenceName {
			if err := d.silence(size); err != nil {
				d.notes = append(d.notes, fmt.Sprintf("what comes before is used: %v", err))
				return io.EOF
			}
			if d.quiet > 0 {
				return nil
			}
			continue
		}
		if id == "LIST" && size >= 4 && d.c.isList("wavl") {
			size = 4 // what is in it follows
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
