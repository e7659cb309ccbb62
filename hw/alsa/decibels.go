package alsa

import "math"

// What a driver says of a volume in decibels: a type, a length in bytes, and numbers in units of
// 0.01 dB. Linux, include/uapi/sound/tlv.h.
const (
	tlvContainer  = 0
	tlvScale      = 1 // lowest, step
	tlvLinear     = 2 // lowest and highest of an amplitude that grows evenly
	tlvRange      = 3 // first and last value, and what holds between them, one after the other
	tlvMinMax     = 4
	tlvMinMaxMute = 5

	tlvMute    = 0x10000  // of a step: the lowest value is silence
	linearMute = -9999999 // the lowest of an amplitude is none
)

// silenceDB stands for silence.
const silenceDB = -9999

// decibelsOf returns the gain of a value within its range, false where the driver does not say.
func decibelsOf(tlv []uint32, v, low, high int64) (db float64, ok bool) {
	return nested(tlv, v, low, high, 4)
}

// nested is decibelsOf to some depth.
func nested(tlv []uint32, v, low, high int64, depth int) (db float64, ok bool) {
	if len(tlv) < 2 || depth == 0 {
		return 0, false
	}
	data := tlv[2:]
	data = data[:min(len(data), int(tlv[1]/4))]
	if tlv[0] == tlvContainer || tlv[0] == tlvRange {
		return within(tlv[0], data, v, low, high, depth)
	}
	if len(data) < 2 {
		return 0, false
	}
	first, second := float64(int32(data[0]))/100, float64(int32(data[1]))/100
	share := 0.0
	if high > low {
		share = min(max(float64(v-low)/float64(high-low), 0), 1)
	}
	switch tlv[0] {
	case tlvScale:
		if data[1]&tlvMute != 0 && v <= low {
			return silenceDB, true
		}
		return first + float64(v-low)*float64(data[1]&0xffff)/100, true
	case tlvMinMaxMute:
		if v <= low {
			return silenceDB, true
		}
		return first + share*(second-first), true
	case tlvMinMax:
		return first + share*(second-first), true
	case tlvLinear:
		from, to := math.Pow(10, first/20), math.Pow(10, second/20)
		if int32(data[0]) <= linearMute {
			from = 0
		}
		if db := 20 * math.Log10(from+share*(to-from)); db > silenceDB {
			return db, true
		}
		return silenceDB, true
	}
	return 0, false
}

// within looks into what holds others.
func within(kind uint32, data []uint32, v, low, high int64, depth int) (db float64, ok bool) {
	for len(data) >= 2 {
		if kind == tlvRange {
			if len(data) < 4 {
				return 0, false
			}
			low, high, data = int64(int32(data[0])), int64(int32(data[1])), data[2:]
		}
		size := 2 + min(int(data[1]/4), len(data)-2)
		if kind == tlvContainer || v >= low && v <= high {
			if db, ok := nested(data[:size], v, low, high, depth-1); ok {
				return db, true
			}
		}
		data = data[size:]
	}
	return 0, false
}
