package dsp

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"testing"
)

// floatMotion is what mover measures, in floating point.
func floatMotion(hop []int32) []float64 {
	x, d := make([]float64, len(hop)-2), make([]float64, len(hop)-4)
	for i := range x {
		x[i] = float64(hop[i]) + 2*float64(hop[i+1]) + float64(hop[i+2])
		if i >= 2 {
			d[i-2] = x[i] - x[i-2]
		}
	}
	out := append(floatImpulses(x), floatImpulses(d)...)
	e, mean := make([]float64, MotionParts), 0.0
	for i := range e {
		part := x[i*len(x)/MotionParts : (i+1)*len(x)/MotionParts]
		for _, v := range part {
			e[i] += v * v / float64(len(part))
		}
		e[i] = math.Sqrt(e[i])
		mean += e[i] / MotionParts
	}
	variance := 0.0
	for i := range e {
		e[i] = e[i]/mean - 1
		variance += e[i] * e[i] / MotionParts
	}
	out = append(out, 10*math.Log10(variance))
	for first, top := 1, 2; top <= MotionParts/2; first, top = top+1, 2*top {
		power := 0.0
		for k := first; k <= top; k++ {
			re, im := 0.0, 0.0
			for i, v := range e {
				sin, cos := math.Sincos(2 * math.Pi * float64(k*i) / MotionParts)
				re, im = re+v*cos, im+v*sin
			}
			power += (re*re + im*im) / MotionParts / float64(top-first+1)
		}
		out = append(out, 10*math.Log10(power))
	}
	return out
}

func floatImpulses(x []float64) []float64 {
	squares, fourths, most := 0.0, 0.0, 0.0
	for _, v := range x {
		squares += v * v / float64(len(x))
		fourths += v * v * v * v / float64(len(x))
		most = max(most, v*v)
	}
	return []float64{10 * math.Log10(fourths/squares/squares), 10 * math.Log10(most/squares)}
}

// TestMotion compares with floating point, at all levels.
func TestMotion(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	sounds := map[string]func(i int) float64{
		"noise":  func(int) float64 { return r.NormFloat64() / 8 },
		"sine":   func(i int) float64 { return .9 * math.Sin(float64(i)/7) },
		"knocks": func(i int) float64 { return (r.NormFloat64()/50 + math.Exp(-float64(i%200)/6)) / 2 },
		"beats":  func(i int) float64 { return r.NormFloat64() / 20 * (1 + .8*math.Sin(float64(i)*2*math.Pi*6/512)) },
		"click":  func(i int) float64 { return r.NormFloat64()/1000 + map[bool]float64{true: .9}[i == 300] },
	}
	for name, sound := range sounds {
		for _, hop := range []int{64, 512, 1000, 8192} {
			for _, gain := range []float64{1, 1e-2, 1e-4} {
				samples := make([]int32, hop)
				for i := range samples {
					samples[i] = int32(math.Round(max(-1, min(1, sound(i))) * gain * math.MaxInt32))
				}
				got := make([]DB, MotionValues)
				newMover(hop).measure(got, samples)
				for i, want := range floatMotion(samples) {
					want = max(want, -40) // below that 12 bits are heard
					if g := max(got[i].Float64(), -40); math.Abs(g-want) > .25 {
						t.Errorf("%s, hop %d, gain %g: value %d is %.3f dB, want %.3f", name, hop, gain, i, g, want)
					}
				}
			}
		}
	}
}

// TestMotionExtremes has samples at the ends of their range, and none.
func TestMotionExtremes(t *testing.T) {
	for _, hop := range []int{leastMotion, mostMotion} {
		m, got := newMover(hop), make([]DB, MotionValues)
		samples := make([]int32, hop)
		m.measure(got, samples)
		for i, v := range got {
			if lo, hi := motionRange(i); i < MotionImpulses && v != lo || i >= MotionImpulses && v >= hi-(70<<dbBits) {
				t.Errorf("silence: value %d is %g dB", i, v.Float64())
			}
		}
		for i := range samples {
			samples[i] = map[bool]int32{true: math.MinInt32, false: math.MaxInt32}[i/8%2 == 0]
		}
		m.measure(got, samples)
		for i, v := range got[:MotionImpulses] {
			// Smoothed, 6 of 8 samples are ±4 and 2 are ±2; differences are 2, 6, 6, 2 and four times 0.
			want := 10 * math.Log10([]float64{196. / 169, 16. / 13, 3.28, 3.6}[i])
			if math.Abs(v.Float64()-want) > .35 { // the shortest hop is no whole number of periods
				t.Errorf("square wave: value %d is %g dB, want %g", i, v.Float64(), want)
			}
		}
	}
}

// TestBeats puts the power of a modulation into its octave.
func TestBeats(t *testing.T) {
	for _, points := range []int{16, 32, 64} {
		for _, hann := range []bool{false, true} {
			b := NewBeats(points, hann)
			for k := 2; k < points/2; k++ {
				envelope := make([]uint32, points)
				for i := range envelope {
					envelope[i] = uint32(1 << 20 * (1 + .5*math.Cos(2*math.Pi*float64(k*i)/float64(points))))
				}
				got := make([]DB, Octaves)
				b.Measure(got, envelope)
				strongest := 0
				for i, v := range got {
					if v > got[strongest] {
						strongest = i
					}
				}
				want := Octaves - 1
				for want > 0 && k <= points>>(Octaves-want+1) {
					want--
				}
				edge := k == points>>(Octaves-want) || k == points>>(Octaves-want+1)+1 // the window spreads it
				if strongest != want && !(hann && edge) {
					t.Errorf("%d points, hann %v: %d beats are in octave %d, want %d: %v", points, hann, k, strongest, want, got)
				}
			}
		}
	}
}

// TestMotionCodes goes from codes back to decibels.
func TestMotionCodes(t *testing.T) {
	p := DefaultProfile()
	p.Motion = true
	q, frame, codes := NewQuantiser(p), make([]DB, p.Values()), make([]int8, p.Values())
	for db := -60.0; db <= 32; db += .7 {
		for i := range MotionValues {
			frame[p.Bands+i] = DB(db * (1 << dbBits))
		}
		q.Quantise(codes, frame)
		for i := range MotionValues {
			lo, hi := motionRange(i)
			want := max(lo.Float64(), min(hi.Float64(), db))
			if got := MotionDB(i, codes[p.Bands+i]); math.Abs(got-want) > (hi-lo).Float64()/509 {
				t.Errorf("value %d: %g dB came back as %g", i, want, got)
			}
		}
	}
}

// TestMotionGolden holds the bits that every architecture gives.
func TestMotionGolden(t *testing.T) {
	h := fnv.New64a()
	r := rand.New(rand.NewPCG(3, 4))
	got := make([]DB, MotionValues)
	for _, hop := range []int{64, 500, 512, 4096} {
		m, samples := newMover(hop), make([]int32, hop)
		for bits := range 32 {
			for i := range samples {
				samples[i] = int32(r.Uint32()) >> bits
				if r.IntN(40) == 0 {
					samples[i] <<= bits / 2
				}
			}
			m.measure(got, samples)
			_ = binary.Write(h, binary.LittleEndian, got) // never fails
		}
	}
	for value := range MotionValues {
		for code := math.MinInt8; code <= math.MaxInt8; code++ {
			_ = binary.Write(h, binary.LittleEndian, MotionDB(value, int8(code)))
		}
	}
	if got := h.Sum64(); got != 0x84c31277b32adf3f {
		t.Errorf("hash %#x", got)
	}
}

func BenchmarkMotion(b *testing.B) {
	samples, dst := make([]int32, 512), make([]DB, MotionValues)
	for i := range samples {
		samples[i] = rand.Int32()
	}
	m := newMover(len(samples))
	for b.Loop() {
		m.measure(dst, samples)
	}
}
