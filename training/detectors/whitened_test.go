package detectors

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/training/metrics"
)

// residuals makes up observations whose bands' residuals vary together, by themselves, or
// both.
func residuals(rng *rand.Rand, bands int, together, alone float64) (all []detect.Sample) {
	for i := range 200 {
		o := detect.Sample{Clip: fmt.Sprint(i / 10), Observation: detect.Observation{ResidualDB: make([]float64, bands)}}
		common := together * rng.NormFloat64()
		for b := range bands {
			o.ResidualDB[b] = 20 + common + alone*rng.NormFloat64()
		}
		all = append(all, o)
	}
	return all
}

func fittedTo(normal []detect.Sample) *detect.Whitened {
	return fitWhitened(&detect.Normal{Samples: normal}).(*detect.Whitened)
}

// TestTopBands chooses by normal sound: where its bands move together one or two of them tell
// as much as many; where single bands now and then jump, as they do with whistles in the
// hall, one of them tells little.
func TestTopBands(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 9))
	steady := residuals(rng, 128, 2, 0.2)
	whistling := residuals(rng, 128, 0.5, 0.5)
	for i := range whistling {
		whistling[i].ResidualDB[rng.IntN(128)] += 6 * rng.ExpFloat64()
	}
	if k, more := fittedTo(steady).TopBands, fittedTo(whistling).TopBands; k > 2 || more < 8 || more > 64 {
		t.Errorf("%d bands in steady sound, %d where single bands jump", k, more)
	}
	for _, bands := range []int{1, 2, 3, 16} {
		if k := fittedTo(residuals(rng, bands, 1, 1)).TopBands; k < 1 || k > bands {
			t.Errorf("%d of %d bands", k, bands)
		}
	}
}

// TestTopBandsNoticesEarlier holds the choice against its own measure: with it, no width
// of sound needs many more decibels than with the plain mean over all bands, and a narrow one
// needs far fewer.
func TestTopBandsNoticesEarlier(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 9))
	normal := residuals(rng, 128, 1, 1)
	d := fittedTo(normal)
	need := func(k, width int) float64 {
		a := newAdder(d, normal[:50])
		a.w.TopBands = k
		highest := 0.0
		for _, v := range whitenedOthers(&a.w, normal) {
			highest = max(highest, v)
		}
		return a.neededFor(width, highest)
	}
	if all, top := need(128, 3), need(d.TopBands, 3); top > all/2 {
		t.Errorf("3 bands of 128 must rise by %.1f dB with the top %d, by %.1f dB with all", top, d.TopBands, all)
	}
	if all, top := need(128, 32), need(d.TopBands, 32); top > 1.5*all {
		t.Errorf("32 bands of 128 must rise by %.1f dB with the top %d, by %.1f dB with all", top, d.TopBands, all)
	}
}

// TestRare draws scores whose tail is known: one in a thousand exceeds ln(1000), and the
// error that the jackknife states is about that of other draws.
func TestRare(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 9))
	var values []float64
	stated := 0.0
	const draws = 40
	for range draws {
		normal := residuals(rng, 1, 0, 1)
		scores := make([]float64, len(normal))
		for i := range scores {
			scores[i] = rng.ExpFloat64()
		}
		value, deviation := rare(normal, scores)
		values = append(values, value)
		stated += deviation / draws
	}
	mean, deviation := metrics.Moments(values)
	if math.Abs(mean-math.Log(1000)) > 1 || stated < deviation/2 || stated > 2*deviation {
		t.Errorf("one in a thousand scores %.2f, want %.2f; deviation %.2f, stated %.2f",
			mean, math.Log(1000), deviation, stated)
	}
	if _, deviation := rare(residuals(rng, 1, 0, 1)[:10], make([]float64, 10)); deviation != 0 {
		t.Errorf("one clip has a standard error of %g", deviation)
	}
}
