package dsp

import (
	"math"
	"testing"
)

// TestSineLevel checks the scale end to end: a full-scale sine on a bin has
// |X|^2 = (N/4)^2 there and a quarter of it beside.
func TestSineLevel(t *testing.T) {
	p := DefaultProfile()
	f, err := NewFrontEnd(p)
	if err != nil {
		t.Fatal(err)
	}
	const bin = 64 // 1 kHz
	pcm := make([]int32, p.FrameLength)
	for i := range pcm {
		pcm[i] = int32(math.Round((1<<31 - 1) * math.Sin(2*math.Pi*bin*float64(i)/float64(p.FrameLength))))
	}
	n := 0
	f.Write(pcm, func(frame []DB) {
		n++
		for b, got := range frame {
			first, weights, shift := f.bank.Weights(b)
			var power float64
			for k, w := range weights {
				share := map[int]float64{bin - 1: 0.25, bin: 1, bin + 1: 0.25}[first+k]
				power += share * 65536 * math.Ldexp(float64(w), -shift)
			}
			want := 10 * math.Log10(power)
			if want > -50 && math.Abs(got.Float64()-want) > 0.001 {
				t.Errorf("band %d: %.4f dB, want %.4f", b, got.Float64(), want)
			}
			if want < -50 && got.Float64() > -60 {
				t.Errorf("band %d: %.4f dB, want almost nothing", b, got.Float64())
			}
		}
	})
	if n != 1 {
		t.Errorf("%d frames, want 1", n)
	}
}

func BenchmarkFrame1024(b *testing.B) {
	p := DefaultProfile()
	f, err := NewFrontEnd(p)
	if err != nil {
		b.Fatal(err)
	}
	pcm := make([]int32, p.HopLength)
	x := uint32(1)
	for i := range pcm {
		x = x*1664525 + 1013904223
		pcm[i] = int32(x) >> 4
	}
	for range 2 { // so that each stage finds what the one before it leaves
		f.Write(pcm, func([]DB) {})
	}
	b.Run("all", func(b *testing.B) {
		for b.Loop() {
			f.Write(pcm, func([]DB) {})
		}
	})
	b.Run("exponent", func(b *testing.B) {
		for b.Loop() {
			f.spectrum.blockExponent(f.samples)
		}
	})
	b.Run("scale", func(b *testing.B) {
		for b.Loop() {
			scale(f.spectrum.scaled, f.samples, f.spectrum.window, 40)
		}
	})
	b.Run("fft", func(b *testing.B) {
		for b.Loop() {
			f.spectrum.fft.Power(f.spectrum.power, f.spectrum.scaled)
		}
	})
	b.Run("mel", func(b *testing.B) {
		for b.Loop() {
			f.bank.Apply(f.sums, f.spectrum.power)
		}
	})
	b.Run("log", func(b *testing.B) {
		for b.Loop() {
			f.log.levels(f.levels, f.sums, f.exponents, -40)
		}
	})
	b.Run("quantise", func(b *testing.B) {
		q := NewQuantiser(p)
		dst := make([]int8, p.Bands)
		for b.Loop() {
			q.Quantise(dst, f.levels)
		}
	})
}
