package wav

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/auscult/auscult/hw"
)

// Format tags.
const (
	tagPCM        = 1
	tagFloat      = 3
	tagALaw       = 6
	tagMuLaw      = 7
	tagExtensible = 0xFFFE
)

// Limits on what a header may claim.
const (
	maxChannels     = 32
	maxSampleRateHz = 768000
	maxHeaderBytes  = 64 << 20
	maxChunks       = 1000
	maxFormatBytes  = 40 // what is used of a "fmt " chunk
)

// subFormatTail is what follows the tag in the GUIDs of PCM and float:
// 0000xxxx-0000-0010-8000-00AA00389B71.
var subFormatTail = []byte{0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71}

// ambisonicTail is the same for the GUIDs of ambisonic recordings, whose channels are
// samples like others: 0000xxxx-0721-11D3-8644-C8C1CA000000.
var ambisonicTail = []byte{0, 0, 0x21, 0x07, 0xD3, 0x11, 0x86, 0x44, 0xC8, 0xC1, 0xCA, 0, 0, 0}

// header is what precedes the samples.
type header struct {
	format hw.Format
	width  int    // bytes per sample
	tag    uint16 // how they are written: tagPCM and so on
	low    bool   // the lower 24 bits of 32 count
	// sampleTimes is the announced number, or -1 up to the end of the file.
	sampleTimes int64
}

// chunks reads RIFF chunks and counts what it took.
type chunks struct {
	r    io.Reader
	read int64
	buf  [maxFormatBytes]byte
}

// take returns the next n bytes, n at most maxFormatBytes.
func (c *chunks) take(n int, what string) ([]byte, error) {
	m, err := io.ReadFull(c.r, c.buf[:n])
	c.read += int64(m)
	if errors.Is(err, io.EOF) && c.read == 0 {
		return nil, errors.New("wav: the file is empty")
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("wav: file ends in %s, after %d bytes", what, c.read)
	}
	if err != nil {
		return nil, fmt.Errorf("wav: read %s: %w", what, err)
	}
	return c.buf[:n], nil
}

// skip passes over n bytes.
func (c *chunks) skip(n int64, what string) error {
	if c.read+n > maxHeaderBytes {
		return fmt.Errorf("wav: %s of %d bytes before the samples: at most %d bytes may precede them",
			what, n, maxHeaderBytes)
	}
	m, err := io.CopyN(io.Discard, c.r, n)
	c.read += m
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("wav: file ends in %s, after %d bytes", what, c.read)
	}
	if err != nil {
		return fmt.Errorf("wav: read %s: %w", what, err)
	}
	return nil
}

// readHeader reads up to the first sample.
func readHeader(r io.Reader) (header, error) {
	c := &chunks{r: r}
	riffSize, long, err := c.riff()
	if err != nil {
		return header{}, err
	}
	var h header
	found := false
	for range maxChunks {
		b, err := c.take(8, "a chunk header")
		if err != nil {
			return header{}, err
		}
		id, size := string(b[:4]), int64(binary.LittleEndian.Uint32(b[4:]))
		what := fmt.Sprintf("chunk %q", id)
		switch {
		case id == "data" && !found:
			return header{}, errors.New(`wav: chunk "data" before chunk "fmt "`)
		case id == "data":
			if long != nil && size == math.MaxUint32 {
				size = long.data
			}
			h.sampleTimes = announced(size, riffSize, c.read, int64(h.width*h.format.Channels))
			return h, nil
		case id == "fmt " && found:
			return header{}, errors.New(`wav: two chunks "fmt "`)
		case id == "fmt ":
			if h, err = c.format(size, what); err != nil {
				return header{}, err
			}
			found = true
		default:
			if err := c.skip(size+size&1, what); err != nil {
				return header{}, err
			}
		}
	}
	return header{}, fmt.Errorf("wav: %d chunks, none of them \"data\": at most %d may precede the samples",
		maxChunks, maxChunks)
}

// format takes a "fmt " chunk of a size.
func (c *chunks) format(size int64, what string) (header, error) {
	if size < 16 {
		return header{}, fmt.Errorf("wav: %s of %d bytes: needs at least 16", what, size)
	}
	b, err := c.take(int(min(size, maxFormatBytes)), what)
	if err != nil {
		return header{}, err
	}
	h, err := parseFormat(b)
	if err != nil {
		return header{}, err
	}
	size -= int64(len(b))
	return h, c.skip(size+size&1, what)
}

// long is what a "ds64" chunk says: sizes that 32 bits do not hold.
type long struct{ riff, data int64 }

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
	case (id == "RF64" || id == "BW64") && string(b[8:]) == "WAVE":
		l, err = c.ds64()
		if err != nil {
			return 0, nil, err
		}
		return l.riff, l, nil
	case id == "RIFX":
		return 0, nil, errors.New("wav: RIFX file (big-endian): only RIFF is read; convert the recording")
	case id != "RIFF" || string(b[8:]) != "WAVE":
		return 0, nil, notWAV(b)
	}
	return int64(binary.LittleEndian.Uint32(b[4:])), nil, nil
}

// ds64 takes the chunk that must be the first of a file of 64 bits.
func (c *chunks) ds64() (*long, error) {
	b, err := c.take(8, "chunk \"ds64\"")
	if err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	id, size := string(b[:4]), int64(le.Uint32(b[4:]))
	if id != "ds64" || size < ds64Bytes {
		return nil, fmt.Errorf("wav: a file of 64 bits begins with chunk %q of %d bytes: needs \"ds64\" of %d", id, size, ds64Bytes)
	}
	if b, err = c.take(ds64Bytes, "chunk \"ds64\""); err != nil {
		return nil, err
	}
	riff, data := le.Uint64(b), le.Uint64(b[8:])
	if riff > math.MaxInt64 || data > math.MaxInt64 {
		return nil, fmt.Errorf("wav: chunk \"ds64\" speaks of %d bytes", max(riff, data))
	}
	size -= ds64Bytes
	return &long{int64(riff), int64(data)}, c.skip(size+size&1, "chunk \"ds64\"")
}

// announced returns how many sample times a data chunk of the given size has
// that starts at byte offset, or -1 when it reaches to the end of the file.
func announced(size, riffSize, offset, sampleTimeBytes int64) int64 {
	moreChunks := riffSize > offset-8 && riffSize < math.MaxInt32
	if size == math.MaxUint32 || size == 0 && !moreChunks {
		return -1
	}
	return size / sampleTimeBytes
}

// parseFormat checks a "fmt " chunk of 16 to 40 bytes.
func parseFormat(b []byte) (header, error) {
	le := binary.LittleEndian
	tag, channels, rate := le.Uint16(b), int(le.Uint16(b[2:])), le.Uint32(b[4:])
	align, container := int(le.Uint16(b[12:])), int(le.Uint16(b[14:]))
	significant := container
	if tag == tagExtensible {
		if len(b) < maxFormatBytes {
			return header{}, fmt.Errorf("wav: extensible format of %d bytes: needs %d", len(b), maxFormatBytes)
		}
		if valid := int(le.Uint16(b[18:])); valid != 0 {
			significant = valid
		}
		if !bytes.Equal(b[26:40], subFormatTail) && !bytes.Equal(b[26:40], ambisonicTail) {
			return header{}, fmt.Errorf("wav: unknown sub-format %x: only PCM and float are read", b[24:40])
		}
		tag = le.Uint16(b[24:])
	}

	h := header{width: (container + 7) / 8, tag: tag}
	if tag == tagPCM && channels > 0 && container > 16 && container <= 24 && align == 4*channels {
		// 24 bits in the lower bytes of 32, as some recorders write them without saying so.
		h.width, h.low = 4, true
	}
	h.format = hw.Format{SampleRateHz: int(min(rate, math.MaxInt32)), Channels: channels, BitsPerSample: significant}
	switch {
	case tag != tagPCM && tag != tagFloat && tag != tagALaw && tag != tagMuLaw:
		return header{}, fmt.Errorf("wav: sample format %#04x%s: only PCM, float, A-law and mu-law are read; convert the recording",
			tag, tagName(tag))
	case channels < 1 || channels > maxChannels:
		return header{}, fmt.Errorf("wav: %d channels: must be 1 to %d", channels, maxChannels)
	case rate < 1 || rate > maxSampleRateHz:
		return header{}, fmt.Errorf("wav: sample rate %d Hz: must be 1 to %d", rate, maxSampleRateHz)
	case tag == tagFloat && container != 32 && container != 64:
		return header{}, fmt.Errorf("wav: float samples of %d bits: only 32 and 64 are read", container)
	case (tag == tagALaw || tag == tagMuLaw) && container != 8:
		return header{}, fmt.Errorf("wav: samples of A-law or mu-law of %d bits: must be 8", container)
	case tag == tagPCM && (container < 1 || container > 32):
		return header{}, fmt.Errorf("wav: samples of %d bits: must be 1 to 32", container)
	case significant > container:
		return header{}, fmt.Errorf("wav: %d valid bits in samples of %d", significant, container)
	case align != 0 && align != h.width*channels: // some programs leave it 0
		return header{}, fmt.Errorf("wav: %d bytes a sample time: %d channels of %d bits have %d",
			align, channels, container, h.width*channels)
	}
	switch tag {
	case tagFloat:
		h.format.BitsPerSample = min(significant, 32)
	case tagALaw:
		h.format.BitsPerSample = aLawBits
	case tagMuLaw:
		h.format.BitsPerSample = muLawBits
	}
	return h, nil
}

// tagName returns a well-known format's name in brackets, or nothing.
func tagName(tag uint16) string {
	switch tag {
	case 2, 0x11:
		return " (ADPCM)"
	case 0x50, 0x55:
		return " (MPEG)"
	}
	return ""
}
