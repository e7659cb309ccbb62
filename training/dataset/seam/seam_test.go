package seam

import (
	"math"
	"math/rand/v2"
	"testing"
)

// sound makes kinds of sound.
func sound(kind string, n int, seed uint64) []int32 {
	rng := rand.New(rand.NewPCG(seed, 1))
	out := make([]int32, n)
	low, phase := 0.0, 6*rng.Float64()
	for i := range out {
		white := rng.NormFloat64()
		low += 0.2 * (white - low)
		t := float64(i) / 16000
		v := 0.0
		switch kind {
		case "knocks":
			v = 0.02*white + math.Sin(2*math.Pi*1900*t)*math.Exp(-math.Mod(t, 0.09)*300)
		case "white":
			v = white
		case "machine":
			v = math.Sin(2*math.Pi*50*t+phase) + 0.5*math.Sin(2*math.Pi*149*t) + 0.4*math.Sin(2*math.Pi*990*t) + 0.5*low
		case "hum in hiss":
			v = math.Sin(2*math.Pi*50*t+phase) + 0.3*white
		case "tones":
			v = math.Sin(2*math.Pi*50*t+phase) + 0.3*math.Sin(2*math.Pi*351*t)
		case "faded":
			v = low * math.Sin(math.Pi*float64(i%Samples)/Samples)
		}
		out[i] = int32(v*3000)<<16 + 12345<<14
	}
	return out
}

// TestEvidence wants evidence of what can be seen, and none of what cannot.
func TestEvidence(t *testing.T) {
	const runs = 6
	for kind, least := range map[string]float64{
		"knocks": 0,
		"white":  0, "machine": 2, "hum in hiss": 1.5, "tones": 0, "faded": 0,
	} {
		same, strange := 0.0, 0.0
		for s := range uint64(runs) {
			x := sound(kind, 2*Samples, s)
			same += Evidence(x[:Samples], x[Samples:]) / runs
			strange += Evidence(x[:Samples], sound(kind, Samples, s+1000)) / runs
		}
		if least > 0 && (same < least || strange > -least) {
			t.Errorf("%s: %.2f where it goes on and %.2f where not, want %g", kind, same, strange, least)
		}
		if least == 0 && max(math.Abs(same), math.Abs(strange)) > 1 {
			t.Errorf("%s: %.2f and %.2f of what cannot be seen", kind, same, strange)
		}
	}
	for name, v := range map[string]float64{
		"short": Evidence(sound("machine", 100, 1), sound("machine", 100, 2)),
		"dead":  Evidence(make([]int32, Samples), make([]int32, Samples)),
		"none":  Evidence(nil, nil),
	} {
		if v != 0 {
			t.Errorf("%s: %g", name, v)
		}
	}
}
