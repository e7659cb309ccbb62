package main

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/auscult/auscult/training/dataset"
)

// noise makes up sound.
func noise(seed uint64, n, rateHz int) pcm {
	rng := rand.New(rand.NewPCG(seed, 5))
	p := pcm{make([]float64, n), rateHz}
	for i := range p.x {
		p.x[i] = 0.1 * rng.NormFloat64()
	}
	return p
}

// bandDB returns how much louder a band of b is than of a.
func bandDB(a, b pcm, fromHz, toHz float64) float64 {
	power := func(p pcm) (sum float64) {
		_, bins, stepHz := p.spectrum()
		for k, v := range bins {
			if hz := float64(k) * stepHz; hz >= fromHz && hz < toHz {
				sum += real(v)*real(v) + imag(v)*imag(v)
			}
		}
		return sum
	}
	return 10 * math.Log10(power(b)/power(a))
}

// TestAlterations: each changes what its name says by as much, and keeps the level where it says so.
func TestAlterations(t *testing.T) {
	p, tone := noise(1, 1<<15, 16000), noise(2, 3000, 16000)
	for i := range tone.x {
		tone.x[i] = math.Sin(2 * math.Pi * 1000 * float64(i) / 16000)
	}
	third := p.inThird(1000, 6)
	mixed := p.mixed(tone, -6)
	for _, c := range []struct {
		what              string
		got, want, within float64
	}{
		{"louder", 10 * math.Log10(p.louder(3).power()/p.power()), 3, 1e-9},
		{"third, inside", bandDB(p, third, 1000, 1050), 6, 1e-6},
		{"third, below", bandDB(p, third, 100, 880), 0, 1e-6},
		{"third, above", bandDB(p, third, 1130, 7000), 0, 1e-6},
		{"tilt at 4 kHz", bandDB(p, p.tilted(1), 3999, 4001), 2, 0.01},
		{"tilt at 500 Hz", bandDB(p, p.tilted(1), 499, 501), -1, 0.01},
		{"mixed, level", 10 * math.Log10(mixed.power()/p.power()), 0, 1e-9},
		// A quarter as loud as the noise, and both scaled by 1/1.25.
		{"mixed, tone", 10 * math.Log10(bandPower(mixed, 990, 1010)/mixed.power()), 10 * math.Log10(0.25/1.25), 0.3},
		{"mixed, rest", bandDB(p, mixed, 3000, 5000), 10 * math.Log10(1/1.25), 0.2},
		{"beats, level", 10 * math.Log10(p.beating(24, 0.4).power()/p.power()), 0, 1e-9},
	} {
		if !(math.Abs(c.got-c.want) <= c.within) {
			t.Errorf("%s: %.4f dB, want %.4f", c.what, c.got, c.want)
		}
	}
	kurtosis := func(p pcm) (v float64) {
		for _, x := range p.x {
			v += x * x * x * x / float64(len(p.x))
		}
		return v / p.power() / p.power()
	}
	if k := kurtosis(p.clicking(-6, rand.New(rand.NewPCG(1, 1)))); !(k > 2*kurtosis(p)) {
		t.Errorf("clicks have kurtosis %.2f, without %.2f", k, kurtosis(p))
	}
}

func bandPower(p pcm, fromHz, toHz float64) float64 {
	return p.filtered(func(hz float64) float64 {
		if hz >= fromHz && hz < toHz {
			return 0
		}
		return -300
	}).power()
}

// TestThirds finds the loudest one, and one that a quarter of the others are below.
func TestThirds(t *testing.T) {
	p := noise(3, 1<<15, 16000)
	loud, quiet := thirds([]pcm{p.inThird(100*math.Exp2(8./3), 40).inThird(400, -40)})
	if math.Abs(loud-635) > 1 || quiet == loud || quiet == 400 {
		t.Errorf("loudest %.0f Hz, quiet %.0f Hz", loud, quiet)
	}
	if loud, quiet := thirds([]pcm{noise(3, 100, 200)}); loud != 100 || quiet != 100 {
		t.Errorf("of a rate without thirds: %.0f and %.0f Hz", loud, quiet)
	}
}

// TestHardTasks: what is written is one clip for each normal one, and faults are told from the normal sound
// that is heard as they are.
func TestHardTasks(t *testing.T) {
	w := &workshop{
		rng: rand.New(rand.NewPCG(1, 2)), normal: []pcm{noise(1, 4000, 8000), noise(2, 4000, 8000)},
		fault: []pcm{noise(3, 4000, 8000), noise(4, 100, 8000), noise(5, 4000, 8000)}, loudHz: 500, quietHz: 1000,
	}
	dir := t.TempDir()
	if err := w.write(dir); err != nil {
		t.Fatal(err)
	}
	set, err := dataset.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	faulty, plain := 0, 0
	for _, task := range hardTasks() {
		if task.faulty {
			faulty++
		} else {
			plain++
		}
	}
	if n, a := set.Count(dataset.Normal), set.Count(dataset.Abnormal); n != 3*2 || a != faulty*3+plain*2 {
		t.Errorf("%d normal and %d abnormal clips of %d tasks with a fault and %d without", n, a, faulty, plain)
	}
	w.fault = nil
	dir = filepath.Join(t.TempDir(), "without")
	if err := w.write(dir); err != nil {
		t.Fatal(err)
	}
	if set, err = dataset.Open(dir); err != nil || set.Count(dataset.Abnormal) != plain*2 {
		t.Errorf("without faults: %v, %v", set, err)
	}
}

// TestTell: areas of the whole and of each detector.
func TestTell(t *testing.T) {
	of := func(score float64, surprises ...float64) judged {
		return judged{score: score, clip: clip{Surprises: surprises}}
	}
	h, err := tell("some", []judged{of(1, 1, 5), of(2, 2, 6)}, []judged{of(3, 1.5, 1), of(4, 3, 2)})
	if err != nil || h.Together != 1 || h.Parts[0] != 0.75 || h.Parts[1] != 0 || len(h.Clips) != 4 {
		t.Errorf("%+v, %v", h, err)
	}
}

// TestFamilyMean: a family with many machines counts as one with one.
func TestFamilyMean(t *testing.T) {
	var f familyMean
	f.add("pump", 1)
	f.add("pump", 0)
	f.add("fan", 1)
	if got := f.mean(); got != 0.75 {
		t.Errorf("%g, want 0.75", got)
	}
}
