package parquet

import "encoding/binary"

// deltas gives whole numbers of which the differences are stored: blocks of small ones, each with its least
// difference and the widths of what the others are beyond it.
type deltas struct {
	b      []byte
	block  uint64 // values of a block
	minis  uint64 // parts of a block
	left   uint64 // values that were not given
	last   int64
	first  bool
	least  int64
	widths []byte // of the parts that are to come
	within uint64 // values of this part that were not given
	at     uint64 // bit of the next
	width  int
}

// newDeltas gives numbers as number makes them of whole ones.
func newDeltas(b []byte, number func(int64) float64) (func() (float64, error), error) {
	d := &deltas{b: b, first: true}
	d.block, d.minis, d.left = d.uvarint(), d.uvarint(), d.uvarint()
	d.last = d.varint()
	const most = 1 << 16
	if d.b == nil || d.minis == 0 || d.block == 0 || d.block > most || d.block%d.minis != 0 || d.block/d.minis%8 != 0 {
		return nil, errThrift
	}
	return func() (float64, error) {
		v, err := d.next()
		return number(v), err
	}, nil
}

func (d *deltas) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.b = nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *deltas) varint() int64 {
	v := d.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

func (d *deltas) next() (int64, error) {
	if d.left == 0 {
		return 0, errThrift
	}
	d.left--
	if d.first {
		d.first = false
		return d.last, nil
	}
	if d.within == 0 {
		if err := d.part(); err != nil {
			return 0, err
		}
	}
	d.within--
	d.last += d.least + int64(unpackBits(d.b, d.at, d.width))
	d.at += uint64(d.width)
	return d.last, nil
}

// part goes to the next part of a block, or to the next block.
func (d *deltas) part() error {
	d.b = d.b[min(uint64(len(d.b)), (d.at+7)/8):]
	d.at = 0
	if len(d.widths) == 0 {
		d.least = d.varint()
		if uint64(len(d.b)) < d.minis {
			return errThrift
		}
		d.widths, d.b = d.b[:d.minis], d.b[d.minis:]
	}
	d.width, d.widths = int(d.widths[0]), d.widths[1:]
	if d.width > 64 {
		return errThrift
	}
	d.within = d.block / d.minis
	return nil
}
