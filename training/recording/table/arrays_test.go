package table

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// accelerations are what build/oracle/training/vibration_npz.py writes, of an axis.
func accelerations(axis int) []float64 {
	g := make([]float64, 200)
	for i := range g {
		g[i] = float64((i*[]int{3, 5, 7}[axis]+[]int{0, 11, 23}[axis])%64-32) / 64
	}
	return g
}

func npzFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".npz"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestReadArrays(t *testing.T) {
	for name, columns := range map[string]int{"table": 3, "axes": 3, "fortran": 3, "single": 1} {
		for axis := range columns {
			of := axis
			if columns == 1 {
				of = 1
			}
			want, err := centred(accelerations(of))
			if err != nil {
				t.Fatal(err)
			}
			got, n, err := readArrays(bytes.NewReader(npzFile(t, name)), axis, 200)
			if err != nil || n != columns || len(got) != len(want) {
				t.Errorf("%s, axis %d: %d samples of %d axes, %v", name, axis, len(got), n, err)
				continue
			}
			for i := range want {
				if got[i] != want[i] {
					t.Fatalf("%s, axis %d: sample %d is %d, want %d", name, axis, i, got[i], want[i])
				}
			}
		}
		if got, n, err := readArrays(bytes.NewReader(npzFile(t, name)), 3, 200); got != nil || n != columns || err != nil {
			t.Errorf("%s: a fourth axis: %d samples of %d axes, %v", name, len(got), n, err)
		}
	}
}

func TestReadArraysRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"unclear": {npzFile(t, "unclear"), "name one of them data"},
		"text":    {npzFile(t, "text"), `type "U1"`},
		"no zip":  {[]byte("0.1,0.2\n"), "no file of NumPy arrays"},
		"empty":   {nil, "no file of NumPy arrays"},
	} {
		if _, _, err := readArrays(bytes.NewReader(c.data), 0, 200); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, _, err := readArrays(bytes.NewReader(npzFile(t, "table")), 0, 400); err == nil ||
		!strings.Contains(err.Error(), "sampled at 200 Hz, not at 400") {
		t.Errorf("another rate: %v", err)
	}
	// Damage anywhere is an error or other numbers, never a panic.
	rng := rand.New(rand.NewPCG(1, 7))
	whole := npzFile(t, "axes")
	for range 3000 {
		damaged := bytes.Clone(whole)
		for range 1 + rng.IntN(4) {
			damaged[rng.IntN(len(damaged))] = byte(rng.Uint32())
		}
		_, _, _ = readArrays(bytes.NewReader(damaged[:rng.IntN(len(damaged)+1)]), rng.IntN(4), 200)
	}
}
