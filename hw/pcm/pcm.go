package pcm

import (
	"encoding/binary"
	"math"
)

// Kind says what a sample's bytes are.
type Kind uint8

// Kinds of samples.
const (
	Integer  Kind = iota // two's complement
	Unsigned             // one byte, 128 is silence
	Float                // IEEE 754, full scale 1, of 2, 4 or 8 bytes
	ALaw                 // G.711, one byte
	MuLaw                // G.711, one byte
)

// Encoding is how samples are written.
type Encoding struct {
	Kind      Kind
	Bytes     int  // of a sample: 1 to 4, of floats 2, 4 or 8
	BigEndian bool // the highest byte comes first
	Low       bool // an integer of 24 bits in the lower of 4 bytes
}

// Valid says whether there are such samples.
func (e Encoding) Valid() bool {
	switch e.Kind {
	case Integer:
		return e.Bytes >= 1 && e.Bytes <= 4
	case Float:
		return e.Bytes == 2 || e.Bytes == 4 || e.Bytes == 8
	case Unsigned, ALaw, MuLaw:
		return e.Bytes == 1
	}
	return false
}

// Bits returns how many bits of a sample in Q31 can differ from 0, at most.
func (e Encoding) Bits() int {
	switch {
	case e.Kind == ALaw:
		return aLawBits
	case e.Kind == MuLaw:
		return muLawBits
	case e.Kind == Float && e.Bytes > 2:
		return 32
	case e.Kind == Float:
		return 25 // 2^-24 is the least float of 16 bits
	case e.Low:
		return 24
	}
	return 8 * e.Bytes
}

// Decode writes the samples in raw, a whole number of them, to pcm in Q31.
func (e Encoding) Decode(pcm []int32, raw []byte) {
	pcm = pcm[:len(raw)/e.Bytes]
	switch {
	case e.Kind == Float:
		for i := range pcm {
			pcm[i] = FromFloat(e.float(raw[e.Bytes*i:]))
		}
	case e.Kind == ALaw:
		for i := range pcm {
			pcm[i] = fromALaw(raw[i])
		}
	case e.Kind == MuLaw:
		for i := range pcm {
			pcm[i] = fromMuLaw(raw[i])
		}
	case e.Kind == Unsigned:
		for i := range pcm {
			pcm[i] = int32(raw[i]^0x80) << 24
		}
	case e.Bytes == 1:
		for i := range pcm {
			pcm[i] = int32(raw[i]) << 24
		}
	case e.BigEndian:
		e.decodeBig(pcm, raw)
	default:
		e.decodeLittle(pcm, raw)
	}
	if e.Low {
		for i := range pcm {
			pcm[i] <<= 8
		}
	}
}

func (e Encoding) decodeLittle(pcm []int32, raw []byte) {
	switch e.Bytes {
	case 2:
		for i := range pcm {
			pcm[i] = int32(binary.LittleEndian.Uint16(raw[2*i:])) << 16
		}
	case 3:
		for i := range pcm {
			b := raw[3*i:][:3]
			pcm[i] = int32(b[0])<<8 | int32(b[1])<<16 | int32(b[2])<<24
		}
	default:
		for i := range pcm {
			pcm[i] = int32(binary.LittleEndian.Uint32(raw[4*i:]))
		}
	}
}

func (e Encoding) decodeBig(pcm []int32, raw []byte) {
	switch e.Bytes {
	case 2:
		for i := range pcm {
			pcm[i] = int32(binary.BigEndian.Uint16(raw[2*i:])) << 16
		}
	case 3:
		for i := range pcm {
			b := raw[3*i:][:3]
			pcm[i] = int32(b[2])<<8 | int32(b[1])<<16 | int32(b[0])<<24
		}
	default:
		for i := range pcm {
			pcm[i] = int32(binary.BigEndian.Uint32(raw[4*i:]))
		}
	}
}

// Floats writes the samples in raw, a whole number of floats, to x as they are.
func (e Encoding) Floats(x []float64, raw []byte) {
	x = x[:len(raw)/e.Bytes]
	if e.Bytes == 4 && !e.BigEndian { // nearly all are
		for i := range x {
			x[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:])))
		}
		return
	}
	for i := range x {
		x[i] = e.float(raw[e.Bytes*i:])
	}
}

func (e Encoding) float(raw []byte) float64 {
	var order binary.ByteOrder = binary.LittleEndian
	if e.BigEndian {
		order = binary.BigEndian
	}
	switch e.Bytes {
	case 2:
		return Half(order.Uint16(raw))
	case 4:
		return float64(math.Float32frombits(order.Uint32(raw)))
	}
	return math.Float64frombits(order.Uint64(raw))
}

// Half returns a float of 16 bits (IEEE 754): a sign, 5 bits of exponent, 10 of fraction.
func Half(b uint16) float64 {
	exponent, fraction := int(b>>10&0x1f), float64(b&0x3ff)
	x := math.Ldexp(1024+fraction, exponent-25)
	switch {
	case exponent == 0:
		x = math.Ldexp(fraction, -24)
	case exponent == 0x1f && fraction == 0:
		x = math.Inf(1)
	case exponent == 0x1f:
		x = math.NaN()
	}
	if b>>15 != 0 {
		return -x
	}
	return x
}

// FromFloat returns x, full scale 1, in Q31.
func FromFloat(x float64) int32 {
	v := x * (1 << 31)
	switch {
	case v != v:
		return 0
	case v >= math.MaxInt32:
		return math.MaxInt32
	case v <= math.MinInt32:
		return math.MinInt32
	}
	return int32(math.RoundToEven(v))
}
