package resample

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"math/cmplx"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// outputSHA256 is over coefficients and outputs of several ratios: the same on
// every architecture.
const outputSHA256 = "1d36c2248ad71e0f312262bf8c1f2b9abd4979b8e0f21fb0a46a29d757d00154"

// conversion is from one rate to another, of sound up to some frequency.
type conversion struct {
	fromHz, toHz int
	passHz       float64
}

func (c conversion) String() string {
	return fmt.Sprintf("%d to %d Hz, to %g", c.fromHz, c.toHz, c.passHz)
}

// opened are the resamplers that tests have made: designing one takes seconds where floating
// point is emulated.
var opened = map[conversion]*Resampler{}

// open returns a conversion's resampler at its beginning. Tests share it.
func (c conversion) open(t testing.TB) *Resampler {
	t.Helper()
	r := opened[c]
	if r == nil {
		var err error
		if r, err = New(c.fromHz, c.toHz, c.passHz); err != nil {
			t.Fatal(err)
		}
		opened[c] = r
	}
	r.Reset()
	return r
}

// flatHz is up to where the conversion shall be flat.
func (c conversion) flatHz() float64 { return min(c.passHz, PassHz(c.fromHz, c.toHz)) }

// convert resamples a whole signal in one call, from its beginning.
func convert(r *Resampler, pcm []int32) []int32 {
	r.Reset()
	var out []int32
	r.Write(pcm, func(b []int32) { out = append(out, b...) })
	return out
}

// phase returns the coefficients that value phase of up is computed with, in Q30.
func phase(r *Resampler, phase int) []float64 {
	row := func(h []int32, factor float64) []float64 {
		out := make([]float64, len(h))
		for i, v := range h {
			out[i] = float64(v) * factor
		}
		return out
	}
	switch f := r.filter.(type) {
	case *polyphase:
		return row(f.phases[phase], 1)
	case *decimator:
		h := append(slices.Clone(f.half), f.middle)
		for i := range f.half {
			h = append(h, f.half[len(f.half)-1-i])
		}
		return row(h, 1)
	case *between:
		at := phase * (len(f.phases) - 1)
		part := float64(int64(at%f.up)<<mixBits/int64(f.up)) / (1 << mixBits)
		a, b := row(f.phases[at/f.up], 1-part), row(f.phases[at/f.up+1], part)
		for i := range a {
			a[i] += b[i]
		}
		return a
	}
	return []float64{1 << coefficientBits}
}

// conversions cover each kind of filter: one phase, several, those in between, up and
// down, wide transitions and the sharpest.
var conversions = []conversion{
	{48000, 16000, 7000}, {44100, 16000, 7000}, {32000, 16000, 7000}, {96000, 16000, 7000}, {192000, 16000, 7000},
	{22050, 16000, 7000}, {8000, 1000, 437.5}, {48000, 44100, 19293.75}, {44100, 48000, 21000}, {64000, 1000, 400},
	{48000, 16000, 8000}, {44100, 16000, 8000}, {44056, 16000, 7000}, {16001, 16000, 7000}, {15999, 16000, 7000},
	{15999, 16000, 8000}, {16000, 16000, 8000}, {14360, 16000, 7000}, {192001, 16000, 7000}, {51200, 400, 175},
}

// TestOverflow computes the largest sum of coefficients' magnitudes of a value: with 2^32
// a full-scale input could overflow. It grows with the filter's sharpness.
func TestOverflow(t *testing.T) {
	all := slices.Clone(conversions)
	for _, from := range []int{8001, 16001, 24000, 47999, 767999} {
		for _, to := range []int{8000, 44100, 192000} {
			all = append(all, conversion{from, to, float64(to) / 2})
		}
	}
	worst := 0.0
	for _, c := range all {
		if c.fromHz < LowestHz(c.toHz, c.passHz) {
			continue
		}
		r := c.open(t)
		for i := 0; i < r.up; i += max(1, r.up/50) {
			sum := 0.0
			for _, v := range phase(r, i) {
				sum += math.Abs(v)
			}
			worst = max(worst, sum/(1<<coefficientBits))
		}
	}
	t.Logf("at most %.3f", worst)
	if worst >= 3.9 {
		t.Errorf("coefficients sum to %.3f in magnitude: from 4 on samples could overflow", worst)
	}
}

// TestResponse evaluates the filter's response on a fine grid up to half of the
// old rate, images of the lower rates included.
func TestResponse(t *testing.T) {
	for _, c := range conversions {
		r := c.open(t)
		if r.down == 1 || r.up > maxPhases { // the latter is measured with tones
			continue
		}
		// The prototype at up times the old rate, put together again.
		taps := r.filter.taps()
		h := make([]float64, taps*r.up)
		for p := range r.up {
			for j, v := range phase(r, p) {
				h[p+r.up*(taps-1-j)] = v / (1 << coefficientBits) / float64(r.up)
			}
		}
		gainDB := func(hz float64) float64 {
			step := cmplx.Rect(1, -2*math.Pi*hz/(float64(c.fromHz)*float64(r.up)))
			var sum complex128
			for i := len(h) - 1; i >= 0; i-- { // Horner
				sum = sum*step + complex(h[i], 0)
			}
			return 20 * math.Log10(cmplx.Abs(sum))
		}
		pass, lower := c.flatHz(), float64(min(c.fromHz, c.toHz))
		ripple, stop := 0.0, math.Inf(-1)
		const points = 60
		for i := range points + 1 {
			ripple = max(ripple, math.Abs(gainDB(pass*float64(i)/points)))
		}
		highest := float64(c.fromHz) * float64(r.up) / 2
		for i := range 4 * points {
			hz := (lower - pass) * (1 + float64(i)/40) // dense where the side lobes are high
			if i >= 2*points {
				hz += (highest - hz) * float64(i-2*points) / (2 * points)
			}
			if hz <= highest {
				stop = max(stop, gainDB(hz))
			}
		}
		t.Logf("%v: %d phases of %d taps, ripple %.5f dB to %.0f Hz, stopband %.1f dB from %.0f Hz",
			c, r.up, taps, ripple, pass, stop, lower-pass)
		if ripple > 0.001 || stop > -85 {
			t.Errorf("%v: ripple %.4f dB, want at most 0.001; stopband %.1f dB, want at most -85", c, ripple, stop)
		}
	}
}

// TestTones measures with full-scale tones through the filter itself: what passes, with
// what images, and what is left of what must not.
func TestTones(t *testing.T) {
	const full = 1<<31 - 1<<16
	for _, c := range conversions {
		r := c.open(t)
		if r.down == 1 || c.fromHz > 60000 { // slow: the same kinds of filters
			continue
		}
		pcm := make([]int32, 4*r.filter.taps()+2000)
		// level returns the tone's level at the output, and that of all else.
		level := func(hz float64) (tone, rest float64) {
			for i := range pcm {
				pcm[i] = int32(math.Round(full * math.Sin(2*math.Pi*hz*float64(i)/float64(c.fromHz))))
			}
			r.Reset()
			var out []int32
			r.Write(pcm, func(b []int32) { out = append(out, b...) })
			out = out[(r.filter.taps()*r.up+r.down-1)/r.down:] // settled
			// The tone's amplitude by least squares.
			var ss, cc, sc, xs, xc, xx float64
			for i, v := range out {
				s, co := math.Sincos(2 * math.Pi * hz * float64(i) / float64(c.toHz))
				x := float64(v) / full
				ss, cc, sc, xs, xc, xx = ss+s*s, cc+co*co, sc+s*co, xs+x*s, xc+x*co, xx+x*x
			}
			det := ss*cc - sc*sc
			a, b := (xs*cc-xc*sc)/det, (xc*ss-xs*sc)/det
			return 20 * math.Log10(math.Hypot(a, b)), 10 * math.Log10(2*(xx-a*xs-b*xc)/float64(len(out)))
		}
		pass, lower := c.flatHz(), float64(min(c.fromHz, c.toHz))
		for i := range 16 {
			hz := pass * (0.01 + 0.99*float64(i)/15)
			if tone, rest := level(hz); math.Abs(tone) > 0.001 || rest > -85 {
				t.Errorf("%v: %.0f Hz passes with %.4f dB, and gives %.1f dB of something else", c, hz, tone, rest)
			}
		}
		for i := range 24 {
			hz := lower - pass + (float64(c.fromHz)/2-lower+pass)*math.Pow(float64(i)/23.5, 2)
			if hz > float64(c.fromHz)/2 {
				break
			}
			if tone, rest := level(hz); max(tone, rest) > -82 {
				t.Errorf("%v: %.0f Hz leaves %.1f dB, want at most -82", c, hz, max(tone, rest))
			}
		}
	}
}

// TestAgainstConvolution compares with the textbook: zeros between the samples,
// convolution in big integers, every down-th value.
func TestAgainstConvolution(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, c := range conversions {
		r := c.open(t)
		taps := r.filter.taps()
		first := phase(r, 0)
		pcm := make([]int32, 3*taps+2500)
		for i := range pcm {
			pcm[i] = int32(rng.Uint32())
			if i < taps { // as large as it can get
				if pcm[i] = math.MaxInt32; first[taps-1-i] < 0 {
					pcm[i] = math.MinInt32
				}
			}
		}
		got := convert(r, pcm)
		if want := (len(pcm)*r.up + r.down - 1) / r.down; len(got) != want {
			t.Fatalf("%v: %d samples of %d, want %d", c, len(got), len(pcm), want)
		}
		for k := range got {
			if k > 40 && k%37 != 0 && k < len(got)-10 {
				continue // big integers are slow
			}
			newest, sum := k*r.down/r.up, new(big.Int)
			for j, v := range phase(r, k*r.down%r.up) {
				if i := newest - (taps - 1 - j); i >= 0 { // mixed coefficients have mixBits more
					sum.Add(sum, new(big.Int).Mul(big.NewInt(int64(v*(1<<mixBits))), big.NewInt(int64(pcm[i]))))
				}
			}
			sum.Add(sum, big.NewInt(1<<(coefficientBits+mixBits-1)))
			sum.Rsh(sum, coefficientBits+mixBits)
			want := max(min(sum.Int64(), math.MaxInt32), math.MinInt32)
			off := max(int64(got[k])-want, want-int64(got[k]))
			if _, mixed := r.filter.(*between); !sum.IsInt64() || off > 1 || off > 0 && !mixed {
				t.Fatalf("%v: output %d is %d, want %d", c, k, got[k], want)
			}
		}
	}
}

func TestAnyBlockSizeGivesTheSameSamples(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	h := sha256.New()
	for _, c := range conversions {
		r := c.open(t)
		pcm := make([]int32, 2*r.filter.taps()+3000)
		for i := range pcm {
			pcm[i] = int32(rng.Uint32()) >> rng.IntN(20)
		}
		want := convert(r, pcm) // in one call, by one that has been used
		if err := binary.Write(h, binary.LittleEndian, want); err != nil {
			t.Fatal(err)
		}
		for i := 0; i < r.up; i += max(1, r.up/20) {
			if err := binary.Write(h, binary.LittleEndian, phase(r, i)); err != nil {
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
				t.Errorf("%v: blocks of %d give other samples", c, size)
			}
		}
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != outputSHA256 {
		t.Errorf("SHA-256 is %s, want %s", got, outputSHA256)
	}
}

func TestConstantAndDelay(t *testing.T) {
	for _, c := range conversions {
		r := c.open(t)
		pcm := slices.Repeat([]int32{123456789}, 3*r.filter.taps()+10)
		out := convert(r, pcm)
		if got := out[len(out)-1]; got != 123456789 {
			t.Errorf("%v: a constant becomes %d", c, got)
		}
		// Below half of the passband an impulse's centre of mass is the delay.
		clear(pcm)
		pcm[r.filter.taps()] = 1 << 30
		var sum, moment float64
		for k, v := range convert(r, pcm) {
			sum += float64(v)
			moment += float64(v) * (float64(k*c.fromHz)/float64(c.toHz) - float64(r.filter.taps()))
		}
		if got := moment / sum; math.Abs(got-r.DelaySamples()) > 0.01*max(1, float64(c.fromHz)/float64(c.toHz)) {
			t.Errorf("%v: delay %.3f samples, want %.3f", c, got, r.DelaySamples())
		}
		if r.FromHz() != c.fromHz || r.ToHz() != c.toHz {
			t.Errorf("rates %d, %d", r.FromHz(), r.ToHz())
		}
	}
}

// TestLimits takes the highest rate, the highest ratio and rates that people have.
func TestLimits(t *testing.T) {
	for _, c := range []conversion{
		{768000, 12000, 6000}, {1024, 1, 0.4}, {10_000_000, 16000, 7000}, {9_999_999, 16000, 7000},
		{9_999_968, 16000, 7000},
		{1025, 1024, 512}, {1, 1, 0.5}, {16000, 768000, 7000}, {48000, 15999, 7000},
		{14359, 16000, 7000}, {15840, 16000, 8000}, {11025, 11000, 5500}, {22254, 22050, 9600}, {97656, 16000, 7000},
	} {
		if _, err := New(c.fromHz, c.toHz, c.passHz); err != nil {
			t.Error(err)
		}
	}
}

// TestMegahertz converts what acoustic emission is recorded with: what is heard passes, what would fold into it is not,
// also where the table of phases is bounded.
func TestMegahertz(t *testing.T) {
	for _, from := range []int{1_000_000, 1_999_968, 9_999_968} {
		r, err := New(from, 16000, 7000)
		if err != nil {
			t.Fatal(err)
		}
		for hz, want := range map[float64]float64{1000: 0, 6900: 0, 9200: -85, 30000: -85} {
			r.Reset()
			sum, n := 0.0, 0
			pcm := make([]int32, 4096)
			for at := 0; at < from/20; at += len(pcm) {
				for i := range pcm {
					pcm[i] = int32(1 << 30 * math.Sin(2*math.Pi*hz*float64(at+i)/float64(from)))
				}
				r.Write(pcm, func(out []int32) {
					for _, v := range out {
						if n++; n > 400 { // the filter is full
							sum += float64(v) * float64(v)
						}
					}
				})
			}
			db := 10 * math.Log10(sum/float64(n-400)/(1<<59))
			if want == 0 && math.Abs(db) > 0.05 || want < 0 && db > want {
				t.Errorf("%d Hz: a tone of %g Hz at %.2f dB, want %g", from, hz, db, want)
			}
		}
	}
}

func TestNewRejects(t *testing.T) {
	for _, c := range []struct {
		conversion
		want string
	}{
		{conversion{0, 16000, 7000}, "rates must be 1 to 10000000 Hz"},
		{conversion{16000, 0, 0}, "rates must be"},
		{conversion{10_000_001, 16000, 7000}, "rates must be"},
		{conversion{-1, -1, 1}, "rates must be"},
		{conversion{math.MaxInt, 1, 0.5}, "rates must be"},
		{conversion{48000, math.MaxInt, 0.5}, "rates must be"},
		{conversion{16000, 48000, 21000}, "sound of 16000 Hz ends at 8000 Hz, and what lies up to 21000 Hz is wanted: needs 43077 Hz or more"},
		{conversion{14358, 16000, 7000}, "needs 14359 Hz or more"},
		{conversion{15839, 16000, 8000}, "needs 15840 Hz or more"},
		{conversion{1025, 1, 0.4}, "at most a factor of 1024"},
		{conversion{48000, 16000, 8001}, "at most half of the rate"},
		{conversion{48000, 16000, math.NaN()}, "must be above 0"},
		{conversion{48000, 16000, 0}, "must be above 0"},
	} {
		if _, err := New(c.fromHz, c.toHz, c.passHz); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error %v, want %q", c.conversion, err, c.want)
		}
	}
}

func TestWriteDoesNotAllocate(t *testing.T) {
	for _, c := range conversions {
		r := c.open(t)
		pcm := make([]int32, 441)
		n := 0
		emit := func(b []int32) { n += len(b) }
		if allocs := testing.AllocsPerRun(20, func() { r.Write(pcm, emit) }); allocs != 0 || n == 0 {
			t.Errorf("%v: %v allocations, %d samples", c, allocs, n)
		}
	}
}

// BenchmarkWrite says what a sample of the old rate costs.
func BenchmarkWrite(b *testing.B) {
	for _, c := range []conversion{
		{48000, 16000, 7000}, {44100, 16000, 7000}, {192000, 16000, 7000}, {16001, 16000, 7000}, {48000, 16000, 8000},
	} {
		b.Run(c.String(), func(b *testing.B) {
			r := c.open(b)
			pcm := make([]int32, c.fromHz/100)
			for b.Loop() {
				r.Write(pcm, func([]int32) {})
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(pcm)), "ns/sample")
		})
	}
}
