package dataset

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// writeFloats writes a WAV file of floats of 32 bits at 16 kHz, under whatever ending.
func writeFloats(t *testing.T, path string, samples int, at func(i int) float64) {
	t.Helper()
	le := binary.LittleEndian
	b := le.AppendUint32([]byte("RIFF"), uint32(36+4*samples))
	b = append(b, "WAVEfmt \x10\x00\x00\x00\x03\x00\x01\x00"...)
	b = le.AppendUint32(b, 16000)
	b = le.AppendUint32(b, 64000)
	b = append(b, "\x04\x00\x20\x00data"...)
	b = le.AppendUint32(b, uint32(4*samples))
	for i := range samples {
		b = le.AppendUint32(b, math.Float32bits(float32(at(i))))
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestFloats learns floats as people write them, and tells what they are: nothing is called
// clipped by a microphone that is not.
func TestFloats(t *testing.T) {
	dir := t.TempDir()
	const n = 16000
	sine := func(amplitude float64) func(int) float64 {
		return func(i int) float64 { return amplitude * math.Sin(2*math.Pi*440*float64(i)/16000) }
	}
	writeFloats(t, filepath.Join(dir, "normal/1 sound.WAV"), n, sine(0.5))
	writeFloats(t, filepath.Join(dir, "normal/2 integers.Wave"), n, sine(16384))
	writeFloats(t, filepath.Join(dir, "normal/3 loud.wav"), n, sine(5))
	writeFloats(t, filepath.Join(dir, "normal/4 gap.wav"), n, func(i int) float64 {
		if i >= 8000 && i < 8100 {
			return math.NaN()
		}
		return sine(0.5)(i)
	})
	writeFloats(t, filepath.Join(dir, "normal/5 none.wav"), n, func(int) float64 { return math.NaN() })
	writeFloats(t, filepath.Join(dir, "normal/6 gravity.wav"), n, func(i int) float64 { return 9.81 + sine(12)(i) })
	f, warnings, err := ExtractNormal(t.Context(), mustOpen(t, dir).Normal(), options())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // only read
	level := map[string]float64{}    // of the first stretch of each clip
	for _, clip := range f.All() {
		if _, known := level[clip.Name[7:8]]; !known {
			level[clip.Name[7:8]] = clip.LevelDBFS
		}
	}
	if len(level) != 4 {
		t.Fatalf("%d clips, %q", len(level), warnings)
	}
	for _, name := range []string{"2", "4"} {
		if d := level[name] - level["1"]; math.Abs(d) > 0.05 {
			t.Errorf("%s is %.2f dB from the same sound", name, d)
		}
	}
	said := strings.Join(warnings, "\n")
	review := ReviewOf(f, 16000)
	said += strings.Join(review.Warnings(), "\n")
	for _, want := range []string{
		"2 integers.Wave: the float samples are on the scale of 16-bit integers",
		"3 loud.wav: ", "float samples are beyond full scale, 1, the highest 5",
		"4 gap.wav: 100 samples are no numbers (100 NaN, 0 infinite)",
		"5 none.wav: left out: ", "16000 samples are no numbers",
		"6 gravity.wav: left out: ", "acceleration in m/s²",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("not said: %q, but %s", want, said)
		}
	}
	if strings.Contains(said, "clipped") {
		t.Errorf("called clipped: %s", said)
	}
}
