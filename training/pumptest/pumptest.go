package pumptest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/sim"
	"github.com/auscult/auscult/hw/wav"
)

// Folder writes clips of a simulated pump under dir/normal and, with a strong
// bearing fault, under dir/abnormal: 16 kHz, 24 bit, one channel, seconds long.
// Seeds rise from first, so folders with other numbers hold other clips.
func Folder(t testing.TB, dir string, first uint64, normal, abnormal int, seconds float64) {
	t.Helper()
	for i := range normal {
		write(t, filepath.Join(dir, "normal"), first+uint64(i), seconds)
	}
	for i := range abnormal {
		write(t, filepath.Join(dir, "abnormal"), first+uint64(normal+i), seconds, sim.Fault{Kind: sim.Bearing, LevelDB: 0})
	}
}

// Long writes one recording of a simulated pump, as a recorder does: two channels, 24 bit.
func Long(t testing.TB, path string, rateHz int, seconds float64) {
	t.Helper()
	o := sim.Default()
	o.SampleRateHz, o.Channels = rateHz, 2
	writeFile(t, path, seconds, o)
}

func write(t testing.TB, dir string, seed uint64, seconds float64, faults ...sim.Fault) {
	t.Helper()
	o := sim.Default()
	o.Seed, o.Faults = seed, faults
	writeFile(t, filepath.Join(dir, fmt.Sprintf("%03d.wav", seed)), seconds, o)
}

func writeFile(t testing.TB, path string, seconds float64, o sim.Options) {
	t.Helper()
	o.Duration = time.Duration(seconds * float64(time.Second))
	pump, err := sim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	pcm, err := readAll(pump)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(wav.Write(f, pump.Format(), pcm), f.Close()); err != nil {
		t.Fatal(err)
	}
}

func readAll(src hw.Source) ([]int32, error) {
	var pcm []int32
	b := hw.Block{PCM: make([]int32, 4096)}
	for {
		err := src.Read(context.Background(), &b)
		if errors.Is(err, io.EOF) {
			return pcm, src.Halt()
		}
		if err != nil {
			return nil, err
		}
		pcm = append(pcm, b.PCM...)
	}
}
