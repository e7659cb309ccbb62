package bench

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/auscult/auscult/hw/sim"
	"github.com/auscult/auscult/tflite"
)

// TestBackends measures a trained model for a moment with all kernels.
func TestBackends(t *testing.T) {
	data, err := tflite.ReadFile("../../tflite/testdata/ad01_int8.tflite")
	if err != nil {
		t.Fatal(err)
	}
	done := 0.0
	all, err := Backends(t.Context(), data, Options{
		Duration: 20 * time.Millisecond, Threads: 1, Progress: func(d float64) { done = d },
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != len(tflite.CPUs())+1 || done != 1 {
		t.Fatalf("%d backends for %d families of kernels, done %g", len(all), len(tflite.CPUs()), done)
	}
	for i, b := range all {
		ran := b.Latency.Count > 0 && b.Latency.P50US > 0 && b.Bytes > 0
		if ran == (b.Missing != "") {
			t.Errorf("%+v", b)
		}
		if isLast := i == len(all)-1; isLast != (b.Number == "float32") || isLast != (b.Kernels == PlainGo) {
			t.Errorf("backend %d is %s in %s", i, b.Kernels, b.Number)
		}
	}
	if _, err := Backends(t.Context(), []byte("no model"), Options{Duration: time.Second}); err == nil {
		t.Error("no model was measured")
	}
}

// TestRunCapture listens to a simulated pump in real time, and to one that ends.
func TestRunCapture(t *testing.T) {
	src, err := sim.New(sim.Options{SampleRateHz: 16000, Paced: true})
	if err != nil {
		t.Fatal(err)
	}
	c, err := RunCapture(t.Context(), src, 300*time.Millisecond, nil)
	if err != nil {
		t.Fatal(err)
	}
	// How well it is paced is the machine's affair, and what bench is there to say.
	if c.BlocksPerS <= 0 || c.BlockFrame == 0 || c.Late.Count == 0 {
		t.Errorf("%g blocks a second of %d samples, %d of them timed", c.BlocksPerS, c.BlockFrame, c.Late.Count)
	}
	if c.RateHz != 16000 || c.Channels != 1 || c.Lost != 0 {
		t.Errorf("%d Hz, %d channels, %d samples lost, want 16000, 1, 0", c.RateHz, c.Channels, c.Lost)
	}
	if src, err = sim.New(sim.Options{SampleRateHz: 16000, Duration: 150 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	if _, err := RunCapture(t.Context(), src, time.Hour, nil); err == nil ||
		errors.Is(err, io.EOF) && err.Error() == io.EOF.Error() {
		t.Errorf("a source that ends: %v", err)
	}
}
