package likeness

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

const rateHz = 16000

// machine is a hum whose phase is chance, noise that a shaft's turning lets rise and fall, and impacts
// as regular as a clock: what different takes of one machine have in common.
func machine(seed uint64, seconds float64) []float64 {
	rng := rand.New(rand.NewPCG(seed, 1))
	x := make([]float64, int(seconds*rateHz))
	phase, impact := rng.Float64(), rng.Float64()
	for i := range x {
		t := float64(i) / rateHz
		turn := math.Sin(2 * math.Pi * (8*t + phase))
		x[i] = 0.5*math.Sin(2*math.Pi*(50*t+phase)) + 0.2*rng.NormFloat64()*(1+0.3*turn)
		since := math.Mod(t/0.0937+impact, 1) * 0.0937 * rateHz
		x[i] += 0.3 * math.Exp(-since/40) * math.Sin(1.1*since)
	}
	return x
}

// heardBy is what a microphone makes of a sound that comes later and softer, with its own noise.
func heardBy(x []float64, delay int, gain, noise float64, seed uint64) []int32 {
	rng := rand.New(rand.NewPCG(seed, 2))
	out := make([]int32, len(x))
	for i := range out {
		v := noise * rng.NormFloat64()
		if i >= delay {
			v += gain * x[i-delay]
		}
		out[i] = int32(math.Round(1000*v)) << 16
	}
	return out
}

func printOf(l *Listener, pcm []int32, channels int) Print {
	l.Begin(rateHz, channels)
	for len(pcm) > 0 && l.Write(pcm[:min(len(pcm), 1000*channels)]) {
		pcm = pcm[min(len(pcm), 1000*channels):]
	}
	return l.Print()
}

// groups returns for each print the first one that hangs together with it.
func groups(prints []Print) []int {
	of := make([]int, len(prints))
	for i := range of {
		of[i] = i
	}
	Alike(prints, func(a, b int) {
		from, to := max(of[a], of[b]), min(of[a], of[b])
		for i := range of {
			if of[i] == from {
				of[i] = to
			}
		}
	})
	return of
}

// TestMicrophones puts four microphones before each of many takes of one machine: those of a
// take are found, of short takes most, and no two takes are taken for one.
func TestMicrophones(t *testing.T) {
	const takes, microphones = 30, 4
	for seconds, least := range map[float64]float64{2: 0.6, 10: 1} {
		l := NewListener(takes * microphones)
		var prints []Print
		for take := range takes {
			x := machine(uint64(take), seconds)
			for m := range microphones {
				pcm := heardBy(x, 9*m, 1/(1+0.4*float64(m)), 0.02, uint64(take*microphones+m))
				prints = append(prints, printOf(l, pcm, 1))
			}
		}
		found := 0
		for i, first := range groups(prints) {
			if first/microphones != i/microphones {
				t.Errorf("%g s: microphones %d and %d of two takes are taken for one's", seconds, i, first)
			}
			if first == i/microphones*microphones {
				found++
			}
		}
		if share := float64(found) / float64(len(prints)); share < least {
			t.Errorf("%g s: %.2f of the microphones were found to be of their take", seconds, share)
		}
	}
}

// TestCuts finds overlapping cuts, and copies of one channel of several, by their samples.
func TestCuts(t *testing.T) {
	l := NewListener(2)
	pcm := heardBy(machine(1, 20), 0, 1, 0, 0)
	stereo := make([]int32, 2*len(pcm))
	other := heardBy(machine(2, 20), 0, 1, 0, 0)
	for i := range pcm {
		stereo[2*i], stereo[2*i+1] = other[i], pcm[i]
	}
	for name, c := range map[string]struct {
		a, b  []int32
		chans int
		alike bool
	}{
		"overlap of five seconds": {pcm[:10*rateHz], pcm[5*rateHz+77:], 1, true},
		"one after the other":     {pcm[:10*rateHz], pcm[10*rateHz:], 1, false},
		"a channel of two":        {pcm, stereo, 2, true},
		"a tenth of a second":     {pcm[:1600], slices.Clone(pcm[:1600]), 1, true},
		"silence":                 {make([]int32, rateHz), make([]int32, rateHz), 1, false},
		"nothing":                 {nil, nil, 1, false},
	} {
		prints := []Print{printOf(l, c.a, 1), printOf(l, c.b, c.chans)}
		if of := groups(prints); (of[1] == 0) != c.alike {
			t.Errorf("%s: taken for the same sound: %v", name, of[1] == 0)
		}
	}
}

// TestMany compares more recordings than each with each: pairs among them are found.
func TestMany(t *testing.T) {
	const n, pairs = eachWithEach + 500, 200
	rng := rand.New(rand.NewPCG(5, 5))
	prints := make([]Print, n)
	for i := range prints {
		p := Print{n: 2048, words: make([]uint64, 32)}
		for k := range p.words {
			p.words[k] = rng.Uint64()
			if i < 2*pairs && i%2 == 1 { // one bit in eight differs
				p.words[k] = prints[i-1].words[k] ^ rng.Uint64()&rng.Uint64()&rng.Uint64()
			}
		}
		prints[i] = p
	}
	found := map[int]bool{}
	Alike(prints, func(a, b int) {
		if min(a, b)%2 != 0 || max(a, b) != min(a, b)+1 || max(a, b) >= 2*pairs {
			t.Fatalf("%d and %d are taken for the same sound", a, b)
		}
		found[min(a, b)] = true
	})
	if len(found) < pairs*95/100 {
		t.Errorf("%d of %d pairs were found", len(found), pairs)
	}
}

func BenchmarkAlike(b *testing.B) {
	rng := rand.New(rand.NewPCG(5, 5))
	prints := make([]Print, 100000)
	for i := range prints {
		p := Print{n: 1024, words: make([]uint64, 5+16), marks: 5}
		for k := range p.words {
			p.words[k] = rng.Uint64()
		}
		prints[i] = p
	}
	for b.Loop() {
		Alike(prints, func(int, int) {})
	}
}

func BenchmarkListen(b *testing.B) {
	l := NewListener(1)
	pcm := heardBy(machine(1, 10), 0, 1, 0, 0)
	b.SetBytes(int64(len(pcm)))
	for b.Loop() {
		printOf(l, pcm, 1)
	}
}
