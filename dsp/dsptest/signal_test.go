package dsptest

import (
	"math"
	"slices"
	"testing"
)

func TestComponents(t *testing.T) {
	for _, c := range []struct {
		name   string
		signal Signal
		want   []int32
	}{
		{"dc", Signal{3, 32, []Component{{Kind: "dc", Amplitude: -5}}}, []int32{-5, -5, -5}},
		{"tone", Signal{4, 32, []Component{{Kind: "tone", Amplitude: 1000, Step: 1 << 62}}}, []int32{0, 1000, 0, -1000}},
		{"square", Signal{4, 32, []Component{{Kind: "square", Amplitude: 7, Step: 1 << 62}}}, []int32{7, 7, -7, -7}},
		{"impulses", Signal{5, 32, []Component{{Kind: "impulses", Amplitude: 9, Period: 3}}}, []int32{9, 0, 0, 9, 0}},
		{
			"sum is limited", Signal{2, 32, []Component{{Kind: "dc", Amplitude: 1 << 31}, {Kind: "dc", Amplitude: 5}}},
			[]int32{math.MaxInt32, math.MaxInt32},
		},
		{"16 bit", Signal{1, 16, []Component{{Kind: "dc", Amplitude: 0x18000}}}, []int32{0x20000}},
		{"16 bit, limited", Signal{1, 16, []Component{{Kind: "dc", Amplitude: math.MaxInt32}}}, []int32{0x7FFF0000}},
		{"8 bit, limited below", Signal{1, 8, []Component{{Kind: "dc", Amplitude: -1 << 40}}}, []int32{math.MinInt32}},
		{"nothing", Signal{2, 24, nil}, []int32{0, 0}},
	} {
		if got, err := c.signal.PCM(); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %d, want %d, error %v", c.name, got, c.want, err)
		}
	}
	for _, s := range []Signal{{1, 0, nil}, {1, 33, nil}, {-1, 16, nil}, {1, 16, []Component{{Kind: "chirp"}}}} {
		if _, err := s.PCM(); err == nil {
			t.Errorf("%+v: no error", s)
		}
	}
}

func TestNoiseIsUniform(t *testing.T) {
	pcm, err := Signal{1 << 16, 32, []Component{{Kind: "noise", Amplitude: 1 << 30, Seed: 1}}}.PCM()
	if err != nil {
		t.Fatal(err)
	}
	var sum, square float64
	for _, x := range pcm {
		v := float64(x) / (1 << 30)
		sum, square = sum+v, square+v*v
	}
	n := float64(len(pcm))
	if mean, power := sum/n, square/n; math.Abs(mean) > 0.01 || math.Abs(power-1.0/3) > 0.01 || slices.Min(pcm) < -1<<30 ||
		slices.Max(pcm) > 1<<30 {
		t.Errorf("mean %.4f, power %.4f", mean, power)
	}
}
