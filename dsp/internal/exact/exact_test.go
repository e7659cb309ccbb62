package exact

import (
	"math"
	"testing"
)

func TestSinCosMatchesMath(t *testing.T) {
	if got := math.Abs(float64(uint64(twoPiQ61))/(1<<61) - 2*math.Pi); got > 1e-15 {
		t.Fatalf("2*pi is off by %g", got)
	}
	const steps = 1 << 14
	for i := range uint64(steps) {
		phase := i*(1<<50) + i*i*12345
		if i%2 == 0 {
			phase = i * (1 << 50)
		}
		sin, cos := SinCos(phase)
		angle := 2 * math.Pi * (float64(phase) / (1 << 64))
		s, c := math.Sincos(angle)
		if ds, dc := math.Abs(float64(sin)/one62-s), math.Abs(float64(cos)/one62-c); ds > 2e-15 || dc > 2e-15 {
			t.Fatalf("phase %#x: sin off by %g, cos by %g", phase, ds, dc)
		}
	}
}

func TestSinCosAxes(t *testing.T) {
	for i, want := range [][2]int64{{0, one62}, {one62, 0}, {0, -one62}, {-one62, 0}} {
		sin, cos := SinCos(uint64(i) << 62)
		if sin != want[0] || cos != want[1] {
			t.Errorf("quarter %d: sin %d cos %d, want %d", i, sin, cos, want)
		}
	}
}

func TestRound(t *testing.T) {
	for _, c := range []struct {
		x    int64
		bits uint
		want int64
	}{
		{one62, 30, 1 << 30}, {one62, 62, one62}, {1 << 31, 30, 1}, {1<<31 - 1, 30, 0}, {-1 << 31, 30, 0},
		{-1<<31 - 1, 30, -1},
	} {
		if got := Round(c.x, c.bits); got != c.want {
			t.Errorf("Round(%d, %d) = %d, want %d", c.x, c.bits, got, c.want)
		}
	}
}

func TestDecibels(t *testing.T) {
	if got, want := float64(DecibelsPerOctave(60))/(1<<60), 10*math.Log10(2); math.Abs(got-want) > 1e-15 {
		t.Errorf("per octave %.17g, want %.17g", got, want)
	}
	for i := range uint64(4096) {
		m := 1<<63 + i<<51
		want := 10 * math.Log10(1+float64(i)/4096)
		got := float64(Decibels(m)) / (1 << 28)
		if math.Abs(got-want) > 0.5001/(1<<28) {
			t.Fatalf("m = 1+%d/4096: %.12f, want %.12f", i, got, want)
		}
	}
	if DecibelsPerOctave(28) != (DecibelsPerOctave(60)+1<<31)>>32 {
		t.Error("DecibelsPerOctave does not round")
	}
}

func TestLogExp(t *testing.T) {
	for x := 1e-9; x < 1e9; x *= 1.0137 {
		got, want := Log(x), math.Log(x)
		if math.Abs(got-want) > 4e-16*math.Max(1, math.Abs(want)) {
			t.Fatalf("Log(%g) = %.17g, want %.17g", x, got, want)
		}
	}
	for x := -30.0; x < 30; x += 0.0173 {
		got, want := Exp(x), math.Exp(x)
		if math.Abs(got-want) > 1e-15*want {
			t.Fatalf("Exp(%g) = %.17g, want %.17g", x, got, want)
		}
	}
	if Exp(0) != 1 || Log(1) != 0 {
		t.Error("Exp(0) or Log(1) is not exact")
	}
}
