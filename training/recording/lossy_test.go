package recording

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/auscult/auscult/hw/hwtest"
)

// TestLossy decodes as libsndfile does, by build/oracle/training/lossy.py: the same number of
// samples, each within what rounding and another order of sums make of it.
func TestLossy(t *testing.T) {
	for name, c := range map[string]struct {
		most  float64 // of 16 bits
		snrDB float64
		says  string
	}{
		"mono.mp3":    {2, 75, "MP3"},
		"stereo.mp3":  {2, 75, "MP3"},
		"mono.ogg":    {1, 80, "Vorbis"},
		"stereo.ogg":  {1, 80, "Vorbis"},
		"mono.opus":   {1.5, 80, "Opus"},
		"stereo.opus": {1.5, 80, "Opus"},
	} {
		t.Run(name, func(t *testing.T) {
			data := file(t, filepath.Join("lossy", name))
			text := file(t, filepath.Join("lossy", name+".s16le"))
			r, err := Open("a recording", opener(data), Options{})
			if err != nil {
				t.Fatal(err)
			}
			got, lost, err := play(t.Context(), r, 1000)
			if err != nil || lost != 0 || r.Truncated() || len(got) != len(text)/2 {
				t.Fatalf("%d values, want %d; %v, cut off: %v", len(got), len(text)/2, err, r.Truncated())
			}
			signal, noise, worst := 0.0, 0.0, 0.0
			for i, v := range got {
				want := float64(int16(binary.LittleEndian.Uint16(text[2*i:])))
				d := float64(v)/(1<<16) - want
				signal += want * want
				noise += d * d
				worst = max(worst, math.Abs(d))
			}
			snr := 10 * math.Log10(signal/noise)
			t.Logf("worst difference %.2f of 16 bits, SNR %.1f dB", worst, snr)
			if worst > c.most || snr < c.snrDB {
				t.Errorf("worst difference %.2f of 16 bits, want %g; SNR %.1f dB, want %g", worst, c.most, snr, c.snrDB)
			}
			if notes := r.Notes(); len(notes) != 1 || !strings.HasPrefix(notes[0], c.says+" leaves out") {
				t.Errorf("notes %q", notes)
			}
			cutLossy(t, data, got)
		})
	}
}

// cutLossy reads beginnings of a file: no more than there is, and never anything else.
func cutLossy(t *testing.T, data []byte, want []int32) {
	t.Helper()
	for n := 0; n < len(data); n += 1 + n/23 {
		r, err := Open("a recording", opener(data[:n]), Options{})
		if err != nil {
			continue
		}
		got, _, err := play(t.Context(), r, 1000)
		if err == nil && (len(got) > len(want) || !slices.Equal(got[:len(got)*9/10], want[:len(got)*9/10])) {
			t.Errorf("%d bytes: %d values that are not the beginning", n, len(got))
		}
	}
}

// mended returns an Ogg file whose pages have the sums that belong to them.
func mended(data []byte) []byte {
	data = slices.Clone(data)
	for at := 0; at+27 < len(data) && string(data[at:at+4]) == "OggS"; {
		body := at + 27 + int(data[at+26])
		if body > len(data) {
			break
		}
		end := body
		for _, n := range data[at+27 : body] {
			end += int(n)
		}
		if end > len(data) {
			break
		}
		binary.LittleEndian.PutUint32(data[at+22:], oggSum(data[at:at+27], data[at+27:body], data[body:end]))
		at = end
	}
	return data
}

// TestDamage reads files with some bytes wrong, whose sums are right all the same: it ends, without
// a panic and with no more than there can be.
func TestDamage(t *testing.T) {
	names := []string{"mono.mp3", "stereo.mp3", "mono.ogg", "stereo.ogg", "mono.opus", "stereo.opus"}
	const seed = 11
	rng := rand.New(rand.NewPCG(seed, 1))
	for _, name := range names {
		whole := file(t, filepath.Join("lossy", name))
		for i := range 60 {
			data := slices.Clone(whole)
			for range 1 + rng.IntN(6) {
				// Headers are where a wrong byte does most.
				data[rng.IntN(len(data)>>rng.IntN(4))] = byte(rng.Uint32())
			}
			began := time.Now()
			r, err := Open("a recording", opener(mended(data)), Options{})
			if err != nil {
				continue
			}
			got, _, _ := play(t.Context(), r, 1000)
			if took := time.Since(began); took > 5*time.Second || len(got) > 1<<22 {
				t.Errorf("%s, seed %d, damage %d: %d values in %v", name, seed, i, len(got), took)
			}
		}
	}
}

// TestHostileVorbis has a setup that speaks of far more than the file holds, or of a code that
// never ends.
func TestHostileVorbis(t *testing.T) {
	whole := file(t, filepath.Join("lossy", "mono.ogg"))
	at := bytes.Index(whole, []byte("BCV"))
	if at < 0 {
		t.Fatal("no codebook")
	}
	for name, c := range map[string]struct {
		bytes []byte
		want  string
	}{
		"entries":    {[]byte{'B', 'C', 'V', 1, 0, 0xff, 0xff, 0xff}, "no codebook"},
		"dimensions": {[]byte{'B', 'C', 'V', 0xff, 0xff, 0xff, 0xff, 0}, "no codebook"},
		"code":       {[]byte{'B', 'C', 'V', 1, 0, 2, 0, 0, 4, 0}, "incomplete code"},
	} {
		data := slices.Clone(whole)
		copy(data[at:], c.bytes)
		_, err := Open("x", opener(mended(data)), Options{})
		hwtest.WantError(t, name, err, c.want)
	}
}
