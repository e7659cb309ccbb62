package pcm

// Significant bits of what G.711 stands for.
const (
	aLawBits  = 13
	muLawBits = 14
)

// fromALaw returns the sample that a code of G.711's A-law stands for, in Q31: the middle
// of its interval, of 13 bits with sign.
func fromALaw(code byte) int32 {
	code ^= 0x55 // even bits are sent inverted
	magnitude := int32(code&0x0f)<<1 | 1
	if segment := code >> 4 & 7; segment > 0 {
		magnitude = (magnitude | 0x20) << (segment - 1)
	}
	if code&0x80 == 0 {
		magnitude = -magnitude
	}
	return magnitude << (32 - aLawBits)
}

// fromMuLaw returns the sample that a code of G.711's mu-law stands for, in Q31: the
// middle of its interval, of 14 bits with sign.
func fromMuLaw(code byte) int32 {
	const bias = 33
	code = ^code // all bits are sent inverted
	magnitude := (int32(code&0x0f)<<1|bias)<<(code>>4&7) - bias
	if code&0x80 != 0 {
		magnitude = -magnitude
	}
	return magnitude << (32 - muLawBits)
}
