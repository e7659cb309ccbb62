package vibration

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/mjibson/go-dsp/spectral"
	"github.com/mjibson/go-dsp/window"

	"github.com/auscult/auscult/dsp/dsptest"
)

type goldenCase struct {
	Name      string          `json:"name"`
	RateHz    float64         `json:"rate_hz"`
	FullScale float64         `json:"full_scale_m_per_s2"`
	Segment   int             `json:"segment"`
	Velocity  [2]float64      `json:"velocity"`
	Bands     [][2]float64    `json:"bands"`
	Signal    *dsptest.Signal `json:"signal"`
	File      string          `json:"file"`
	SHA256    string          `json:"sha256"`
	Features  struct {
		Mean, RMS, Peak, Crest, Kurtosis float64
		Velocity                         float64 `json:"velocity_mm_per_s"`
		Bands                            []float64
	} `json:"features"`
}

func goldenCases(t testing.TB) []goldenCase {
	t.Helper()
	b, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct{ Cases []goldenCase }
	if err := json.Unmarshal(b, &golden); err != nil {
		t.Fatal(err)
	}
	if len(golden.Cases) == 0 {
		t.Fatal("no golden cases")
	}
	return golden.Cases
}

// pcm returns the case's samples, which are those that the oracle analysed.
func (c goldenCase) pcm(t testing.TB) []int32 {
	t.Helper()
	var pcm []int32
	if c.Signal != nil {
		var err error
		if pcm, err = c.Signal.PCM(); err != nil {
			t.Fatal(err)
		}
	} else {
		b, err := os.ReadFile(filepath.Join("../..", c.File))
		if err != nil {
			t.Fatal(err)
		}
		step := 2 * int(binary.LittleEndian.Uint16(b[22:]))
		for b = b[44:]; len(pcm) < 40000; b = b[step:] {
			pcm = append(pcm, int32(int16(binary.LittleEndian.Uint16(b)))<<16)
		}
	}
	var raw bytes.Buffer
	if err := binary.Write(&raw, binary.LittleEndian, pcm); err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(raw.Bytes()); hex.EncodeToString(sum[:]) != c.SHA256 {
		t.Fatalf("%s: the samples are not the oracle's", c.Name)
	}
	return pcm
}

func (c goldenCase) config() Config {
	config := Config{
		SampleRateHz: c.RateHz, FullScaleMPerS2: c.FullScale, SegmentLength: c.Segment,
		Velocity: Band{c.Velocity[0], c.Velocity[1]},
	}
	for _, b := range c.Bands {
		config.Bands = append(config.Bands, Band{b[0], b[1]})
	}
	return config
}

// psd reads the oracle's power density.
func (c goldenCase) psd(t testing.TB) []float32 {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", c.Name+".npy"))
	if err != nil {
		t.Fatal(err)
	}
	n := 10 + int(binary.LittleEndian.Uint16(b[8:]))
	if !bytes.Contains(b[:n], []byte("'<f4'")) {
		t.Fatalf("%s: not float32", c.Name)
	}
	out := make([]float32, (len(b)-n)/4)
	if err := binary.Read(bytes.NewReader(b[n:]), binary.LittleEndian, out); err != nil {
		t.Fatal(err)
	}
	return out
}

func near(t *testing.T, what string, got, want, relative float64) {
	t.Helper()
	if !(math.Abs(got-want) <= relative*math.Abs(want)) {
		t.Errorf("%s: %.9g, want %.9g within %g", what, got, want, relative)
	}
}

// TestGolden compares with SciPy.
func TestGolden(t *testing.T) {
	for _, c := range goldenCases(t) {
		t.Run(c.Name, func(t *testing.T) {
			m, err := NewMeter(c.config())
			if err != nil {
				t.Fatal(err)
			}
			pcm := c.pcm(t)
			for block := range slices.Chunk(pcm, 777) {
				m.Write(block)
			}
			f, want := m.Features(), c.Features
			if f.Samples != uint64(len(pcm)) || f.Segments != (len(pcm)-c.Segment)/(c.Segment/2)+1 {
				t.Errorf("%d samples, %d segments", f.Samples, f.Segments)
			}
			if math.Abs(f.AccelMeanMPerS2-want.Mean) > 1e-9*want.RMS {
				t.Errorf("mean %g, want %g", f.AccelMeanMPerS2, want.Mean)
			}
			near(t, "RMS", f.AccelRMSMPerS2, want.RMS, 1e-9)
			near(t, "peak", f.AccelPeakMPerS2, want.Peak, 1e-9)
			near(t, "crest factor", f.CrestFactor, want.Crest, 1e-9)
			near(t, "kurtosis", f.Kurtosis, want.Kurtosis, 1e-9)
			near(t, "velocity", f.VelocityRMSMMPerS, want.Velocity, 1e-5)
			for i, got := range f.BandRMSMPerS2 {
				near(t, "band", got, want.Bands[i], 1e-5)
			}
			psd, reference := m.PSD(), c.psd(t)
			if len(psd) != len(reference) {
				t.Fatalf("%d bins, want %d", len(psd), len(reference))
			}
			highest := float64(slices.Max(reference))
			for k, got := range psd {
				ref := float64(reference[k])
				// Within 90 dB of the highest bin; below, the integers' rounding shows.
				if ref > 1e-9*highest && math.Abs(10*math.Log10(got/ref)) > 0.01 {
					t.Errorf("%g Hz: %g, want %g", float64(k)*m.BinHz(), got, ref)
				}
			}
		})
	}
}

// TestWelchAgainstGoDSP compares with another implementation in Go, within the
// conditions under which that one is right: equal lengths, no mean.
func TestWelchAgainstGoDSP(t *testing.T) {
	const n, rate = 1024, 8000.0
	signal := dsptest.Signal{Samples: 9 * n, Bits: 24, Components: []dsptest.Component{
		{Kind: "noise", Amplitude: 1 << 28, Seed: 9}, {Kind: "tone", Amplitude: 1 << 29, Step: 1 << 60},
	}}
	pcm, err := signal.PCM()
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWelch(rate, n)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(pcm)
	x := make([]float64, len(pcm))
	for i, v := range pcm {
		x[i] = float64(v) / (1 << 31)
	}
	want, _ := spectral.Pwelch(x, rate,
		&spectral.PwelchOptions{NFFT: n, Pad: n, Noverlap: n / 2, Window: func(l int) []float64 {
			return window.Hann(l + 1)[:l] // periodic
		}})
	for k, got := range w.PSD(nil) {
		if k >= 3 && k < n/2 && math.Abs(10*math.Log10(got/want[k])) > 0.01 {
			t.Errorf("bin %d: %g, want %g", k, got, want[k])
		}
	}
}
