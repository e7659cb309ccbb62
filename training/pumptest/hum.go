package pumptest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/wav"
	"github.com/auscult/auscult/training/dataset"
)

// Hum returns features of clips of a hum whose level sways, with noise, as a
// profile of the given number of bands at 8 kHz has them: 4 s each, three of them, at
// 900, 1200 and 1500 rpm.
func Hum(t testing.TB, bands int) dataset.NormalFeatures {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "normal"), 0o755); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	table := "file,speed_rpm\n"
	for i := range 3 {
		table += fmt.Sprintf("normal/%d.wav,%d\n", i, 900+300*i)
		pcm := make([]int32, 4*8000)
		for j := range pcm {
			s := float64(j) / 8000
			v := (1+0.8*math.Sin(4*s+float64(i)))*math.Sin(2*math.Pi*300*s) + 0.1*rng.NormFloat64()
			pcm[j] = int32(v * 1e7)
		}
		f, err := os.Create(filepath.Join(dir, "normal", strconv.Itoa(i)+".wav"))
		if err != nil {
			t.Fatal(err)
		}
		format := hw.Format{SampleRateHz: 8000, Channels: 1, BitsPerSample: 16}
		if err := errors.Join(wav.Write(f, format, pcm), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, dataset.ConditionsFile), []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	set, err := dataset.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	p := dsp.DefaultProfile()
	p.SampleRateHz, p.FrameLength, p.HopLength, p.Bands, p.MaxHz = 8000, 512, 256, bands, 4000
	features, _, err := dataset.ExtractNormal(context.Background(), set.Normal(), dataset.Options{Profile: p})
	if err != nil {
		t.Fatal(err)
	}
	return features
}
