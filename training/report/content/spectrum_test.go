package content

import (
	"math"
	"testing"
)

// TestWelch finds a tone's power: half the square of its amplitude, in the three values about it.
func TestWelch(t *testing.T) {
	for _, rate := range []float64{16000, 44100, 48000, 1600} {
		const amplitude, stepHz = 0.25, 2.0
		pcm := make([]int32, int(4*rate))
		for i := range pcm {
			pcm[i] = int32((0.1 + amplitude*math.Sin(2*math.Pi*100*float64(i)/rate)) * (1 << 31))
		}
		power := welch(pcm, rate, stepHz, 1000)
		sum := 0.0
		for _, v := range power {
			sum += v * stepHz
		}
		if want := amplitude * amplitude / 2; math.Abs(sum-want) > 0.01*want {
			t.Errorf("%g Hz: power %g, want %g", rate, sum, want)
		}
		if at := 50; power[at] < power[at-3]*1e4 || power[at] < power[at+3]*1e4 || power[0] > power[at]*1e-4 {
			t.Errorf("%g Hz: about the tone %g, at 0 Hz %g", rate, power[at-3:at+4], power[0])
		}
	}
	if welch(make([]int32, 10), 16000, 2, 100) != nil {
		t.Error("a spectrum of ten samples")
	}
}

// TestLines are the defect frequencies that Case Western Reserve's bearing data centre lists for its drive end's 6205,
// in multiples of the shaft: outer race 3.5848, inner 5.4152, cage 0.39828, rolling element 4.7135 (twice the spin).
func TestLines(t *testing.T) {
	m := Machine{MainsHz: 60, ShaftRPM: 1797, Bearing: Rolling{Balls: 9, Ball: 0.3126, Pitch: 1.537}}
	got := map[string]float64{}
	for _, l := range m.Lines(8000) {
		got[l.Name] = l.Hz
	}
	shaft := 1797.0 / 60
	for name, want := range map[string]float64{
		"shaft": shaft, "2× shaft": 2 * shaft, "outer race": 3.5848 * shaft, "inner race": 5.4152 * shaft,
		"ball": 4.7135 / 2 * shaft, "cage": 0.39828 * shaft, "60 Hz mains": 60, "4× 60 Hz mains": 240,
	} {
		if math.Abs(got[name]-want) > 1e-3*want {
			t.Errorf("%s lies at %g Hz, want %g", name, got[name], want)
		}
	}
	for _, l := range m.Lines(100) {
		if l.Hz >= 100 {
			t.Errorf("%+v is not below 100 Hz", l)
		}
	}
	if got := (Machine{}).Lines(8000); got != nil {
		t.Errorf("lines of nothing: %v", got)
	}
}

func TestMains(t *testing.T) {
	for _, c := range []struct {
		lines []float64
		want  float64
	}{
		{nil, 0}, {[]float64{50, 100}, 50}, {[]float64{120, 240}, 60}, {[]float64{50, 100, 60, 120}, 0}, {[]float64{100}, 0},
	} {
		s := Spectrum{DB: make([]float64, 400)}
		for _, hz := range c.lines {
			s.DB[int(hz/2)] = 20
		}
		if got := s.mains(2); got != c.want {
			t.Errorf("lines at %v are of %g Hz mains, want %g", c.lines, got, c.want)
		}
	}
}
