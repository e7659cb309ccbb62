package fft

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/auscult/auscult/dsp/dsptest"
	"github.com/auscult/auscult/dsp/internal/vector"
)

// withoutVector runs f with the generic code.
func withoutVector(f func()) {
	was := vector.On
	vector.On = false
	defer func() { vector.On = was }()
	f()
}

// TestVectorGivesTheSameBits compares assembly and generic code at every length,
// with operands between pages that must not be touched.
func TestVectorGivesTheSameBits(t *testing.T) {
	t.Logf("instruction set: %s, in use: %t", vector.Name, vector.On)
	rng := rand.New(rand.NewPCG(11, 12))
	for _, n := range lengths() {
		r, err := New(n)
		if err != nil {
			t.Fatal(err)
		}
		for name, src := range signals(n, rng) {
			if n > 2000 && name != "random" && name != "late impulse" {
				continue // lengths, not signals, make the difference
			}
			want := make([]uint64, n/2+1)
			withoutVector(func() { r.Power(want, src) })
			spectrum := slices.Clone(r.z)
			for _, atStart := range []bool{true, false} {
				in, out := dsptest.Guarded[int32](t, n, atStart), dsptest.Guarded[uint64](t, n/2+1, atStart)
				plain := r.z
				r.z = dsptest.Guarded[pair](t, n/2, atStart)
				copy(in, src)
				r.Power(out, in)
				if i := differ(r.z, spectrum); i >= 0 {
					t.Fatalf("length %d, %s: complex value %d is %d, want %d", n, name, i, r.z[i], spectrum[i])
				}
				if i := differ(out, want); i >= 0 {
					t.Fatalf("length %d, %s: power %d is %d, want %d", n, name, i, out[i], want[i])
				}
				r.z = plain
			}
		}
	}
}

// differ returns the first index where a and b differ, or -1.
func differ[T comparable](a, b []T) int {
	for i := range b {
		if a[i] != b[i] {
			return i
		}
	}
	return -1
}

// TestStageAlignments runs a stage at every offset of its operands from a
// multiple of a register's size.
func TestStageAlignments(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	r, err := New(2048)
	if err != nil {
		t.Fatal(err)
	}
	src := make([]int32, 2048+16)
	for i := range src {
		src[i] = rng.Int32N(1<<18) - 1<<17
	}
	memory, factors, out := make([]pair, 1024+8), make([]pair, 513+8), make([]uint64, 1025+8)
	split := r.split
	for offset := range 8 {
		in := src[offset:][:2048]
		want := make([]uint64, 1025)
		withoutVector(func() { r.Power(want, in) })
		r.z, r.split = memory[offset:][:1024], factors[offset:][:513]
		copy(r.split, split)
		got := out[offset:][:1025]
		before, after := uint64(7), uint64(9)
		if offset > 0 {
			out[offset-1] = before
		}
		if offset < 7 {
			out[offset+1025] = after
		}
		r.Power(got, in)
		if i := differ(got, want); i >= 0 {
			t.Fatalf("offset %d: power %d is %d, want %d", offset, i, got[i], want[i])
		}
		if offset > 0 && out[offset-1] != before || offset < 7 && out[offset+1025] != after {
			t.Fatalf("offset %d: memory beside the result is changed", offset)
		}
	}
}
