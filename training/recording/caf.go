package recording

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/pcm"
)

// openCAF reads Apple's Core Audio Format with uncompressed samples.
func openCAF(r *source) (decoder, error) {
	var head [12]byte
	if err := readAll(r, head[:8], "caf"); err != nil {
		return nil, err
	}
	var f hw.Format
	var enc pcm.Encoding
	for range maxChunks {
		if err := readAll(r, head[:], "caf"); err != nil {
			return nil, err
		}
		size := binary.BigEndian.Uint64(head[4:])
		switch string(head[:4]) {
		case "desc":
			b, err := readChunk(r, size, 32, "caf")
			if err != nil {
				return nil, err
			}
			if f, enc, err = parseDescription(b); err != nil {
				return nil, err
			}
		case "data":
			if f.Channels == 0 {
				return nil, errors.New("caf: samples before their description")
			}
			times := int64(-1)
			if size >= 4 && size <= math.MaxInt64 {
				times = int64(size-4) / int64(enc.Bytes*f.Channels)
			}
			return newRaw(f, enc, r, times), skip(r, 4, "caf") // the number of an edit
		default:
			if err := skip(r, size, "caf"); err != nil {
				return nil, err
			}
		}
	}
	return nil, fmt.Errorf("caf: %d chunks without samples", maxChunks)
}

// parseDescription reads the chunk desc.
func parseDescription(b []byte) (f hw.Format, enc pcm.Encoding, err error) {
	const isFloat, isLittle = 1, 2
	be := binary.BigEndian
	rate, flags := math.Float64frombits(be.Uint64(b)), be.Uint32(b[12:])
	packet, perPacket := be.Uint32(b[16:]), be.Uint32(b[20:])
	channels, bits := be.Uint32(b[24:]), be.Uint32(b[28:])
	if !(rate >= 0 && rate < math.MaxInt32) {
		rate = 0
	}
	f = hw.Format{
		SampleRateHz: int(math.Round(rate)), Channels: int(min(channels, math.MaxInt32)), BitsPerSample: int(min(bits, 64)),
	}
	if err := checkFormat(f, "caf"); err != nil {
		return f, enc, err
	}
	enc.Bytes = int(packet) / f.Channels
	switch name := string(b[8:12]); {
	case name == "alaw":
		enc.Kind = pcm.ALaw
	case name == "ulaw":
		enc.Kind = pcm.MuLaw
	case name != "lpcm":
		return f, enc, fmt.Errorf("caf: samples coded by %q are not read: %s", name, convertIt)
	default:
		if flags&isFloat != 0 {
			enc.Kind = pcm.Float
		}
		enc.BigEndian = flags&isLittle == 0
	}
	if perPacket != 1 || int64(packet) != int64(enc.Bytes*f.Channels) || !enc.Valid() {
		return f, enc, fmt.Errorf("caf: %d channels of %d bits in packets of %d bytes are not read: %s",
			channels, bits, packet, convertIt)
	}
	if enc.Kind != pcm.Integer || f.BitsPerSample < 1 || f.BitsPerSample > 8*enc.Bytes {
		f.BitsPerSample = enc.Bits()
	}
	return f, enc, nil
}
