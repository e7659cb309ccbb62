package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// floatFile writes a WAV file of floats of 32 bits.
func floatFile(t *testing.T, name string, rateHz int, samples []float32) string {
	t.Helper()
	le := binary.LittleEndian
	b := le.AppendUint32([]byte("RIFF"), uint32(36+4*len(samples)))
	b = append(b, "WAVEfmt \x10\x00\x00\x00\x03\x00\x01\x00"...)
	b = le.AppendUint32(b, uint32(rateHz))
	b = le.AppendUint32(b, uint32(4*rateHz))
	b = append(b, "\x04\x00\x20\x00data"...)
	b = le.AppendUint32(b, uint32(4*len(samples)))
	b, err := binary.Append(b, le, samples)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// featuresOf runs the command and returns its frames, bands x frames, and its summary.
func featuresOf(t *testing.T, args ...string) (values []float64, shape [2]int, sum featuresSummary, said string) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out.npy")
	var stdout, stderr bytes.Buffer
	args = append([]string{"features", "--json", "--plot", filepath.Join(t.TempDir(), "out.png")}, append(args, out)...)
	if code := run(t.Context(), args, streams{nil, &stdout, &stderr}); code != exitOK {
		t.Fatalf("%q ends with %d: %s", args, code, &stderr)
	}
	if err := json.Unmarshal(stdout.Bytes(), &sum); err != nil {
		t.Fatal(err)
	}
	values, shape, err := readNPY(out)
	if err != nil {
		t.Fatal(err)
	}
	return values, shape, sum, stderr.String()
}

// TestGapsHaveTheirPlace shows a gap as columns of NaN, so that those behind it are at their time, and no frame
// of what is on both of its sides: each side is what it is alone.
func TestGapsHaveTheirPlace(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, rateHz := range []int{16000, 44100} {
		for _, lost := range []int{1, 800, 5000, 48000} {
			t.Run(fmt.Sprintf("%d samples of %d Hz", lost, rateHz), func(t *testing.T) {
				samples := make([]float32, 5*rateHz)
				for i := range samples {
					samples[i] = float32(0.1 * rng.NormFloat64())
				}
				from := rateHz + 77
				before := append([]float32(nil), samples[:from]...)
				after := append([]float32(nil), samples[from+lost:]...)
				for i := range lost {
					samples[from+i] = float32(math.NaN())
				}
				values, shape, sum, said := featuresOf(t, floatFile(t, "gap.wav", rateHz, samples))
				wantA, shapeA, _, _ := featuresOf(t, floatFile(t, "before.wav", rateHz, before))
				wantB, shapeB, _, _ := featuresOf(t, floatFile(t, "after.wav", rateHz, after))
				hop := 512.0 / 16000
				start := int(math.Round(float64(from+lost) / float64(rateHz) / hop))
				start = max(start, shapeA[1])
				if shape[1] != start+shapeB[1] {
					t.Fatalf("%d frames, want %d before, and %d from frame %d on", shape[1], shapeA[1], shapeB[1], start)
				}
				for b := range shape[0] {
					row := values[b*shape[1]:][:shape[1]]
					for f, v := range row {
						switch {
						case f < shapeA[1] && v != wantA[b*shapeA[1]+f], f >= start && v != wantB[b*shapeB[1]+f-start]:
							t.Fatalf("band %d of frame %d is %g, another than alone", b, f, v)
						case f >= shapeA[1] && f < start && !math.IsNaN(v):
							t.Fatalf("band %d of frame %d is %g, and lies in the gap", b, f, v)
						}
					}
				}
				empty := start - shapeA[1]
				if sum.Empty != empty || empty > 0 != (sum.Gaps == 1) {
					t.Errorf("summary tells of %d gaps, %d frames, want %d", sum.Gaps, sum.Empty, empty)
				}
				if want := fmt.Sprintf("gaps: 1, in all %d frames", empty); empty > 0 && !strings.Contains(said, want) {
					t.Errorf("no %q in %q", want, said)
				}
				if math.IsNaN(sum.MinDB) || math.IsNaN(sum.MaxDB) {
					t.Errorf("levels from %g to %g", sum.MinDB, sum.MaxDB)
				}
			})
		}
	}
}

// TestLongGapsAreShortened bounds what a gap costs, as where a clock jumps by a year.
func TestLongGapsAreShortened(t *testing.T) {
	var table strings.Builder
	table.WriteString("time,x\n")
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range 4000 {
		at := float64(i) / 1000
		if i >= 2000 {
			at += 365 * 86400
		}
		fmt.Fprintf(&table, "%.3f,%.5f\n", at, rng.NormFloat64())
	}
	path := filepath.Join(t.TempDir(), "year.csv")
	if err := os.WriteFile(path, []byte(table.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	_, shape, sum, said := featuresOf(t,
		"--rate", "1000", "--frame", "128", "--hop", "64", "--bands", "16", "--scale", "linear", path)
	if sum.Empty != mostEmpty || shape[1] != mostEmpty+60 || !strings.Contains(said, "a gap has 10000 at most") {
		t.Errorf("%d frames, %d of gaps: %s", shape[1], sum.Empty, said)
	}
}
