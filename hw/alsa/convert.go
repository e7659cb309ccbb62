package alsa

import (
	"encoding/binary"

	"github.com/auscult/auscult/hw/alsa/internal/kernel"
)

// encoding is one of the sample formats that are read.
type encoding struct {
	name  string
	value uint // of kernel.Format
	bytes int
	bits  int
}

// encodings are in order of preference: most bits first, and whole words before
// packed ones.
var encodings = []encoding{
	{"S32_LE", kernel.S32LE, 4, 32},
	{"S24_LE", kernel.S24LE, 4, 24},
	{"S24_3LE", kernel.S24LE3, 3, 24},
	{"S16_LE", kernel.S16LE, 2, 16},
}

// decode translates samples to Q31, with bits below mask cleared. Src holds
// exactly len(dst) samples.
func (e encoding) decode(dst []int32, src []byte, mask int32) {
	switch e.value {
	case kernel.S32LE:
		for i := range dst {
			dst[i] = int32(binary.LittleEndian.Uint32(src[4*i:])) & mask
		}
	case kernel.S24LE:
		// The top byte may be anything.
		for i := range dst {
			dst[i] = int32(binary.LittleEndian.Uint32(src[4*i:])<<8) & mask
		}
	case kernel.S24LE3:
		for i := range dst {
			s := src[3*i : 3*i+3 : 3*i+3]
			dst[i] = int32(uint32(s[0])<<8|uint32(s[1])<<16|uint32(s[2])<<24) & mask
		}
	case kernel.S16LE:
		for i := range dst {
			dst[i] = int32(uint32(binary.LittleEndian.Uint16(src[2*i:]))<<16) & mask
		}
	}
}
