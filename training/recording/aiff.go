package recording

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/pcm"
)

// common is what an AIFF file's chunk COMM says.
type common struct {
	f     hw.Format
	enc   pcm.Encoding
	times int64
	known bool
}

// openAIFF reads AIFF and AIFC. The chunk that says how samples are written may stand behind
// them: then the file is opened once more.
func openAIFF(s *source) (decoder, error) {
	var a aiff
	if err := a.walk(s); err != nil {
		return nil, err
	}
	if a.data == nil {
		if err := s.rewind(); err != nil {
			return nil, err
		}
		if err := a.walk(s); err != nil {
			return nil, err
		}
	}
	return a.decoder(), nil
}

// aiff walks through a file's chunks.
type aiff struct {
	common
	data   io.Reader // the samples, once they are found behind COMM
	bytes  int64     // of them, as the chunk says
	passed bool      // samples stand before COMM
}

func (a *aiff) decoder() decoder {
	times := a.times
	if unit := int64(a.enc.Bytes * a.f.Channels); a.bytes > 0 && (times <= 0 || times > a.bytes/unit) {
		times = a.bytes / unit
	} else if times == 0 {
		times = -1 // of a recorder that was cut off
	}
	return newRaw(a.f, a.enc, a.data, times)
}

// walk reads up to the samples, or to COMM where it is behind them.
func (a *aiff) walk(r io.Reader) error {
	var head [12]byte
	if err := readAll(r, head[:], "aiff"); err != nil {
		return err
	}
	kind := string(head[8:])
	if kind != "AIFF" && kind != "AIFC" {
		return fmt.Errorf("aiff: an IFF file of kind %q, not AIFF or AIFC: %s", kind, convertIt)
	}
	for range maxChunks {
		if err := readAll(r, head[:8], "aiff"); err != nil {
			return err
		}
		size := uint64(binary.BigEndian.Uint32(head[4:]))
		switch string(head[:4]) {
		case "COMM":
			if err := a.readCommon(r, size, kind == "AIFC"); err != nil || a.passed {
				return err
			}
		case "SSND":
			if a.known {
				return a.begin(r, size)
			}
			a.passed = true
			if _, err := io.CopyN(io.Discard, r, int64(size+size&1)); err != nil {
				return errors.New("aiff: the file ends before it says how samples are written: it is cut off")
			}
		default:
			if err := skip(r, size+size&1, "aiff"); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("aiff: %d chunks without samples", maxChunks)
}

// begin takes the header of SSND.
func (a *aiff) begin(r io.Reader, size uint64) error {
	var b [8]byte
	if err := readAll(r, b[:], "aiff"); err != nil {
		return err
	}
	offset := uint64(binary.BigEndian.Uint32(b[:]))
	a.data = r
	if size > offset+8 {
		a.bytes = int64(size - offset - 8)
	}
	return skip(r, offset, "aiff")
}

// readCommon reads COMM.
func (a *aiff) readCommon(r io.Reader, size uint64, compressed bool) error {
	least := 18
	if compressed {
		least = 22
	}
	b, err := readChunk(r, size+size&1, least, "aiff")
	if err != nil {
		return err
	}
	if a.known {
		return nil
	}
	be := binary.BigEndian
	bits := int(be.Uint16(b[6:]))
	a.f = hw.Format{
		Channels: int(be.Uint16(b)), SampleRateHz: extended(b[8:18]), BitsPerSample: bits,
	}
	a.times, a.known = int64(be.Uint32(b[2:])), true
	a.enc = pcm.Encoding{Bytes: (bits + 7) / 8, BigEndian: true}
	if compressed {
		if err := a.compression(string(b[18:22])); err != nil {
			return err
		}
	}
	if !a.enc.Valid() {
		return fmt.Errorf("aiff: samples of %d bits: must be 1 to 32", bits)
	}
	if a.enc.Kind != pcm.Integer || a.f.BitsPerSample == 0 {
		a.f.BitsPerSample = a.enc.Bits()
	}
	return checkFormat(a.f, "aiff")
}

// compression says what a name of AIFC means.
func (a *aiff) compression(name string) error {
	e := &a.enc
	switch name {
	case "NONE", "twos":
	case "sowt":
		e.BigEndian = false
	case "raw ":
		e.Kind = pcm.Unsigned
	case "in24", "42ni", "42n1": // the letter and the digit are both met
		e.Bytes, e.BigEndian = 3, name == "in24"
	case "in32", "23ni", "23n1":
		e.Bytes, e.BigEndian = 4, name == "in32"
	case "fl32", "FL32":
		e.Kind, e.Bytes = pcm.Float, 4
	case "fl64", "FL64":
		e.Kind, e.Bytes = pcm.Float, 8
	case "alaw", "ALAW":
		e.Kind, e.Bytes = pcm.ALaw, 1
	case "ulaw", "ULAW":
		e.Kind, e.Bytes = pcm.MuLaw, 1
	default:
		return fmt.Errorf("aiff: samples compressed by %q are not read: %s", name, convertIt)
	}
	if e.Kind == pcm.Integer {
		a.f.BitsPerSample = min(a.f.BitsPerSample, 8*e.Bytes)
	}
	return nil
}

// extended returns the whole number that a float of 80 bits is nearest to, 0 where that is none.
func extended(b []byte) int {
	exponent := int(binary.BigEndian.Uint16(b)&0x7fff) - 16383 - 63
	x := math.Ldexp(float64(binary.BigEndian.Uint64(b[2:])), exponent)
	if b[0]&0x80 != 0 || !(x < math.MaxInt32) {
		return 0
	}
	return int(math.Round(x))
}
