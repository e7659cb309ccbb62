package main

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auscult/auscult/training/dataset/npy"
)

// TestFeaturesScaled compares the numbers that a network is trained on with the levels that they are made of.
func TestFeaturesScaled(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	samples := make([]float32, 16000)
	for i := range samples {
		if samples[i] = float32(rng.NormFloat64() / 20); i > 12000 {
			samples[i] = 1e-9 // below what a node tells apart
		}
	}
	clip := floatFile(t, "clip.wav", 16000, samples)
	plain, shape, _, _ := featuresOf(t, "--bands", "64", clip)
	if shape[0] != 64 {
		t.Fatalf("%v", shape)
	}
	level := func(i int) float64 { return max(plain[i], -80) }
	for _, c := range []struct {
		args []string
		want func(i int) float64
	}{
		{[]string{"--features", "mimii"}, level},
		{[]string{"--bands", "64", "--levels", "ln"}, func(i int) float64 { return level(i) * math.Ln10 / 10 }},
		{[]string{"--bands", "64", "--unit", "db", "--mean=-60", "--std=10"}, func(i int) float64 {
			return (level(i) + 60) / 10
		}},
		{[]string{"--bands", "64", "--min=-100", "--max=0"}, func(i int) float64 { return (level(i) + 100) / 100 }},
		{[]string{"--bands", "64", "--levels", "cell"}, func(i int) float64 { return (level(i) + 80) / 120 }},
	} {
		got, own, _, _ := featuresOf(t, append(c.args, clip)...)
		if own != shape {
			t.Fatalf("%v: %v, want %v", c.args, own, shape)
		}
		for i, v := range got {
			if want := c.want(i); math.Abs(v-want) > 1e-4*max(1, math.Abs(want)) {
				t.Fatalf("%v: value %d is %g, want %g", c.args, i, v, want)
			}
		}
	}
	out := filepath.Join(t.TempDir(), "windows.npy")
	var stdout, stderr bytes.Buffer
	args := []string{"features", "--features", "mimii", "--frames", "5", clip, out}
	if code := run(t.Context(), args, streams{nil, &stdout, &stderr}); code != exitOK {
		t.Fatalf("ends with %d: %s", code, &stderr)
	}
	f, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	h, err := npy.ReadHeader(f)
	if err != nil || len(h.Shape) != 3 || int(h.Shape[0]) != shape[1]-4 || h.Shape[1] != 5 || h.Shape[2] != 64 {
		t.Fatalf("shape %v of %d frames, %v", h.Shape, shape[1], err)
	}
	values := make([]float32, h.Count())
	if err := binary.Read(io.Reader(f), binary.LittleEndian, values); err != nil {
		t.Fatal(err)
	}
	for i, v := range values {
		w, frame, band := i/(5*64), i/64%5, i%64
		if want := level(band*shape[1] + w + frame); math.Abs(float64(v)-want) > 1e-4 {
			t.Fatalf("window %d, frame %d, band %d: %g, want %g", w, frame, band, v, want)
		}
	}
}

// TestFeaturesRefuse says what a stream cannot give, and what does not go together.
func TestFeaturesRefuse(t *testing.T) {
	clip := floatFile(t, "clip.wav", 16000, make([]float32, 4000))
	for want, args := range map[string][]string{
		"power 3":              {"--power", "3"},
		"--frames 5000":        {"--frames", "5000"},
		"say by --frames":      {"--bands", "2", "--levels", "db", "--mean=1,2,3,4"},
		"no stretch of 900":    {"--frames", "900"},
		"give one of them":     {"--levels", "ln", "--seed-normalise"},
		"have no place beside": {"--model", "m.tflite", "--levels", "ln"},
		"--deviation must be":  {"--std=0"},
	} {
		var stdout, stderr bytes.Buffer
		args = append(append([]string{"features"}, args...), clip, filepath.Join(t.TempDir(), "out.npy"))
		code := run(t.Context(), args, streams{nil, &stdout, &stderr})
		if code == exitOK || !strings.Contains(stderr.String(), want) {
			t.Errorf("%q ends with %d and %q, want %q", args, code, &stderr, want)
		}
	}
}
