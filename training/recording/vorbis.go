package recording

import (
	"errors"
	"fmt"
	"math/bits"

	"github.com/jfreymuth/vorbis"

	"github.com/auscult/auscult/hw"
)

// openVorbis reads Vorbis in Ogg.
func openVorbis(s *oggStream, head []byte) (decoder, error) {
	d := &vorbis.Decoder{}
	if err := d.ReadHeader(head); err != nil {
		return nil, fmt.Errorf("vorbis: the header is damaged: %w", err)
	}
	f := hw.Format{SampleRateHz: d.SampleRate(), Channels: d.Channels(), BitsPerSample: 24}
	if err := checkFormat(f, "vorbis"); err != nil {
		return nil, err
	}
	const mostTimes = 8192 / 2 // of a block, by the format
	if d.BufferSize() < 1 || d.BufferSize() > mostTimes*f.Channels {
		return nil, errors.New("vorbis: the header is damaged: blocks of a size that does not exist")
	}
	for {
		packet, err := s.header("vorbis")
		if err != nil {
			return nil, err
		}
		if len(packet.data) > 0 && packet.data[0] == 3 {
			continue // the comment, whose numbers the decoder believes
		}
		if err := checkBooks(packet.data); err != nil {
			return nil, err
		}
		if err := d.ReadHeader(packet.data); err != nil {
			return nil, fmt.Errorf("vorbis: the setup is damaged, or of a kind that is not read (as some of more than two channels): %w: %s",
				err, convertIt)
		}
		break
	}
	return &packets{f: f, codec: "Vorbis", stream: s, unpack: d.Decode}, nil
}

// Limits of a setup. Encoders' have some thousands of entries in a book; the decoder's time goes
// with the square of their number.
const (
	maxEntries = 1 << 13
	maxAll     = 1 << 16 // entries of all books
	maxValues  = 1 << 22 // of all books, entries by dimensions
)

// checkBooks looks at the codebooks of a setup header before the decoder makes room for them:
// it would believe any number, and walk for ever through a code that is not complete.
func checkBooks(setup []byte) error {
	const magic = 7
	if len(setup) < magic+1 || string(setup[:magic]) != "\x05vorbis" {
		return errors.New("vorbis: no setup where it should be")
	}
	b := &bitsOf{data: setup[magic:]}
	all, values := 0, 0
	for range b.read(8) + 1 {
		entries, n, err := b.book()
		if err != nil {
			return err
		}
		all, values = all+entries, values+n
		if all > maxAll || values > maxValues || b.over() {
			return errors.New("vorbis: the setup is damaged: larger than any that is used")
		}
	}
	return nil
}

// bitsOf reads bits, the lowest of each byte first; zeros behind the end.
type bitsOf struct {
	data []byte
	at   int
}

func (b *bitsOf) read(n int) (v uint32) {
	for i := range n {
		if at := b.at + i; at/8 < len(b.data) {
			v |= uint32(b.data[at/8]>>(at%8)&1) << i
		}
	}
	b.at += n
	return v
}

func (b *bitsOf) over() bool { return b.at > 8*len(b.data) }

// book reads over a codebook and returns how many entries and values it has.
func (b *bitsOf) book() (entries, values int, err error) {
	damaged := errors.New("vorbis: the setup is damaged: no codebook where one should be")
	if b.read(24) != 0x564342 {
		return 0, 0, damaged
	}
	dimensions := int(b.read(16))
	entries = int(b.read(24))
	if entries < 1 || entries > maxEntries || dimensions*entries > maxValues {
		return 0, 0, damaged
	}
	if !b.isComplete(entries) {
		return 0, 0, errors.New("vorbis: the setup is damaged: an incomplete code")
	}
	kind := b.read(4)
	if kind == 0 {
		return entries, 0, nil
	}
	b.read(32)
	b.read(32)
	width := int(b.read(4)) + 1
	b.read(1)
	count := dimensions * entries
	if kind == 1 {
		count = roots(entries, dimensions)
	}
	if kind > 2 || count < 1 {
		return 0, 0, damaged
	}
	b.at += count * width
	return entries, dimensions * entries, nil
}

// isComplete reads over the lengths of a code's words and says whether each string of bits begins
// with one: their shares add up to 1, or there is one word.
func (b *bitsOf) isComplete(entries int) bool {
	share, used := uint64(0), 0
	word := func(length uint32, n int) {
		share += uint64(n) << (32 - length)
		used += n
	}
	if b.read(1) == 0 { // in any order
		sparse := b.read(1) != 0
		for range entries {
			if !sparse || b.read(1) != 0 {
				word(b.read(5)+1, 1)
			}
		}
	} else {
		length := b.read(5) + 1
		for at := 0; at < entries; length++ {
			n := int(b.read(bits.Len(uint(entries - at))))
			if length > 32 || n > entries-at {
				return false
			}
			word(length, n)
			at += n
		}
	}
	return share == 1<<32 || used == 1 && entries > 1 || used == 1 && share == 1<<31
}

// roots returns the largest number whose power of dimensions is at most entries.
func roots(entries, dimensions int) int {
	if dimensions == 0 {
		return 0
	}
	for root := 1; ; root++ {
		power := 1
		for range dimensions {
			if power *= root + 1; power > entries {
				return root
			}
		}
	}
}
