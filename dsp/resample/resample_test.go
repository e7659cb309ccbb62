package resample

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/big"
	"math/cmplx"
	"math/rand/v2"
	"slices"
	"testing"
)

// outputSHA256 is over coefficients and outputs of several ratios: the same on
// every architecture.
const outputSHA256 = "dc408bc5bd59f345ddd74cb7e0b4ecf6068730604f494fd4fc42c4a2f1503c6c"

// convert resamples a whole signal in one call.
func convert(t testing.TB, fromHz, toHz int, pcm []int32) []int32 {
	t.Helper()
	r, err := New(fromHz, toHz)
	if err != nil {
		t.Fatal(err)
	}
	var out []int32
	r.Write(pcm, func(b []int32) { out = append(out, b...) })
	return out
}

var ratios = [][2]int{
	{48000, 16000}, {44100, 16000}, {32000, 16000}, {96000, 16000}, {192000, 16000}, {22050, 16000}, {8000, 1000},
	{48000, 44100}, {64000, 1000}, {16000, 16000},
}

// TestResponse evaluates the filter's response on a fine grid up to half of the
// old rate, images of the lower rates included.
func TestResponse(t *testing.T) {
	for _, c := range ratios {
		r, err := New(c[0], c[1])
		if err != nil {
			t.Fatal(err)
		}
		if r.down == 1 {
			continue
		}
		// The prototype at up times the old rate, put together again.
		h := make([]float64, r.taps*r.up)
		for p, phase := range r.phases {
			for j, v := range phase {
				h[p+r.up*(r.taps-1-j)] = float64(v) / (1 << coefficientBits) / float64(r.up)
			}
		}
		gainDB := func(hz float64) float64 {
			step := cmplx.Rect(1, -2*math.Pi*hz/(float64(c[0])*float64(r.up)))
			var sum complex128
			for i := len(h) - 1; i >= 0; i-- { // Horner
				sum = sum*step + complex(h[i], 0)
			}
			return 20 * math.Log10(cmplx.Abs(sum))
		}
		ripple, stop := 0.0, math.Inf(-1)
		const points = 60
		for i := range points + 1 {
			pass := passEdge * float64(c[1]) * float64(i) / points
			ripple = max(ripple, math.Abs(gainDB(pass)))
		}
		highest := float64(c[0]) * float64(r.up) / 2
		for i := range 4 * points {
			hz := stopEdge * float64(c[1]) * (1 + float64(i)/40) // dense where the side lobes are high
			if i >= 2*points {
				hz += (highest - hz) * float64(i-2*points) / (2 * points)
			}
			if hz <= highest {
				stop = max(stop, gainDB(hz))
			}
		}
		var most uint64
		for _, phase := range r.phases {
			most = max(most, norm(phase))
		}
		t.Logf("%d to %d Hz: %d phases of %d taps, ripple %.5f dB to %.0f Hz, stopband %.1f dB from %.0f Hz, S %.3f",
			c[0], c[1], r.up, r.taps, ripple, passEdge*float64(c[1]), stop, stopEdge*float64(c[1]),
			float64(most)/(1<<coefficientBits))
		if ripple > 0.01 || stop > -85 {
			t.Errorf("%d to %d Hz: ripple %.4f dB, want at most 0.01; stopband %.1f dB, want at most -85",
				c[0], c[1], ripple, stop)
		}
	}
}

// TestSweep measures with full-scale tones through the filter itself.
func TestSweep(t *testing.T) {
	for _, c := range ratios[:3] {
		r, err := New(c[0], c[1])
		if err != nil {
			t.Fatal(err)
		}
		n := 8 * r.taps
		pcm := make([]int32, n)
		level := func(hz float64) float64 {
			for i := range pcm {
				pcm[i] = int32(math.Round((1<<31 - 1<<16) * math.Sin(2*math.Pi*hz*float64(i)/float64(c[0]))))
			}
			r.Reset()
			var out []int32
			r.Write(pcm, func(b []int32) { out = append(out, b...) })
			out = out[(r.taps*r.up+r.down-1)/r.down:] // settled
			if hz >= stopEdge*float64(c[1]) {
				var sum float64 // all that is left is alias
				for _, v := range out {
					sum += float64(v) * float64(v)
				}
				return 10*math.Log10(sum/float64(len(out))) - 10*math.Log10(0.5) - 20*math.Log10(1<<31-1<<16)
			}
			// The tone's amplitude by least squares.
			var ss, cc, sc, xs, xc float64
			for i, v := range out {
				s, co := math.Sincos(2 * math.Pi * hz * float64(i) / float64(c[1]))
				ss, cc, sc, xs, xc = ss+s*s, cc+co*co, sc+s*co, xs+float64(v)*s, xc+float64(v)*co
			}
			det := ss*cc - sc*sc
			a, b := (xs*cc-xc*sc)/det, (xc*ss-xs*sc)/det
			return 20*math.Log10(math.Hypot(a, b)) - 20*math.Log10(1<<31-1<<16)
		}
		for i := range 16 {
			hz := passEdge * float64(c[1]) * (0.01 + 0.99*float64(i)/15)
			if got := level(hz); math.Abs(got) > 0.01 {
				t.Errorf("%d to %d Hz: %.0f Hz passes with %.4f dB", c[0], c[1], hz, got)
			}
		}
		for i := range 24 {
			hz := stopEdge*float64(c[1]) + float64(c[0]-c[1])/2*math.Pow(float64(i)/23.5, 2)
			if got := level(hz); got > -82 {
				t.Errorf("%d to %d Hz: %.0f Hz leaves %.1f dB, want at most -82", c[0], c[1], hz, got)
			}
		}
	}
}

// TestAgainstConvolution compares with the textbook: zeros between the samples,
// convolution in big integers, every down-th value.
func TestAgainstConvolution(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, c := range ratios {
		r, err := New(c[0], c[1])
		if err != nil {
			t.Fatal(err)
		}
		pcm := make([]int32, 3*r.taps+2500)
		for i := range pcm {
			pcm[i] = int32(rng.Uint32())
			if i < r.taps { // as large as it can get
				if pcm[i] = math.MaxInt32; r.phases[0][r.taps-1-i] < 0 {
					pcm[i] = math.MinInt32
				}
			}
		}
		got := convert(t, c[0], c[1], pcm)
		if want := (len(pcm)*r.up + r.down - 1) / r.down; len(got) != want {
			t.Fatalf("%d to %d Hz: %d samples of %d, want %d", c[0], c[1], len(got), len(pcm), want)
		}
		for k := range got {
			if k > 40 && k%37 != 0 && k < len(got)-10 {
				continue // big integers are slow
			}
			newest, phase := k*r.down/r.up, k*r.down%r.up
			sum := new(big.Int)
			for j, v := range r.phases[phase] {
				if i := newest - (r.taps - 1 - j); i >= 0 {
					sum.Add(sum, new(big.Int).Mul(big.NewInt(int64(v)), big.NewInt(int64(pcm[i]))))
				}
			}
			sum.Add(sum, big.NewInt(1<<(coefficientBits-1)))
			sum.Rsh(sum, coefficientBits)
			want := max(min(sum.Int64(), math.MaxInt32), math.MinInt32)
			if !sum.IsInt64() || int64(got[k]) != want {
				t.Fatalf("%d to %d Hz: output %d is %d, want %d", c[0], c[1], k, got[k], want)
			}
		}
	}
}

func TestAnyBlockSizeGivesTheSameSamples(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	h := sha256.New()
	for _, c := range ratios {
		r, err := New(c[0], c[1])
		if err != nil {
			t.Fatal(err)
		}
		pcm := make([]int32, 2*r.taps+3000)
		for i := range pcm {
			pcm[i] = int32(rng.Uint32()) >> rng.IntN(20)
		}
		want := convert(t, c[0], c[1], pcm)
		for _, v := range append(slices.Clone(r.phases), want) {
			if err := binary.Write(h, binary.LittleEndian, v); err != nil {
				t.Fatal(err)
			}
		}
		for _, size := range []int{1, 7, 160, 1023, 1024, 1025, 5000, -1} {
			r.Reset()
			var got []int32
			for rest := pcm; len(rest) > 0; {
				n := size
				if size < 0 {
					n = rng.IntN(500)
				}
				n = min(n, len(rest))
				r.Write(rest[:n], func(b []int32) {
					if len(b) == 0 {
						t.Fatal("emitted nothing")
					}
					got = append(got, b...)
				})
				rest = rest[n:]
			}
			if !slices.Equal(got, want) {
				t.Errorf("%d to %d Hz: blocks of %d give other samples", c[0], c[1], size)
			}
		}
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != outputSHA256 {
		t.Errorf("SHA-256 is %s, want %s", got, outputSHA256)
	}
}

func TestConstantAndDelay(t *testing.T) {
	for _, c := range ratios {
		r, err := New(c[0], c[1])
		if err != nil {
			t.Fatal(err)
		}
		pcm := slices.Repeat([]int32{123456789}, 3*r.taps+10)
		out := convert(t, c[0], c[1], pcm)
		if got := out[len(out)-1]; got != 123456789 {
			t.Errorf("%d to %d Hz: a constant becomes %d", c[0], c[1], got)
		}
		// Below half of the passband an impulse's centre of mass is the delay.
		clear(pcm)
		pcm[r.taps] = 1 << 30
		var sum, moment float64
		for k, v := range convert(t, c[0], c[1], pcm) {
			sum += float64(v)
			moment += float64(v) * (float64(k*c[0])/float64(c[1]) - float64(r.taps))
		}
		if got := moment / sum; math.Abs(got-r.DelaySamples()) > 0.01*float64(c[0])/float64(c[1]) {
			t.Errorf("%d to %d Hz: delay %.3f samples, want %.3f", c[0], c[1], got, r.DelaySamples())
		}
		if r.FromHz() != c[0] || r.ToHz() != c[1] {
			t.Errorf("rates %d, %d", r.FromHz(), r.ToHz())
		}
	}
}

// TestLimits takes the highest rate, the highest ratio and the most phases.
func TestLimits(t *testing.T) {
	for _, c := range [][2]int{{768000, 12000}, {64, 1}, {1025, 1024}, {1, 1}} {
		if _, err := New(c[0], c[1]); err != nil {
			t.Error(err)
		}
	}
	for _, c := range [][2]int{{65, 1}, {1026, 1025}, {0, 0}, {1, 0}} {
		if _, err := New(c[0], c[1]); err == nil {
			t.Errorf("%d to %d is taken", c[0], c[1])
		}
	}
}

func TestNewRejects(t *testing.T) {
	for _, c := range [][2]int{
		{0, 16000}, {16000, 0}, {16000, 48000}, {768001, 16000}, {768000, 1000}, {-1, -1}, {48000, 15999}, {math.MaxInt, 1},
	} {
		if r, err := New(c[0], c[1]); err == nil {
			t.Errorf("%d to %d Hz gives %d phases", c[0], c[1], len(r.phases))
		} else {
			t.Log(err)
		}
	}
}

func TestWriteDoesNotAllocate(t *testing.T) {
	r, err := New(44100, 16000)
	if err != nil {
		t.Fatal(err)
	}
	d, err := NewDCBlocker(16000, 5)
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int32, 441)
	n := 0
	emit := func(b []int32) { d.Process(b, b); n += len(b) }
	if allocs := testing.AllocsPerRun(20, func() { r.Write(pcm, emit) }); allocs != 0 || n == 0 {
		t.Errorf("%v allocations, %d samples", allocs, n)
	}
}

func BenchmarkWrite48To16(b *testing.B) {
	r, err := New(48000, 16000)
	if err != nil {
		b.Fatal(err)
	}
	pcm := make([]int32, 480) // 10 ms
	for b.Loop() {
		r.Write(pcm, func([]int32) {})
	}
}
