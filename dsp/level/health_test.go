package level

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func noise(n int, seed uint64) []int32 {
	rng := rand.New(rand.NewPCG(seed, 5))
	pcm := make([]int32, n)
	for i := range pcm {
		pcm[i] = int32(rng.Uint32()) >> 3
	}
	return pcm
}

func TestFaults(t *testing.T) {
	limits := DefaultLimits(1000) // 100 samples
	stuck := noise(1000, 1)
	for i := range 100 {
		stuck[300+i] = 77
	}
	clipped := noise(1000, 2)
	clipped[5] = math.MaxInt32
	offset := noise(1000, 3)
	for i := range offset {
		offset[i] = offset[i]/4 - 1<<30
	}
	all := slices.Concat(slices.Repeat([]int32{math.MinInt32}, 150), offset)
	for _, c := range []struct {
		name string
		pcm  []int32
		want []Code
	}{
		{"nothing", nil, nil},
		{"one sample", []int32{5}, nil},
		{"fine", noise(1000, 4), nil},
		{"zeros", make([]int32, 50), []Code{Dead}},
		{"one value", slices.Repeat([]int32{math.MaxInt32}, 1000), []Code{Dead}},
		{"stuck", stuck, []Code{Stuck}},
		{"almost stuck", append(slices.Repeat([]int32{9}, 99), noise(900, 6)...), nil},
		{"clipped", clipped, []Code{Clipped}},
		{"offset", offset, []Code{Offset}},
		{"all", all, []Code{Stuck, Clipped, Offset}},
	} {
		for _, cut := range []int{1, 7, 1000} {
			m := NewMeter(32)
			for block := range slices.Chunk(c.pcm, cut) {
				m.Write(block)
			}
			var got []Code
			for _, f := range m.Faults(limits) {
				got = append(got, f.Code)
				if f.Text == "" {
					t.Errorf("%s: %s has no text", c.name, f.Code)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s in blocks of %d: %q, want %q", c.name, cut, got, c.want)
			}
			if f := m.Faults(Limits{}); len(f) > 0 && f[0].Code != Dead {
				t.Errorf("%s: %v without limits", c.name, f)
			}
		}
	}
	m := NewMeter(32)
	m.Write([]int32{1, 2, 2, 2, 3, 3})
	if m.longest != 3 {
		t.Errorf("longest run %d, want 3", m.longest)
	}
}

func TestPair(t *testing.T) {
	a, b := noise(5000, 7), noise(5000, 8)
	interleave := func(x, y func(i int) int32) []int32 {
		var pcm []int32
		for i := range a {
			pcm = append(pcm, x(i), 1, y(i))
		}
		return pcm
	}
	first := func(i int) int32 { return a[i] }
	for _, c := range []struct {
		name                string
		y                   func(i int) int32
		identical, inverted bool
	}{
		{"the same", first, true, false},
		{"inverted", func(i int) int32 { return -a[i] }, false, true},
		{"half as loud", func(i int) int32 { return a[i] / 2 }, false, false},
		{"independent", func(i int) int32 { return b[i] }, false, false},
		{"half common", func(i int) int32 { return (a[i] + b[i]) / 2 }, false, false},
		{"constant", func(int) int32 { return 3 }, false, false},
	} {
		var p Pair
		pcm := interleave(first, c.y)
		p.Write(pcm[:300], 0, 2, 3)
		p.Write(pcm[300:], 0, 2, 3)
		if p.n != 5000 || p.Identical() != c.identical || p.Inverted() != c.inverted {
			t.Errorf("%s: identical %t, inverted %t", c.name, p.Identical(), p.Inverted())
		}
		p = Pair{}
		p.Write(make([]int32, 30), 0, 2, 3)
		if p.Identical() || p.Inverted() {
			t.Errorf("silence: identical %t, inverted %t", p.Identical(), p.Inverted())
		}
		if n := testing.AllocsPerRun(5, func() { p.Write(pcm, 0, 2, 3) }); n != 0 {
			t.Errorf("%v allocations", n)
		}
	}
	var p Pair
	p.Write([]int32{1, 2, 3}, 0, 1, 2) // the last sample lacks its neighbour
	if p.n != 1 {
		t.Errorf("%d samples, want 1", p.n)
	}
}

// TestOneSample finds what is wrong with one sample.
func TestOneSample(t *testing.T) {
	m := NewMeter(32)
	if f := m.Faults(DefaultLimits(16000)); f != nil {
		t.Errorf("faults of nothing: %v", f)
	}
	m.Write([]int32{math.MinInt32})
	f := m.Faults(Limits{ClippedShare: 0.5})
	if len(f) != 1 || f[0].Code != Clipped {
		t.Errorf("one sample at the end of the range: %v", f)
	}
}

// FuzzMeter measures any samples: no panic, and numbers that are possible.
func FuzzMeter(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 255, 255}, 16)
	f.Add([]byte{}, 0)
	f.Fuzz(func(t *testing.T, raw []byte, bits int) {
		pcm := make([]int32, len(raw))
		for i, b := range raw {
			pcm[i] = int32(b) << 24
		}
		m := NewMeter(bits)
		m.Write(pcm)
		if m.RMSDBFS() > 0 || m.PeakDBFS() > 0 || math.Abs(m.DC()) > 1 {
			t.Fatalf("RMS %g, peak %g, DC %g", m.RMSDBFS(), m.PeakDBFS(), m.DC())
		}
		if m.Clipped() > m.Samples() || m.longest > m.Samples() {
			t.Fatalf("%d clipped, %d in a row, of %d", m.Clipped(), m.longest, m.Samples())
		}
		if len(m.Faults(DefaultLimits(16000))) > 3 {
			t.Fatal("more faults than there are")
		}
	})
}
