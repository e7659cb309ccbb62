package sim

import (
	"context"
	"errors"
	"io"
	"math"
	"math/cmplx"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/hwtest"
)

// record returns n sample times of a pump, one slice per channel.
func record(t *testing.T, o Options, n int) [][]float64 {
	t.Helper()
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	ch := p.Format().Channels
	channels := make([][]float64, ch)
	b := hw.Block{PCM: make([]int32, 1000*ch)}
	for len(channels[0]) < n {
		if err := p.Read(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		for i, x := range b.PCM {
			channels[i%ch] = append(channels[i%ch], float64(x)/(1<<31))
		}
	}
	for c := range channels {
		channels[c] = channels[c][:n]
	}
	return channels
}

// dbfs returns the root mean square in dB re full scale.
func dbfs(x []float64) float64 {
	var sum float64
	for _, v := range x {
		sum += v * v
	}
	return 10 * math.Log10(sum/float64(len(x)))
}

// transform computes the Fourier transform of x in place; its length and that
// of the scratch memory are the same power of two.
func transform(x, scratch []complex128) {
	n := len(x)
	if n == 1 {
		return
	}
	even, odd := scratch[:n/2], scratch[n/2:]
	for i := range n / 2 {
		even[i], odd[i] = x[2*i], x[2*i+1]
	}
	transform(even, x[:n/2])
	transform(odd, x[n/2:])
	for k := range n / 2 {
		t := cmplx.Rect(1, -2*math.Pi*float64(k)/float64(n)) * odd[k]
		x[k], x[k+n/2] = even[k]+t, even[k]-t
	}
}

// spectrum returns the power spectrum of whole turns under a Hann window,
// scaled so that a sine's power is the sum over its three bins.
func spectrum(x []float64) []float64 {
	n := len(x)
	y := make([]complex128, n)
	for i, v := range x {
		y[i] = complex(v*(1-math.Cos(2*math.Pi*float64(i)/float64(n))), 0)
	}
	transform(y, make([]complex128, n))
	out := make([]float64, n/2)
	for k, v := range y[:n/2] {
		m := cmplx.Abs(v) / float64(n)
		out[k] = 2 * m * m / 1.5
	}
	return out
}

// band returns the power between two frequencies in dB re full scale.
func band(spectrum []float64, rate int, low, high float64) float64 {
	perHz := 2 * float64(len(spectrum)) / float64(rate)
	var sum float64
	for k := int(math.Ceil(low * perHz)); k <= int(high*perHz) && k < len(spectrum); k++ {
		sum += spectrum[k]
	}
	return 10 * math.Log10(sum)
}

func within(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(got-want) > tolerance {
		t.Errorf("%s: %.2f, want %.2f ± %g", what, got, want, tolerance)
	}
}

func TestHealthySpectrum(t *testing.T) {
	for _, rate := range []int{8000, 16000, 48000} {
		o := Default()
		o.SampleRateHz, o.LevelDBFS = rate, -20
		x := record(t, o, 1<<17)
		within(t, "level", dbfs(x[0]), -20, 0.3)
		s := spectrum(x[0])
		for _, c := range []struct{ hz, db float64 }{
			{24.7, shaft1DB}, {49.4, shaft2DB}, {74.1, shaft3DB}, {172.9, vane1DB}, {345.8, vane2DB},
		} {
			power := band(s, rate, c.hz-1.5, c.hz+1.5)
			// The parts' sum is normalised by less than 0.3 dB.
			within(t, "tone", power, -20+c.db, 0.5)
			if beside := band(s, rate, c.hz+4, c.hz+7); beside > power-15 {
				t.Errorf("%d Hz: %.1f Hz stands %.1f dB above what is beside", rate, c.hz, power-beside)
			}
		}
	}
}

func TestFaults(t *testing.T) {
	const n = 1 << 16
	base := Default()
	healthy := record(t, base, n)
	before := spectrum(healthy[0])
	with := func(f Fault) []float64 {
		o := base
		o.Faults = []Fault{f}
		x := record(t, o, n)
		return x[0]
	}
	rate := base.SampleRateHz

	imbalance := spectrum(with(Fault{Kind: Imbalance, LevelDB: 10}))
	// The tone joins the shaft's own in phase.
	sum := 20 * math.Log10(math.Pow(10, -20.0/20)+math.Pow(10, (-30+shaft1DB)/20))
	within(t, "imbalance at the shaft's rate", band(imbalance, rate, 23, 26.5), sum, 0.5)
	within(t, "imbalance elsewhere", band(imbalance, rate, 100, 8000), band(before, rate, 100, 8000), 0.2)

	bearing := with(Fault{Kind: Bearing, LevelDB: 0})
	within(t, "bearing's ringing", band(spectrum(bearing), rate, 2400, 4000), -30, 1.5)
	// Their envelope shows the rate of the knocks: square, and look there.
	envelope := make([]float64, n)
	var y1, y2 float64
	for i, x := range bearing {
		high := x - 2*y1 + y2 // twice differenced: only the ringing remains
		y2, y1 = y1, x
		envelope[i] = high * high
	}
	mean := 0.0
	for _, v := range envelope {
		mean += v / n
	}
	for i := range envelope {
		envelope[i] -= mean
	}
	lines := spectrum(envelope)
	hz := base.ShaftHz * bearingOrder
	if line, beside := band(lines, rate, hz-2, hz+2), band(lines, rate, hz+10, hz+14); line < beside+15 {
		t.Errorf("bearing: the envelope's line at %.1f Hz stands %.1f dB above what is beside", hz, line-beside)
	}

	cavitation := with(Fault{Kind: Cavitation, LevelDB: 0})
	high := band(spectrum(cavitation), rate, 4000, 8000)
	if rise := high - band(before, rate, 4000, 8000); rise < 10 {
		t.Errorf("cavitation raises high frequencies by %.1f dB", rise)
	}

	dead := with(Fault{Kind: DeadSensor, At: time.Second, For: time.Second})
	for i, x := range dead {
		if off := i >= rate && i < 2*rate; off && x != 0 {
			t.Fatalf("dead sensor: sample %d is %g", i, x)
		} else if !off && x != healthy[0][i] {
			t.Fatalf("dead sensor: sample %d is %g, %g without the fault", i, x, healthy[0][i])
		}
	}
}

func TestFaultsSwitch(t *testing.T) {
	base := Default()
	healthy := record(t, base, 48000)
	o := base
	o.Faults = []Fault{{Kind: Imbalance, At: time.Second, For: 500 * time.Millisecond, LevelDB: 3}}
	x := record(t, o, 48000)
	if !slices.Equal(x[0][:16000], healthy[0][:16000]) || !slices.Equal(x[0][24000:], healthy[0][24000:]) {
		t.Error("imbalance sounds outside its time")
	}
	if rise := dbfs(x[0][16000:24000]) - dbfs(healthy[0][16000:24000]); rise < 1 {
		t.Errorf("imbalance raises the level by %.2f dB", rise)
	}
	// Those that use random numbers change what follows, but not what precedes.
	for _, kind := range []Kind{Bearing, Cavitation} {
		o := base
		o.Faults = []Fault{{Kind: kind, At: time.Second, LevelDB: 3}}
		x := record(t, o, 48000)
		if !slices.Equal(x[0][:16000], healthy[0][:16000]) || dbfs(x[0][16000:]) < dbfs(healthy[0][16000:])+1 {
			t.Errorf("%s does not begin at its time", kind)
		}
	}
}

func TestSeedsDiffer(t *testing.T) {
	a := record(t, Options{}, 4000)
	b := record(t, Options{Seed: 1}, 4000)
	c := record(t, Options{Seed: 2}, 4000)
	if !slices.Equal(a[0], b[0]) || slices.Equal(a[0], c[0]) {
		t.Error("equal seeds must give equal samples, others other ones")
	}
}

func TestChannels(t *testing.T) {
	x := record(t, Options{Channels: 3}, 32000)
	for c := range x {
		within(t, "level", dbfs(x[c]), -30+channelDB*float64(c), 0.4)
	}
	// What remains of channel 1 without channel 0 is its own noise.
	gain := math.Pow(10, channelDB/20)
	rest := make([]float64, len(x[1]))
	for i := range rest {
		rest[i] = x[1][i] - gain*x[0][i]
	}
	within(t, "own noise", dbfs(rest), -30+sensorDB, 0.3)
}

func TestConformance(t *testing.T) {
	second := 500 * time.Millisecond
	faults := []Fault{{Kind: Bearing, At: 100 * time.Millisecond}, {Kind: Cavitation}}
	lossy := append([]Fault{{Kind: LostSamples, At: 50 * time.Millisecond, For: 305 * time.Millisecond}}, faults...)
	for name, c := range map[string]struct {
		options     Options
		sampleTimes uint64
		lost        uint64
	}{
		"endless":       {options: Options{}},
		"finite":        {Options{Duration: second, Channels: 2, BitsPerSample: 16, Faults: faults}, 8000, 0},
		"lost samples":  {Options{Duration: second, Faults: lossy, Channels: 3}, 8000, 3*160 + 80},
		"paced, 32 bit": {Options{Duration: second / 4, BitsPerSample: 32, Paced: true, SampleRateHz: 48000}, 6000, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := New(c.options)
			if err != nil {
				t.Fatal(err)
			}
			hwtest.TestSource(t, func(t *testing.T) hw.Source {
				p, err := New(c.options)
				if err != nil {
					t.Fatal(err)
				}
				return p
			}, hwtest.Want{Format: p.Format(), SampleTimes: c.sampleTimes, Lost: c.lost})
		})
	}
}

func TestPaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, err := New(Options{Paced: true, Duration: 2500 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		b := hw.Block{PCM: make([]int32, 16000)}
		for _, want := range []time.Duration{1000, 2000, 2500} {
			if err := p.Read(t.Context(), &b); err != nil || time.Since(start) != want*time.Millisecond {
				t.Errorf("error %v after %v, want %d ms", err, time.Since(start), want)
			}
		}
		if err := p.Read(t.Context(), &b); !errors.Is(err, io.EOF) {
			t.Errorf("error %v at the end", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if p, err = New(Options{Paced: true}); err != nil {
			t.Fatal(err)
		}
		if err := p.Read(ctx, &b); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want the context's", err)
		}
	})
}

func TestNewRejects(t *testing.T) {
	nan := math.NaN()
	for want, o := range map[string]Options{
		"sample rate 10":    {SampleRateHz: 10},
		"9 channels":        {Channels: 9},
		"8 bits":            {BitsPerSample: 8},
		"level 3 dBFS":      {LevelDBFS: 3},
		"level NaN":         {LevelDBFS: nan},
		"NaN turns":         {ShaftHz: nan},
		"half the sample":   {ShaftHz: 600},
		"duration":          {Duration: -1},
		"unknown fault":     {Faults: []Fault{{Kind: "rust"}}},
		"not be negative":   {Faults: []Fault{{Kind: Bearing, At: -1}}},
		"at NaN dB":         {Faults: []Fault{{Kind: Bearing, LevelDB: nan}}},
		"exceed full scale": {Faults: []Fault{{Kind: Bearing, LevelDB: 31}}},
		"33 faults":         {Faults: make([]Fault, 33)},
	} {
		if _, err := New(o); err == nil || !strings.HasPrefix(err.Error(), "sim: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	p, err := New(Options{Faults: []Fault{{Kind: Bearing}, {Kind: Cavitation}, {Kind: Imbalance}}})
	if err != nil {
		b.Fatal(err)
	}
	block := hw.Block{PCM: make([]int32, 512)}
	b.SetBytes(512 * 4)
	for b.Loop() {
		if err := p.Read(b.Context(), &block); err != nil {
			b.Fatal(err)
		}
	}
}
