package dsp

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/auscult/auscult/dsp/dsptest"
	"github.com/auscult/auscult/dsp/internal/vector"
	"github.com/auscult/auscult/dsp/mel"
)

// eachImplementation runs f as a subtest with the generic code and, where there
// is some, with assembly.
func eachImplementation(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	was := vector.On
	t.Cleanup(func() { vector.On = was })
	vector.On = false
	t.Run("generic", f)
	if vector.Name != "generic" {
		vector.On = true
		t.Run(vector.Name, f)
	}
}

// TestWindowingGivesTheSameBits compares sums and scaling with their definition
// at every even length round the assembly's block, every shift, and with operands
// between pages that must not be touched.
func TestWindowingGivesTheSameBits(t *testing.T) {
	eachImplementation(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(15, 16))
		for n := 0; n < 76; n += 2 {
			for _, atStart := range []bool{true, false} {
				samples := dsptest.Guarded[int32](t, n, atStart)
				window := dsptest.Guarded[uint32](t, n, atStart)
				scaled := dsptest.Guarded[int32](t, n, atStart)
				for i := range samples {
					samples[i] = []int32{int32(rng.Uint32()), math.MinInt32, math.MaxInt32, 0, -1, 1}[rng.IntN(6)]
					window[i] = []uint32{rng.Uint32N(1<<30 + 1), 0, 1 << 30, 1}[rng.IntN(4)]
				}
				var even, odd uint64
				for i, x := range samples {
					sum := &even
					if i%2 == 1 {
						sum = &odd
					}
					*sum += uint64(max(int64(x), -int64(x))) * uint64(window[i]) >> l1Drop
				}
				if e, o := l1(samples, window); e != even || o != odd {
					t.Fatalf("%d samples: sums %d and %d, want %d and %d", n, e, o, even, odd)
				}
				for shift := range 46 {
					scale(scaled, samples, window, shift)
					for i, got := range scaled {
						want := int32((int64(samples[i])*int64(window[i]) + 1<<shift>>1) >> shift)
						if got != want {
							t.Fatalf("%d samples, shift %d: sample %d is %d, want %d", n, shift, i, got, want)
						}
					}
				}
			}
		}
	})
}

// TestLevelsGiveTheSameBits compares with one level at a time: sums of every
// size, also with halves that are not carried over, and every number of bands.
func TestLevelsGiveTheSameBits(t *testing.T) {
	table := newLogTable()
	eachImplementation(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(19, 20))
		for round := range 4000 {
			n := round % 21
			sums := dsptest.Guarded[mel.Sum](t, n, round%2 == 0)
			exponents := dsptest.Guarded[int32](t, n, round%2 == 0)
			levels := dsptest.Guarded[DB](t, n, round%2 == 0)
			for i := range sums {
				switch rng.IntN(8) {
				case 0:
					sums[i] = mel.Sum{}
				case 1:
					sums[i].Lo = 1 << rng.IntN(64)
				case 2:
					sums[i].Hi = 1 << rng.IntN(63)
				case 3:
					sums[i] = mel.Sum{Hi: 1<<rng.IntN(63) - 1, Lo: math.MaxUint32}
				case 4:
					sums[i] = mel.Sum{Hi: math.MaxUint64 - 1<<32, Lo: math.MaxUint64}
				default:
					sums[i] = mel.Sum{Hi: rng.Uint64() >> (1 + rng.IntN(63)), Lo: rng.Uint64() >> rng.IntN(64)}
				}
				exponents[i] = int32(rng.IntN(80) - 60)
			}
			exponent := 2 * (rng.IntN(42) - 61)
			table.levels(levels, sums, exponents, exponent)
			for i, got := range levels {
				if want := table.level(sums[i], exponent+int(exponents[i])); got != want {
					t.Fatalf("%d bands, %#x * 2^%d: %d, want %d", n, sums[i], exponent+int(exponents[i]), got, want)
				}
			}
		}
	})
}

// TestImplementationsAgree runs profiles with tails and mixed radices through
// both.
func TestImplementationsAgree(t *testing.T) {
	rng := rand.New(rand.NewPCG(17, 18))
	for _, length := range []int{
		32, 36, 40, 50, 54, 60, 64, 90, 128, 150, 160, 250, 256, 400, 480, 512, 750, 1000, 1024, 1458, 2048, 4096,
	} {
		p := DefaultProfile()
		p.FrameLength, p.HopLength, p.Scale = length, length/2+1, Linear
		p.Bands = min(length/4, 128)
		pcm := make([]int32, 4*length)
		for i := range pcm {
			pcm[i] = int32(rng.Uint32()) >> rng.IntN(31)
		}
		var all [][][]DB
		eachImplementation(t, func(t *testing.T) { all = append(all, frames(t, p, pcm)) })
		for _, got := range all[1:] {
			if !slices.EqualFunc(got, all[0], slices.Equal) {
				t.Errorf("frames of %d: other levels than the generic code's", length)
			}
		}
	}
}
