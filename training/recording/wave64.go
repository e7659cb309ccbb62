package recording

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/auscult/auscult/hw/wav"
)

// The GUIDs of Sony Wave64 are a name of four letters and these.
var (
	wave64Riff = []byte{'r', 'i', 'f', 'f', 0x2E, 0x91, 0xCF, 0x11, 0xA5, 0xD6, 0x28, 0xDB, 0x04, 0xC1, 0x00, 0x00}
	wave64Tail = []byte{0xF3, 0xAC, 0xD3, 0x11, 0x8C, 0xD1, 0x00, 0xC0, 0x4F, 0x8E, 0xDB, 0x8A}
)

// wave64Head is how long a chunk's GUID and size are, which the size counts.
const wave64Head = 24

// openWave64 reads Sony Wave64.
func openWave64(r *source) (decoder, error) {
	head := make([]byte, 40)
	if err := readAll(r, head, "w64"); err != nil {
		return nil, err
	}
	if !bytes.Equal(head[:16], wave64Riff) || string(head[24:28]) != "wave" || !bytes.Equal(head[28:], wave64Tail) {
		return nil, errors.New("w64: not a Sony Wave64 file, though it begins like one")
	}
	var h wav.Header
	for range maxChunks {
		if err := readAll(r, head[:wave64Head], "w64"); err != nil {
			return nil, err
		}
		size := binary.LittleEndian.Uint64(head[16:])
		if size < wave64Head {
			return nil, fmt.Errorf("w64: a chunk of %d bytes, less than its own header", size)
		}
		size -= wave64Head
		name := string(head[:4])
		if !bytes.Equal(head[4:16], wave64Tail) {
			name = ""
		}
		switch name {
		case "data":
			return wave64Data(&h, r, size)
		case "fmt ":
			b, err := readChunk(r, size, 16, "w64")
			if err == nil {
				h, err = wav.ParseFormat(b, false)
			}
			if err != nil {
				return nil, err
			}
			if err := skip(r, -uint64(len(b))&7, "w64"); err != nil {
				return nil, err
			}
		default:
			if err := skip(r, size+-size&7, "w64"); err != nil {
				return nil, err
			}
		}
	}
	return nil, fmt.Errorf("w64: %d chunks without samples", maxChunks)
}

// wave64Data reads the samples behind their format.
func wave64Data(h *wav.Header, r io.Reader, size uint64) (decoder, error) {
	switch {
	case h.Align == 0:
		return nil, errors.New("w64: samples before their format")
	case !h.Encoding.Valid():
		return openCoded(h, io.LimitReader(r, int64(min(size, 1<<62))))
	case size == 0 || size > 1<<62: // of a recorder that was cut off
		return newRaw(h.Format, h.Encoding, r, -1), nil
	}
	return newRaw(h.Format, h.Encoding, r, int64(size)/int64(h.Align)), nil
}
