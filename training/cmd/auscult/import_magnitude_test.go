package main

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/dataset/npy"
)

// nearlyItself writes an autoencoder of n numbers that gives most of each.
func nearlyItself(t *testing.T, n int) string {
	t.Helper()
	var weights []byte
	for i := range n * n {
		w := float32(0)
		if i%(n+1) == 0 {
			w = 0.9
		}
		weights = binary.LittleEndian.AppendUint32(weights, math.Float32bits(w))
	}
	m := &tflite.Model{
		Tensors: []tflite.Tensor{
			{Name: "x", Type: tflite.Float32, Shape: []int{1, n}},
			{Name: "w", Type: tflite.Float32, Shape: []int{n, n}, Data: weights},
			{Name: "b", Type: tflite.Float32, Shape: []int{n}, Data: make([]byte, 4*n)},
			{Name: "y", Type: tflite.Float32, Shape: []int{1, n}},
		},
		Inputs: []int{0}, Outputs: []int{3},
		Operators: []tflite.Operator{{
			Op: tflite.FullyConnected, Version: 1, Options: tflite.FullyConnectedOptions{},
			Inputs: []int{0, 1, 2}, Outputs: []int{3},
		}},
	}
	data, err := m.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "network.tflite")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestImportMagnitudes imports a network that was trained on sums of magnitudes: the settings say so, and what the
// model hears is what features writes with the same flags.
func TestImportMagnitudes(t *testing.T) {
	data := t.TempDir()
	r := rand.New(rand.NewPCG(5, 7))
	var clip string
	for i := range 6 {
		samples := make([]float32, 48000)
		for j := range samples {
			samples[j] = float32(0.05*r.NormFloat64() + 0.1*math.Sin(float64(j)*0.3))
		}
		clip = floatFile(t, "clip.wav", 16000, samples)
		if err := os.MkdirAll(filepath.Join(data, "normal"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(clip, filepath.Join(data, "normal", strconv.Itoa(i)+".wav")); err != nil {
			t.Fatal(err)
		}
		clip = filepath.Join(data, "normal", strconv.Itoa(i)+".wav")
	}
	call := func(args ...string) string {
		t.Helper()
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), args, streams{nil, &stdout, &stderr}); code != exitOK {
			t.Fatalf("%q ends with %d: %s", args, code, &stderr)
		}
		return stdout.String()
	}
	flags := []string{"--bands", "8", "--power", "1"}
	out := filepath.Join(t.TempDir(), "model.tflite")
	call(append([]string{
		"import", nearlyItself(t, 40), "--data", data, "--out", out, "--levels", "db", "--mean=-40", "--std=20",
	}, flags...)...)
	m, err := model.Load(out)
	if err != nil {
		t.Fatal(err)
	}
	if p := m.Settings.Profile; !p.Magnitude || p.MinDB != -100 || p.MaxDB != 20 {
		t.Errorf("the profile is %+v, want magnitudes from -100 to 20 dB", p)
	}
	if said := call("inspect", out); !strings.Contains(said, "8 slaney bands of magnitudes") {
		t.Errorf("inspect does not say what bands sum: %s", said)
	}
	heard, written := filepath.Join(data, "heard.npy"), filepath.Join(data, "written.npy")
	call("features", "--model", out, clip, heard)
	call(append([]string{"features", clip, written}, flags...)...)
	a, b := readLevels(t, heard), readLevels(t, written)
	worst := 0.0
	for i := len(a) / 8; i < len(a); i++ { // not of the lowest band, where the constant is taken off
		worst = max(worst, math.Abs(float64(a[i]-b[i])))
	}
	if len(a) != len(b) || worst > 0.01 {
		t.Errorf("the model hears %d numbers, features writes %d, and they differ by %g dB", len(a), len(b), worst)
	}
	power := filepath.Join(data, "power.npy")
	call("features", "--bands", "8", clip, power)
	if c := readLevels(t, power); math.Abs(float64(c[len(c)-1]-b[len(b)-1])) < 1 {
		t.Errorf("of power the last level is %g dB, of magnitude %g", c[len(c)-1], b[len(b)-1])
	}
}

func readLevels(t *testing.T, path string) []float32 {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	h, err := npy.ReadHeader(f)
	if err != nil {
		t.Fatal(err)
	}
	values := make([]float32, h.Count())
	if err := binary.Read(f, binary.LittleEndian, values); err != nil {
		t.Fatal(err)
	}
	return values
}
