package vibration

import (
	"encoding/binary"
	"math"
	"testing"
)

// FuzzMeter builds a meter from any settings and feeds it any samples: no panic,
// and levels that are possible.
func FuzzMeter(f *testing.F) {
	f.Add(12800.0, 157.0, 256, 10.0, 1000.0, []byte("some bytes of vibration"))
	f.Add(200.0, 19.6, 32, 10.0, 100.0, []byte{0, 0, 0, 128, 255, 255, 255, 127})
	f.Add(1e-3, 1e300, 32, 1e-4, 4e-4, []byte{1, 2, 3, 4, 5})
	f.Fuzz(func(t *testing.T, rate, full float64, segment int, low, high float64, raw []byte) {
		m, err := NewMeter(Config{
			SampleRateHz: rate, FullScaleMPerS2: full, SegmentLength: segment,
			Velocity: Band{low, high}, Bands: []Band{{low, high}},
		})
		if err != nil || segment > 2048 || len(raw) == 0 {
			return
		}
		pcm := make([]int32, 2*segment)
		for i := range pcm {
			var word [4]byte
			for k := range word {
				word[k] = raw[(4*i+k)%len(raw)]
			}
			pcm[i] = int32(binary.LittleEndian.Uint32(word[:]))
		}
		m.Write(pcm)
		m.Gap(uint64(len(raw)))
		m.Write(pcm[:segment/2])
		got := m.Features()
		if got.Segments != 3 || got.Gaps != 1 {
			t.Fatalf("%d segments, %d gaps", got.Segments, got.Gaps)
		}
		if math.IsNaN(got.AccelRMSMPerS2) || got.AccelRMSMPerS2 > full || got.AccelPeakMPerS2 > 2*full {
			t.Fatalf("acceleration of %g m/s² RMS, %g at its peak", got.AccelRMSMPerS2, got.AccelPeakMPerS2)
		}
		if got.CrestFactor < 0 || math.IsNaN(got.Kurtosis) {
			t.Fatalf("crest factor %g, kurtosis %g", got.CrestFactor, got.Kurtosis)
		}
	})
}
