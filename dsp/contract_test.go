package dsp

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	godsp "github.com/mjibson/go-dsp/fft"

	"github.com/auscult/auscult/dsp/fft"
)

// outputSHA256 is over all golden cases' frames, and tablesSHA256 over all
// tables of several profiles. Both are the same on every architecture: run this
// test there, natively or under emulation. They change only when the contract
// does, and then models must be trained anew.
const (
	outputSHA256 = "b37eb3945642b89ff8d70e73443b6e428c9e5a80715803d74b0ba8a6f134ad4b"
	tablesSHA256 = "2f2b4ac0a00c306df1068579147d941ffd8d9254d5d05e932e4eebb22dced7c0"
)

// digest returns the SHA-256 of fixed-size values, little-endian, in hex.
func digest(t testing.TB, values ...any) string {
	t.Helper()
	h := sha256.New()
	for _, v := range values {
		if err := binary.Write(h, binary.LittleEndian, v); err != nil {
			t.Fatal(err)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

func TestOutputIsTheSameEverywhere(t *testing.T) {
	eachImplementation(t, func(t *testing.T) {
		var all []any
		for _, c := range goldenCases(t) {
			q := NewQuantiser(c.Profile)
			for _, frame := range frames(t, c.Profile, c.pcm(t)) {
				codes := make([]int8, len(frame))
				q.Quantise(codes, frame)
				all = append(all, frame, codes)
			}
		}
		if got := digest(t, all...); got != outputSHA256 {
			t.Errorf("SHA-256 of the frames is %s, want %s", got, outputSHA256)
		}
	})
}

func TestTablesAreTheSameEverywhere(t *testing.T) {
	var all []any
	for _, change := range []func(*Profile){
		func(*Profile) {},
		func(p *Profile) { p.Scale = HTK },
		func(p *Profile) { p.FrameLength, p.HopLength, p.Bands = 512, 256, 64 },
		func(p *Profile) { p.SampleRateHz, p.FrameLength, p.MaxHz = 44100, 2048, 20000.5 },
		func(p *Profile) {
			p.SampleRateHz, p.FrameLength, p.Bands, p.MinHz, p.Scale = 48000, 16384, 1024, 12.25, HTK
		},
		func(p *Profile) { p.FrameLength, p.HopLength, p.Bands = 32, 8, 5 },
		func(p *Profile) { p.FrameLength, p.HopLength, p.Bands, p.Scale = 1500, 640, 100, Linear },
		func(p *Profile) { p.FrameLength, p.HopLength, p.Bands = 6250, 1000, 100 },
	} {
		p := DefaultProfile()
		change(&p)
		f, err := NewFrontEnd(p)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, f.spectrum.window, f.log[:])
		for b := range p.Bands {
			first, weights, shift := f.bank.Weights(b)
			all = append(all, int32(first), weights, int32(shift))
		}
		// The transform's factors show in the spectra of impulses.
		src, dst := make([]int32, p.FrameLength), make([]uint64, p.FrameLength/2+1)
		for _, i := range []int{1, 2, 3, 5, p.FrameLength - 1} {
			clear(src)
			src[0], src[i] = 1<<29, 1<<28
			f.spectrum.fft.Power(dst, src)
			all = append(all, slices.Clone(dst))
		}
	}
	if got := digest(t, all...); got != tablesSHA256 {
		t.Errorf("SHA-256 of the tables is %s, want %s", got, tablesSHA256)
	}
}

func TestWindow(t *testing.T) {
	for n := 32; n <= 16384; n *= 2 {
		w := newWindow(n)
		var sum uint64
		for i, got := range w {
			want := (1 - math.Cos(2*math.Pi*float64(i)/float64(n))) / 2 * (1 << windowBits)
			if math.Abs(float64(got)-want) > 0.50001 {
				t.Fatalf("length %d, value %d: %d, want %.2f", n, i, got, want)
			}
			sum += uint64(got)
		}
		// blockExponent relies on it.
		if limit := uint64(n)/2<<windowBits + uint64(n); sum > limit {
			t.Errorf("length %d: sum %d above %d", n, sum, limit)
		}
	}
}

func TestAnyBlockSizeGivesTheSameFrames(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, hop := range []int{512, 1024, 1, 77, 1000} {
		p := DefaultProfile()
		p.HopLength = hop
		pcm := make([]int32, 1024+hop*7+hop/2)
		for i := range pcm {
			pcm[i] = int32(rng.Uint32()) >> rng.IntN(24)
		}
		want := frames(t, p, pcm)
		if len(want) != 8 {
			t.Fatalf("hop %d: %d frames, want 8", hop, len(want))
		}
		for start := range want {
			// Frame i is what a clip that starts at i*hop has first.
			if alone := frames(t, p, pcm[start*hop:][:1024]); !slices.Equal(alone[0], want[start]) {
				t.Errorf("hop %d: frame %d does not start at sample %d", hop, start, start*hop)
			}
		}
		f, err := NewFrontEnd(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range []int{1, 2, 3, 160, 511, 512, 513, 1024, 5000, -1} {
			f.Reset()
			var got [][]DB
			for rest := pcm; len(rest) > 0; {
				n := size
				if size < 0 {
					n = rng.IntN(700) // 0 too
				}
				n = min(n, len(rest))
				f.Write(rest[:n], func(frame []DB) { got = append(got, slices.Clone(frame)) })
				rest = rest[n:]
			}
			if !slices.EqualFunc(got, want, slices.Equal) {
				t.Errorf("hop %d: blocks of %d give other frames", hop, size)
			}
		}
	}
}

func TestWriteDoesNotAllocate(t *testing.T) {
	f, err := NewFrontEnd(DefaultProfile())
	if err != nil {
		t.Fatal(err)
	}
	q := NewQuantiser(f.Profile())
	pcm, codes := make([]int32, 700), make([]int8, 128)
	for i := range pcm {
		pcm[i] = int32(i) << 18
	}
	n := 0
	allocs := testing.AllocsPerRun(50, func() {
		f.Write(pcm, func(frame []DB) {
			q.Quantise(codes, frame)
			n++
		})
	})
	if allocs != 0 || n == 0 {
		t.Errorf("%v allocations per block, %d frames", allocs, n)
	}
}

// adversarial returns frames that use the converter's whole range, named.
func adversarial(n int) map[string][]int32 {
	rng := rand.New(rand.NewPCG(7, 8))
	out := map[string][]int32{}
	for _, bits := range []int{16, 24, 32} {
		drop := 32 - bits
		top, bottom := int32(math.MaxInt32>>drop<<drop), int32(math.MinInt32)
		add := func(name string, value func(i int) int32) {
			pcm := make([]int32, n)
			for i := range pcm {
				pcm[i] = value(i)
			}
			out[fmt.Sprintf("%s, %d bit", name, bits)] = pcm
		}
		sign := func(positive bool) int32 {
			if positive {
				return top
			}
			return bottom
		}
		add("highest", func(int) int32 { return top })
		add("lowest", func(int) int32 { return bottom })
		add("alternating", func(i int) int32 { return sign(i%2 == 0) })
		for _, cycles := range []int{1, 2, 3, 7, 16, 63, 64, 100, 255, 256, 300, 511} {
			add(fmt.Sprintf("square of %d cycles", cycles), func(i int) int32 { return sign(i*cycles*2/n%2 == 0) })
			add(fmt.Sprintf("cosine signs of %d cycles", cycles), func(i int) int32 {
				return sign(math.Cos(2*math.Pi*float64(cycles*i)/float64(n)) >= 0)
			})
		}
		for k := range 20 {
			add(fmt.Sprintf("random signs %d", k), func(int) int32 { return sign(rng.IntN(2) == 0) })
			add(fmt.Sprintf("random %d", k), func(int) int32 { return int32(rng.Uint32()) >> drop << drop })
		}
		for _, at := range []int{0, 1, n/2 - 1, n / 2, n/2 + 1, n - 1} {
			add(fmt.Sprintf("impulse at %d", at), func(i int) int32 {
				if i == at {
					return bottom
				}
				return 0
			})
		}
		add("one unit", func(int) int32 { return 1 << drop })
	}
	return out
}

// TestFullScaleDoesNotOverflow compares full-scale frames with go-dsp's FFT in
// float64. Bands within 60 dB of the loudest are compared to 0.001 dB; further
// down, the block exponent's resolution shows (see TestGolden).
func TestFullScaleDoesNotOverflow(t *testing.T) {
	for _, n := range []int{32, 256, 1024, 2048, 16384} {
		p := DefaultProfile()
		p.FrameLength, p.HopLength, p.Bands, p.MaxHz = n, n, min(n/8, 128), 8000 // all of the spectrum
		f, err := NewFrontEnd(p)
		if err != nil {
			t.Fatal(err)
		}
		var worst float64
		count := 0
		for name, pcm := range adversarial(n) {
			x := make([]float64, n)
			for i, v := range pcm {
				x[i] = float64(v) / (1 << 31) * (1 - math.Cos(2*math.Pi*float64(i)/float64(n))) / 2
			}
			spectrum := godsp.FFTReal(x)
			want := make([]float64, p.Bands)
			for b := range want {
				first, weights, shift := f.bank.Weights(b)
				var power float64
				for k, w := range weights {
					v := spectrum[first+k]
					power += (real(v)*real(v) + imag(v)*imag(v)) * math.Ldexp(float64(w), -shift)
				}
				want[b] = max(10*math.Log10(power), FloorDB)
			}
			loudest := slices.Max(want)
			f.Reset()
			f.Write(pcm, func(frame []DB) {
				count++
				for b, level := range frame {
					e := math.Abs(level.Float64() - want[b])
					if want[b] < loudest-60 {
						continue
					}
					worst = max(worst, e)
					if e > 0.001 {
						t.Errorf("length %d, %s, band %d: %.5f dB, want %.5f", n, name, b, level.Float64(), want[b])
					}
				}
			})
		}
		t.Logf("length %d: %d frames, off by %.6f dB at most", n, count, worst)
	}
}

// TestBlockExponent checks that the exponent is the smallest that the bound
// allows.
func TestBlockExponent(t *testing.T) {
	f, err := NewFrontEnd(DefaultProfile())
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(9, 10))
	for range 300 {
		drop := rng.IntN(32)
		for i := range f.samples {
			f.samples[i] = int32(rng.Uint32()) >> drop
		}
		shift := f.spectrum.blockExponent(f.samples)
		scale(f.spectrum.scaled, f.samples, f.spectrum.window, shift)
		var sum, double [2]int64 // of even and of odd index
		for i, v := range f.spectrum.scaled {
			sum[i%2] += max(int64(v), -int64(v))
			p := int64(f.samples[i]) * int64(f.spectrum.window[i])
			double[i%2] += max(p, -p) >> max(shift-1, 0)
		}
		if max(sum[0], sum[1]) > fft.MaxL1 {
			t.Fatalf("samples of %d bits: sums %d exceed the transform's bound", 32-drop, sum)
		}
		if shift > 0 && max(double[0], double[1]) < fft.MaxL1-4096 {
			t.Fatalf("samples of %d bits: a shift of %d would do, not %d", 32-drop, shift-1, shift)
		}
	}
	clear(f.samples)
	if got := f.spectrum.blockExponent(f.samples); got != 0 {
		t.Errorf("silence: shift %d", got)
	}
}
