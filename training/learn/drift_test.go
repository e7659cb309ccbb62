package learn

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// noises writes clips of noise of a second, each at a level in dBFS.
func noises(t *testing.T, dir string, levels ...float64) {
	t.Helper()
	const rate = 16000
	rng := rand.New(rand.NewPCG(8, 8))
	if err := os.MkdirAll(filepath.Join(dir, "normal"), 0o755); err != nil {
		t.Fatal(err)
	}
	for i, db := range levels {
		file := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00")
		file = binary.LittleEndian.AppendUint32(file, rate)
		file = binary.LittleEndian.AppendUint32(file, 2*rate)
		file = append(file, "\x02\x00\x10\x00data"...)
		file = binary.LittleEndian.AppendUint32(file, 2*rate)
		for range rate {
			v := rng.NormFloat64() * 32768 * math.Pow(10, db/20)
			file = binary.LittleEndian.AppendUint16(file, uint16(int16(v)))
		}
		binary.LittleEndian.PutUint32(file[4:], uint32(len(file)-8))
		if err := os.WriteFile(filepath.Join(dir, "normal", fmt.Sprintf("%03d.wav", i)), file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDrift: a machine that grows quieter is said to drift, one whose level goes up and down is not, and all
// of both is learned.
func TestDrift(t *testing.T) {
	for _, c := range []struct {
		levels []float64
		drifts bool
	}{
		{[]float64{-30, -30.4, -31, -31.3, -32, -32.2, -33, -33.4, -34}, true},
		{[]float64{-30, -32, -31, -33, -30.5, -32, -31, -30, -33}, false},
		{[]float64{-30, -30, -30, -30, -30, -30, -30, -30, -30}, false},
		{[]float64{-30, -36}, false}, // too few to tell
	} {
		dir := t.TempDir()
		noises(t, dir, c.levels...)
		o := quick(dir)
		o.Epochs = 1
		out, err := Run(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		said := strings.Contains(strings.Join(out.Warnings, "\n"), "normal sound drifts: from the first third")
		if said != c.drifts || out.Drifts != c.drifts || out.Model.Settings.Decision.Expected.Drifts != c.drifts {
			t.Errorf("levels %v: said %v: %q", c.levels, said, out.Warnings)
		}
		if len(out.Clips) != len(c.levels) {
			t.Errorf("%d of %d clips were learned", len(out.Clips), len(c.levels))
		}
	}
}

// TestThirdsDiffer: what does not drift is said to as seldom as is meant, and a drift is found.
func TestThirdsDiffer(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	make3 := func(units int, drift float64) [][]float64 {
		all := make([][]float64, units)
		for i := range all {
			all[i] = []float64{rng.NormFloat64() + drift*float64(i)/float64(units)}
		}
		return all
	}
	for _, units := range []int{6, 9, 30} {
		const trials = 4000
		wrong, found := 0, 0
		for range trials {
			if _, chance := thirdsDiffer(make3(units, 0), units/3, 0); chance < 0.05 {
				wrong++
			}
			if change, chance := thirdsDiffer(make3(units, 9), units/3, 0); chance < 0.05 && change > 0 {
				found++
			}
		}
		if wrong > trials*7/100 || found < trials*3/4 && units > 6 {
			t.Errorf("%d units: %d of %d said to drift, %d found", units, wrong, trials, found)
		}
	}
}
