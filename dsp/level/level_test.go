package level

import (
	"math"
	"testing"
)

func near(a, b, tolerance float64) bool {
	return a == b || math.Abs(a-b) <= tolerance
}

func TestLevels(t *testing.T) {
	sine := make([]int32, 1000)
	offset := make([]int32, 1000)
	for i := range sine {
		v := math.Sin(2 * math.Pi * float64(i) / 100)
		sine[i] = int32(math.Round(v * (1 << 30)))
		offset[i] = int32(math.Round((0.25 + 0.001*v) * (1 << 31)))
	}
	inf := math.Inf(-1)
	for _, c := range []struct {
		name              string
		bits              int
		pcm               []int32
		rms, ac, peak, dc float64
		clipped           uint64
	}{
		{"nothing", 16, nil, inf, inf, inf, 0, 0},
		{"silence", 16, make([]int32, 10), inf, inf, inf, 0, 0},
		{"half-scale sine", 24, sine, -9.0309, -9.0309, -6.0206, 0, 0},
		{"offset", 24, offset, -12.0411, -63.0103, -12.0065, 0.25, 0},
		{"square", 32, []int32{math.MinInt32, math.MaxInt32}, 0, 0, 0, 0, 2},
		{"16 bit ends", 16, []int32{math.MinInt32, 0x7FFF0000, 0x7FFE0000, -0x7FFF0000}, -0.0003, -0.0003, 0, -1.53e-5, 2},
		{"24 bit ends", 24, []int32{0x7FFFFF00, 0x7FFFFE00}, 0, inf, 0, 1, 1},
		{"lowest", 32, []int32{math.MinInt32, math.MinInt32}, 0, inf, 0, -1, 2},
		{"one unit", 32, []int32{1, -1}, -186.6386, -186.6386, -186.6386, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := NewMeter(c.bits)
			for range 2 {
				m.Reset()
				m.Write(c.pcm[:len(c.pcm)/2])
				m.Write(c.pcm[len(c.pcm)/2:])
				if m.Samples() != uint64(len(c.pcm)) || m.Clipped() != c.clipped {
					t.Errorf("%d samples, %d clipped, want %d", m.Samples(), m.Clipped(), c.clipped)
				}
				if !near(m.RMSDBFS(), c.rms, 2e-4) || !near(m.PeakDBFS(), c.peak, 2e-4) || !near(m.DC(), c.dc, 5e-5) {
					t.Errorf("RMS %.4f, peak %.4f, DC %.6f, want %.4f, %.4f, %.6f",
						m.RMSDBFS(), m.PeakDBFS(), m.DC(), c.rms, c.peak, c.dc)
				}
				if !near(m.ACRMSDBFS(), c.ac, 1e-3) && !(math.IsInf(c.ac, -1) && m.ACRMSDBFS() < -120) {
					t.Errorf("AC RMS %.4f, want %.4f", m.ACRMSDBFS(), c.ac)
				}
			}
		})
	}
}

func TestSumsDoNotOverflow(t *testing.T) {
	m := NewMeter(32)
	pcm := make([]int32, 1<<12)
	for i := range pcm {
		pcm[i] = math.MinInt32
	}
	m.Write(pcm)
	// 2^40 samples at the low end, as the sums hold them.
	m.n, m.squareHi, m.squareLo, m.sumHi, m.sumLo = 1<<40, 1<<38, 0, -1<<7, 0
	m.Write(pcm)
	if m.RMSDBFS() != 0 || m.DC() != -1 {
		t.Errorf("RMS %g, DC %g, want 0 and -1", m.RMSDBFS(), m.DC())
	}
}

func TestWriteChannel(t *testing.T) {
	var m Meter
	m.WriteChannel([]int32{1 << 30, 5, 6, -1 << 30, 7, 8, 1 << 30}, 0, 3)
	if m.Samples() != 3 || m.PeakDBFS() != 20*math.Log10(0.5) {
		t.Errorf("%d samples, peak %g", m.Samples(), m.PeakDBFS())
	}
	m.Reset()
	m.WriteChannel([]int32{1, math.MaxInt32, 3, math.MinInt32}, 1, 2)
	if m.Samples() != 2 || m.Clipped() != 2 {
		t.Errorf("%d samples, %d clipped", m.Samples(), m.Clipped())
	}
	if n := testing.AllocsPerRun(10, func() { m.Write([]int32{1, 2}) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
