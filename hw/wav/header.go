package wav

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/pcm"
)

// Format tags.
const (
	tagPCM        = 1
	tagFloat      = 3
	tagALaw       = 6
	tagMuLaw      = 7
	tagExtensible = 0xFFFE

	TagMSADPCM  = 2      // Microsoft's ADPCM
	TagIMAADPCM = 0x11   // IMA's ADPCM
	TagMP3      = 0x0055 // MPEG layer 3
)

// Limits on what a header may claim.
const (
	MaxChannels     = 256
	MaxSampleRateHz = 10_000_000 // of acoustic emission

	maxHeaderBytes  = 8 << 30
	maxChunks       = 1000
	maxFormatBytes  = 64 // what is used of a "fmt " chunk
	extensibleBytes = 40 // of an extensible one
	maxBlockBytes   = 1 << 16
)

const dataName = "data"

// subFormatTail is what follows the tag in the GUIDs of PCM and float:
// 0000xxxx-0000-0010-8000-00AA00389B71.
var subFormatTail = []byte{0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71}

// ambisonicTail is the same for the GUIDs of ambisonic recordings, whose channels are
// samples like others: 0000xxxx-0721-11D3-8644-C8C1CA000000.
var ambisonicTail = []byte{0, 0, 0x21, 0x07, 0xD3, 0x11, 0x86, 0x44, 0xC8, 0xC1, 0xCA, 0, 0, 0}

// Header is what precedes the samples.
type Header struct {
	Format   hw.Format
	Tag      uint16       // how samples are written
	Encoding pcm.Encoding // the same; not Valid where they are coded
	Align    int          // bytes of a sample time, or of a block of coded samples
	Data     *Data        // the samples' bytes
	About    About        // the zero value where nothing is said
}

// ReadHeader reads up to the first sample of a file of any tag. Its Data reads on from r,
// which knows its size where it has a method Stat, as *os.File does.
func ReadHeader(r io.Reader) (Header, error) {
	c := newChunks(r)
	riffSize, long, err := c.riff()
	if err != nil {
		return Header{}, err
	}
	var h Header
	var about About
	found := false
	for range maxChunks {
		id, size, err := c.head()
		if err != nil {
			return Header{}, err
		}
		what := fmt.Sprintf("chunk %q", id)
		switch {
		case id == dataName && !found:
			return Header{}, errors.New(`wav: chunk "data" before chunk "fmt "`)
		case id == dataName:
			beyond := riffSize > c.read-8 && riffSize < math.MaxInt32
			h.Data, h.About = newData(c, r, &h), about
			h.Data.begin(long.dataSize(size), int64(h.Align), beyond)
			return h, nil
		case id == silenceName && found:
			h.Data, h.About = newData(c, r, &h), about
			return h, h.Data.silence(size)
		case id == "fmt " && found:
			return Header{}, errors.New(`wav: two chunks "fmt "`)
		case id == "fmt ":
			if h, err = c.format(size, what); err != nil {
				return Header{}, err
			}
			found = true
		case id == aboutName:
			if about, err = c.about(size, what); err != nil {
				return Header{}, err
			}
		case id == "LIST" && size >= 4 && c.isList("wavl"):
			// A list of chunks of samples: they are read one after the other.
			if _, err := c.take(4, what); err != nil {
				return Header{}, err
			}
		default:
			if err := c.skip(size, size, what); err != nil {
				return Header{}, err
			}
		}
	}
	return Header{}, fmt.Errorf("wav: %d chunks, none of them \"data\": at most %d may precede the samples",
		maxChunks, maxChunks)
}

// isList says whether the list whose header was read is of a kind.
func (c *chunks) isList(kind string) bool {
	b, err := c.r.Peek(4)
	return err == nil && string(b) == kind
}

// format takes a "fmt " chunk of a size.
func (c *chunks) format(size int64, what string) (Header, error) {
	if size < 16 {
		return Header{}, fmt.Errorf("wav: %s of %d bytes: needs at least 16", what, size)
	}
	b, err := c.take(int(min(size, maxFormatBytes)), what)
	if err != nil {
		return Header{}, err
	}
	h, err := ParseFormat(b, c.order == binary.BigEndian)
	if err != nil {
		return Header{}, err
	}
	return h, c.skip(size-int64(len(b)), size, what)
}

// long is what a "ds64" chunk says: sizes that 32 bits do not hold.
type long struct{ riff, data int64 }

// dataSize returns the size of the samples of which 32 bits say that it is size.
func (l *long) dataSize(size int64) int64 {
	if l != nil && size == math.MaxUint32 {
		return l.data
	}
	return size
}

// ds64Bytes is the least that a "ds64" chunk holds: sizes of file, samples and sample
// times, and the length of a table.
const ds64Bytes = 28

// riff takes the header of the file and returns the size that it announces, and the long
// sizes of a file of 64 bits.
func (c *chunks) riff() (size int64, l *long, err error) {
	b, err := c.take(12, "the RIFF header")
	if err != nil {
		return 0, nil, err
	}
	switch id := string(b[:4]); {
	case string(b[8:]) != "WAVE":
		return 0, nil, notWAV(b)
	case id == "RF64" || id == "BW64":
		l, err = c.ds64()
		if err != nil {
			return 0, nil, err
		}
		return l.riff, l, nil
	case id == "RIFX":
		c.order = binary.BigEndian
	case id != "RIFF":
		return 0, nil, notWAV(b)
	}
	return int64(c.order.Uint32(b[4:])), nil, nil
}

// ds64 takes the chunk that must be the first of a file of 64 bits.
func (c *chunks) ds64() (*long, error) {
	const what = "chunk \"ds64\""
	id, size, err := c.head()
	if err != nil {
		return nil, err
	}
	if id != "ds64" || size < ds64Bytes {
		return nil, fmt.Errorf("wav: a file of 64 bits begins with chunk %q of %d bytes: needs \"ds64\" of %d", id, size, ds64Bytes)
	}
	b, err := c.take(ds64Bytes, what)
	if err != nil {
		return nil, err
	}
	riff, data := c.order.Uint64(b), c.order.Uint64(b[8:])
	if riff > math.MaxInt64 || data > math.MaxInt64 {
		return nil, fmt.Errorf("wav: %s speaks of %d bytes", what, max(riff, data))
	}
	return &long{int64(riff), int64(data)}, c.skip(size-ds64Bytes, size, what)
}

// ParseFormat reads what a "fmt " chunk of 16 bytes or more says, all but Data. Sony Wave64
// has the same.
func ParseFormat(b []byte, bigEndian bool) (Header, error) {
	var order binary.ByteOrder = binary.LittleEndian
	if bigEndian {
		order = binary.BigEndian
	}
	rate := order.Uint32(b[4:])
	h := Header{Tag: order.Uint16(b), Align: int(order.Uint16(b[12:]))}
	h.Format = hw.Format{
		SampleRateHz: int(min(rate, math.MaxInt32)), Channels: int(order.Uint16(b[2:])),
		BitsPerSample: int(order.Uint16(b[14:])),
	}
	container := h.Format.BitsPerSample
	if h.Tag == tagExtensible {
		if len(b) < extensibleBytes {
			return Header{}, fmt.Errorf("wav: extensible format of %d bytes: needs %d", len(b), extensibleBytes)
		}
		if valid := int(order.Uint16(b[18:])); valid != 0 {
			h.Format.BitsPerSample = valid
		}
		if !bytes.Equal(b[26:40], subFormatTail) && !bytes.Equal(b[26:40], ambisonicTail) {
			return Header{}, fmt.Errorf("wav: unknown sub-format %x: only PCM and float are read", b[24:40])
		}
		h.Tag = order.Uint16(b[24:])
	}
	switch {
	case h.Format.Channels < 1 || h.Format.Channels > MaxChannels:
		return Header{}, fmt.Errorf("wav: %d channels: must be 1 to %d", h.Format.Channels, MaxChannels)
	case rate < 1 || rate > MaxSampleRateHz:
		return Header{}, fmt.Errorf("wav: sample rate %d Hz: must be 1 to %d", rate, MaxSampleRateHz)
	}
	err := h.encode(container, bigEndian)
	return h, err
}

// encode says what the tag and the bits of a container mean.
func (h *Header) encode(container int, bigEndian bool) error {
	f := &h.Format
	h.Encoding = pcm.Encoding{Bytes: (container + 7) / 8, BigEndian: bigEndian}
	switch h.Tag {
	case tagPCM:
		if container < 1 || container > 32 {
			return fmt.Errorf("wav: samples of %d bits: must be 1 to 32", container)
		}
		switch {
		case h.Encoding.Bytes == 1:
			h.Encoding.Kind = pcm.Unsigned
		case h.Encoding.Bytes == 3 && h.Align == 4*f.Channels:
			// 24 bits in the lower bytes of 32, as some recorders write them without saying so.
			h.Encoding.Bytes, h.Encoding.Low = 4, true
		}
	case tagFloat:
		h.Encoding.Kind = pcm.Float
		if container != 16 && container != 32 && container != 64 {
			return fmt.Errorf("wav: float samples of %d bits: only 16, 32 and 64 are read", container)
		}
	case tagALaw, tagMuLaw:
		h.Encoding.Kind = pcm.ALaw
		if h.Tag == tagMuLaw {
			h.Encoding.Kind = pcm.MuLaw
		}
		if container != 8 {
			return fmt.Errorf("wav: samples of A-law or mu-law of %d bits: must be 8", container)
		}
	default: // coded
		h.Encoding = pcm.Encoding{}
		if h.Align < 1 || h.Align > maxBlockBytes {
			h.Align = 1
		}
		f.BitsPerSample = 16
		return nil
	}
	if f.BitsPerSample > container {
		return fmt.Errorf("wav: %d valid bits in samples of %d", f.BitsPerSample, container)
	}
	if h.Tag != tagPCM {
		f.BitsPerSample = h.Encoding.Bits()
	}
	// Some programs write another number of bytes, or 0; the bits are right more often.
	h.Align = h.Encoding.Bytes * f.Channels
	return nil
}

// uncoded returns an error where samples are coded.
func (h *Header) uncoded() error {
	if h.Encoding.Valid() {
		return nil
	}
	return fmt.Errorf("wav: sample format %#04x%s: only PCM, float, A-law and mu-law are read; convert the recording",
		h.Tag, TagName(h.Tag))
}

// TagName returns a well-known format's name in brackets, or nothing.
func TagName(tag uint16) string {
	switch tag {
	case TagMSADPCM, TagIMAADPCM:
		return " (ADPCM)"
	case 0x31:
		return " (GSM 6.10)"
	case 0x50, TagMP3:
		return " (MPEG)"
	case 0x92, 0x2000:
		return " (AC-3)"
	case 0x160, 0x161, 0x162, 0x163:
		return " (Windows Media)"
	case 0xff, 0x1600, 0x1610:
		return " (AAC)"
	case 0xf1ac:
		return " (FLAC)"
	case 0x674f, 0x6770, 0x6771:
		return " (Vorbis)"
	}
	return ""
}
