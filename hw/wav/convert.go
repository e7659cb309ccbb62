package wav

import (
	"encoding/binary"
	"math"
)

// convert writes the samples in raw, a whole number of them, to pcm in Q31.
func (h *header) convert(pcm []int32, raw []byte) {
	pcm = pcm[:len(raw)/h.width]
	switch {
	case h.tag == tagFloat && h.width == 4:
		for i := range pcm {
			pcm[i] = fromFloat(float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))))
		}
	case h.tag == tagFloat:
		for i := range pcm {
			pcm[i] = fromFloat(math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:])))
		}
	case h.tag == tagALaw:
		for i := range pcm {
			pcm[i] = fromALaw(raw[i])
		}
	case h.tag == tagMuLaw:
		for i := range pcm {
			pcm[i] = fromMuLaw(raw[i])
		}
	case h.width == 4 && h.format.BitsPerSample <= 24 && h.low:
		for i := range pcm {
			pcm[i] = int32(binary.LittleEndian.Uint32(raw[4*i:])) << 8
		}
	case h.width == 1:
		for i := range pcm {
			pcm[i] = int32(raw[i]^0x80) << 24
		}
	case h.width == 2:
		for i := range pcm {
			pcm[i] = int32(binary.LittleEndian.Uint16(raw[2*i:])) << 16
		}
	case h.width == 3:
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

// fromFloat returns x, full scale 1, in Q31.
func fromFloat(x float64) int32 {
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
