package resample

import (
	"encoding/binary"
	"slices"
	"testing"
)

// FuzzResampler writes any samples in any blocks at any rates: never a panic,
// the count that the ratio says, and the same samples however they are cut.
func FuzzResampler(f *testing.F) {
	f.Add(48000, 16000, 7000.0, uint8(7), []byte("some samples, not many"))
	f.Add(44100, 16000, 8000.0, uint8(0), make([]byte, 4000))
	f.Add(16001, 16000, 7000.0, uint8(3), make([]byte, 4000))
	f.Add(15999, 16000, 7000.0, uint8(90), make([]byte, 4000))
	f.Add(3, 2, 1.0, uint8(200), slices.Repeat([]byte{255, 255, 255, 127}, 900))
	f.Fuzz(func(t *testing.T, fromHz, toHz int, passHz float64, cut uint8, raw []byte) {
		if fromHz < 1 || toHz < 1 || fromHz > 32*toHz || toHz > 4*fromHz { // long filters are slow to make
			return
		}
		if p := newPrototype(fromHz, toHz, min(toHz/gcd(fromHz, toHz), maxPhases), passHz); p.length > 1<<14 {
			return
		}
		r, err := New(fromHz, toHz, passHz)
		if err != nil {
			return
		}
		pcm := make([]int32, len(raw)/4)
		for i := range pcm {
			pcm[i] = int32(binary.LittleEndian.Uint32(raw[4*i:]))
		}
		var whole, parts []int32
		r.Write(pcm, func(b []int32) { whole = append(whole, b...) })
		if want := (len(pcm)*r.up + r.down - 1) / r.down; len(whole) != want {
			t.Fatalf("%d samples, want %d", len(whole), want)
		}
		r.Reset()
		for block := range slices.Chunk(pcm, int(cut)+1) {
			r.Write(block, func(b []int32) { parts = append(parts, b...) })
		}
		if !slices.Equal(whole, parts) {
			t.Fatal("blocks give other samples")
		}
	})
}
