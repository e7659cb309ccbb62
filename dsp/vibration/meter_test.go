package vibration

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func noise(n int, seed uint64) []int32 {
	rng := rand.New(rand.NewPCG(seed, 1))
	pcm := make([]int32, n)
	for i := range pcm {
		pcm[i] = int32(rng.Uint32()) >> 4
	}
	return pcm
}

func newMeter(t testing.TB) *Meter {
	t.Helper()
	c := DefaultConfig(12800, 16*9.80665)
	c.SegmentLength = 1024
	c.Bands = []Band{{100, 200}}
	m, err := NewMeter(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestGaps holds the package's chapter on gaps: no segment spans one, levels go
// on, both are counted, and a gap between whole segments changes no spectrum but
// for the segment that would span it.
func TestGaps(t *testing.T) {
	first, second := noise(2*1024, 1), noise(2*1024+300, 2)
	for i := range second {
		second[i] /= 2
	}
	var want []float64
	m := newMeter(t)
	for _, part := range [][]int32{first, second} {
		m.Reset()
		m.Write(part)
		if got := m.Features().Segments; got != 3 {
			t.Fatalf("%d segments, want 3", got)
		}
		for k, p := range m.PSD() {
			if len(want) <= k {
				want = append(want, 0)
			}
			want[k] += p / 2
		}
	}
	m.Reset()
	m.Write(first)
	m.Write(second[:500]) // an unfinished segment, dropped
	m.Gap(77)
	m.Write(second)
	f := m.Features()
	if f.Samples != uint64(len(first)+500+len(second)) || f.Gaps != 1 || f.LostSamples != 77 || f.Segments != 6 {
		t.Errorf("features %+v", f)
	}
	for k, p := range m.PSD() {
		if math.Abs(p-want[k]) > 1e-12*want[k] {
			t.Fatalf("bin %d: %g, want %g", k, p, want[k])
		}
	}
	all := moments{}
	all.add(slices.Concat(first, second[:500], second))
	if f.Kurtosis != all.kurtosis() {
		t.Error("the kurtosis does not go on over a gap")
	}
}

// TestTooShort wants missing values, not zeros.
func TestTooShort(t *testing.T) {
	m := newMeter(t)
	for _, pcm := range [][]int32{nil, make([]int32, 1023)} {
		m.Reset()
		m.Write(pcm)
		f := m.Features()
		if !math.IsNaN(f.VelocityRMSMMPerS) || !math.IsNaN(f.BandRMSMPerS2[0]) || len(m.PSD()) != 0 {
			t.Errorf("%d samples: velocity %g mm/s, band %g m/s², %d lines of spectrum",
				len(pcm), f.VelocityRMSMMPerS, f.BandRMSMPerS2[0], len(m.PSD()))
		}
		if f.AccelRMSMPerS2 != 0 || f.CrestFactor != 0 || f.Kurtosis != 0 {
			t.Errorf("%d samples: %g m/s², crest factor %g, kurtosis %g",
				len(pcm), f.AccelRMSMPerS2, f.CrestFactor, f.Kurtosis)
		}
	}
}

// TestExtremes uses the whole range, where distances from the mean need 33 bits.
func TestExtremes(t *testing.T) {
	m := newMeter(t)
	pcm := make([]int32, 4096)
	for i := range pcm {
		pcm[i] = math.MinInt32
		if i%64 == 0 {
			pcm[i] = math.MaxInt32
		}
	}
	m.Write(pcm)
	f := m.Features()
	const full = 16 * 9.80665
	if math.Abs(f.AccelMeanMPerS2+full*(1-1.0/32)) > 1e-6 || math.Abs(f.AccelPeakMPerS2-full*(2-1.0/32)) > 1e-6 {
		t.Errorf("mean %g, peak %g", f.AccelMeanMPerS2, f.AccelPeakMPerS2)
	}
	near(t, "RMS", f.AccelRMSMPerS2, 2*full*math.Sqrt(1.0/64*63/64), 1e-9)
	// 200 Hz lines of equal height: the power is the sum of all.
	var sum float64
	for _, p := range m.PSD() {
		sum += p * m.BinHz()
	}
	near(t, "power", math.Sqrt(sum), f.AccelRMSMPerS2, 1e-3)
}

func TestWriteDoesNotAllocate(t *testing.T) {
	m := newMeter(t)
	pcm := noise(1280, 4)
	if n := testing.AllocsPerRun(20, func() { m.Write(pcm); m.Gap(3); m.Write(pcm) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestAnyBlockSizeGivesTheSameFeatures(t *testing.T) {
	pcm := noise(15000, 5)
	m := newMeter(t)
	m.Write(pcm)
	want := m.Features()
	for _, size := range []int{1, 13, 512, 513, 4000} {
		m.Reset()
		for block := range slices.Chunk(pcm, size) {
			m.Write(block)
		}
		got := m.Features()
		if !slices.Equal(got.BandRMSMPerS2, want.BandRMSMPerS2) || got.VelocityRMSMMPerS != want.VelocityRMSMMPerS ||
			got.Kurtosis != want.Kurtosis {
			t.Errorf("blocks of %d give other features", size)
		}
	}
}

func TestNewMeterRejects(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"sample rate 0 Hz":        func(c *Config) { c.SampleRateHz = 0 },
		"sample rate NaN":         func(c *Config) { c.SampleRateHz = math.NaN() },
		"full scale of 0":         func(c *Config) { c.FullScaleMPerS2 = 0 },
		"use 1000 or 1024":        func(c *Config) { c.SegmentLength = 1022 },
		"velocity from 0":         func(c *Config) { c.Velocity.MinHz = 0 },
		"velocity from 10 to 640": func(c *Config) { c.Velocity.MaxHz = 6401 },
		"band 1 from 5 to 4":      func(c *Config) { c.Bands = []Band{{5, 4}} },
		"band 1 from 15 to 16 Hz": func(c *Config) { c.Bands = []Band{{15, 16}} },
		"65 bands":                func(c *Config) { c.Bands = make([]Band, 65) },
	} {
		c := newMeter(t).config
		change(&c)
		_, err := NewMeter(c)
		if err == nil || !strings.HasPrefix(err.Error(), "vibration: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	c := DefaultConfig(100, 20)
	if _, err := NewMeter(c); err != nil {
		t.Errorf("the default for a slow sensor: %v", err)
	}
}

// TestDefaultConfig has segments of about a second, of 2^14 samples at most.
func TestDefaultConfig(t *testing.T) {
	for _, c := range []struct {
		rateHz  float64
		segment int
		maxHz   float64
	}{{50, 64, 25}, {96, 64, 48}, {97, 128, 48.5}, {800, 1024, 400}, {12800, 16384, 1000}, {24577, 16384, 1000},
		{768000, 16384, 1000}} {
		got := DefaultConfig(c.rateHz, 20)
		if got.SegmentLength != c.segment || got.Velocity != (Band{10, c.maxHz}) {
			t.Errorf("%g Hz: segments of %d, velocity of %v, want %d, 10 to %g Hz",
				c.rateHz, got.SegmentLength, got.Velocity, c.segment, c.maxHz)
		}
	}
}
