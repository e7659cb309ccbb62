package dsp

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"
)

// FuzzFrontEnd builds a front end from arbitrary parameters and feeds it
// arbitrary samples in arbitrary blocks: no panic, and each level and code in
// range.
func FuzzFrontEnd(f *testing.F) {
	f.Add(16000, 1024, 512, 128, false, 0.0, 8000.0, -80.0, 40.0, uint8(3), []byte("samples"))
	f.Add(48000, 32, 1, 4, true, 20.0, 20000.0, -200.0, 100.0, uint8(0), []byte{0, 0, 0, 0x80, 0xFF, 0xFF, 0xFF, 0x7F})
	f.Add(1, 64, 64, 1, true, 0.1, 0.5, 0.0, 1.0, uint8(255), []byte{})
	f.Add(768000, 256, 3, 1024, false, 0.0, math.Inf(1), math.NaN(), 40.0, uint8(9), []byte{1, 2, 3, 4})
	f.Fuzz(func(
		t *testing.T, rate, length, hop, bands int, htk bool, minHz, maxHz, minDB, maxDB float64, block uint8, raw []byte,
	) {
		p := Profile{SampleRateHz: rate, FrameLength: length, HopLength: hop, Bands: bands, Scale: Slaney,
			MinHz: minHz, MaxHz: maxHz, MinDB: minDB, MaxDB: maxDB}
		switch {
		case htk:
			p.Scale = HTK
		case bands%2 == 1:
			p.Scale = Linear
		}
		front, err := NewFrontEnd(p)
		if invalid := p.Validate(); (err == nil) != (invalid == nil) {
			t.Fatalf("NewFrontEnd: %v, Validate: %v", err, invalid)
		}
		if err != nil {
			if !strings.HasPrefix(err.Error(), "dsp: ") || strings.Contains(err.Error(), "\n") {
				t.Fatalf("error %q", err)
			}
			return
		}
		if length > 4096 {
			return // nothing new, only slow
		}
		pcm := make([]int32, 0, length+4*hop)
		for i := range cap(pcm) {
			var word [4]byte
			for k := range word {
				if len(raw) > 0 {
					word[k] = raw[(4*i+k)%len(raw)]
				}
			}
			pcm = append(pcm, int32(binary.LittleEndian.Uint32(word[:])))
		}
		q := NewQuantiser(p)
		codes := make([]int8, bands)
		n := 0
		for rest := pcm; len(rest) > 0; {
			size := min(int(block)+1, len(rest))
			front.Write(rest[:size], func(frame []DB) {
				n++
				q.Quantise(codes, frame)
				for b, level := range frame {
					// The spectrum of full scale is at most the window's sum.
					_, weights, shift := front.bank.Weights(b)
					var sum float64
					for _, w := range weights {
						sum += math.Ldexp(float64(w), -shift)
					}
					top := 10*math.Log10(sum) + 20*math.Log10(float64(length)/2)
					if level < dbFloor || level.Float64() > max(top, FloorDB)+0.001 {
						t.Fatalf("band %d: %g dB, want %d to %g", b, level.Float64(), FloorDB, top)
					}
					inside := math.Max(minDB, math.Min(maxDB, level.Float64()))
					if back := dbOf(q, codes[b]); math.Abs(back-inside) > (maxDB-minDB)/255*0.5+1e-5 {
						t.Fatalf("%g dB became code %d, which is %g dB", level.Float64(), codes[b], back)
					}
				}
			})
			rest = rest[size:]
		}
		if n != 5 {
			t.Fatalf("%d frames, want 5", n)
		}
	})
}
