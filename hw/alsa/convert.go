package alsa

import (
	"encoding/binary"
	"math"

	"github.com/auscult/auscult/hw/alsa/internal/kernel"
)

// encoding is one of the sample formats that are read.
type encoding struct {
	name  string
	value uint // of kernel.Format
	bytes int
	bits  int // in the low end of the bytes; of a float, what it is read with
	as    kind
}

// kind is how the bytes of an encoding are to be understood.
type kind uint8

const (
	bigEndian kind = 1 << iota
	unsigned       // half of the range stands for 0
	float          // full scale is 1
)

// encodings are in order of preference: most bits first, whole words before packed ones,
// and integers, as converters give them, before floats.
var encodings = []encoding{
	{"S32_LE", kernel.S32LE, 4, 32, 0},
	{"S32_BE", kernel.S32BE, 4, 32, bigEndian},
	{"U32_LE", kernel.U32LE, 4, 32, unsigned},
	{"U32_BE", kernel.U32BE, 4, 32, unsigned | bigEndian},
	{"S24_LE", kernel.S24LE, 4, 24, 0},
	{"S24_3LE", kernel.S24LE3, 3, 24, 0},
	{"S24_BE", kernel.S24BE, 4, 24, bigEndian},
	{"S24_3BE", kernel.S24BE3, 3, 24, bigEndian},
	{"U24_LE", kernel.U24LE, 4, 24, unsigned},
	{"U24_BE", kernel.U24BE, 4, 24, unsigned | bigEndian},
	{"U24_3LE", kernel.U24LE3, 3, 24, unsigned},
	{"U24_3BE", kernel.U24BE3, 3, 24, unsigned | bigEndian},
	{"FLOAT_LE", kernel.FloatLE, 4, 32, float},
	{"FLOAT64_LE", kernel.Float64LE, 8, 32, float},
	{"FLOAT_BE", kernel.FloatBE, 4, 32, float | bigEndian},
	{"FLOAT64_BE", kernel.Float64BE, 8, 32, float | bigEndian},
	{"S20_LE", kernel.S20LE, 4, 20, 0},
	{"S20_3LE", kernel.S20LE3, 3, 20, 0},
	{"S20_BE", kernel.S20BE, 4, 20, bigEndian},
	{"S20_3BE", kernel.S20BE3, 3, 20, bigEndian},
	{"S18_3LE", kernel.S18LE3, 3, 18, 0},
	{"S18_3BE", kernel.S18BE3, 3, 18, bigEndian},
	{"S16_LE", kernel.S16LE, 2, 16, 0},
	{"S16_BE", kernel.S16BE, 2, 16, bigEndian},
	{"U16_LE", kernel.U16LE, 2, 16, unsigned},
	{"U16_BE", kernel.U16BE, 2, 16, unsigned | bigEndian},
	{"S8", kernel.S8, 1, 8, 0},
	{"U8", kernel.U8, 1, 8, unsigned},
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
	default:
		for i := range dst {
			dst[i] = e.sample(src[i*e.bytes:(i+1)*e.bytes]) & mask
		}
	}
}

// sample translates one sample of any encoding.
func (e encoding) sample(src []byte) int32 {
	var word uint64
	for i := range src {
		at := i
		if e.as&bigEndian != 0 {
			at = len(src) - 1 - i
		}
		word |= uint64(src[at]) << (8 * i)
	}
	switch {
	case e.as&float != 0 && e.bytes == 8:
		return fromFloat(math.Float64frombits(word))
	case e.as&float != 0:
		return fromFloat(float64(math.Float32frombits(uint32(word))))
	}
	x := uint32(word << (32 - e.bits))
	if e.as&unsigned != 0 {
		x ^= 1 << 31
	}
	return int32(x)
}

// fromFloat returns the nearest value in Q31. What is beyond full scale is at its end, and
// what is no number is silence.
func fromFloat(x float64) int32 {
	if math.IsNaN(x) {
		return 0
	}
	return int32(min(max(math.RoundToEven(x*(1<<31)), math.MinInt32), math.MaxInt32))
}
