package dsp

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/dsp/dsptest"
)

// goldenCase is a signal and the profile to analyse it with. Its frames stand
// in testdata/NAME.npy.
type goldenCase struct {
	Name    string         `json:"name"`
	Tonal   bool           `json:"tonal"` // nearly all power in a few bins
	Profile Profile        `json:"profile"`
	Signal  dsptest.Signal `json:"signal"`
	File    string         `json:"file"`   // a recording of this repository, instead of the signal's components
	SHA256  string         `json:"sha256"` // of the samples, int32 little-endian
}

func goldenCases(t testing.TB) []goldenCase {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "golden.json"))
	if err != nil {
		t.Fatal(err)
	}
	var golden struct{ Cases []goldenCase }
	if err := json.Unmarshal(b, &golden); err != nil {
		t.Fatal(err)
	}
	if len(golden.Cases) == 0 {
		t.Fatal("no golden cases")
	}
	return golden.Cases
}

// pcm returns the case's samples, which are those that the oracle analysed.
func (c goldenCase) pcm(t testing.TB) []int32 {
	t.Helper()
	pcm, err := c.Signal.PCM()
	if err != nil {
		t.Fatal(err)
	}
	if c.File != "" {
		wav, err := os.ReadFile(filepath.Join("..", c.File))
		if err != nil {
			t.Fatal(err)
		}
		step := 2 * int(binary.LittleEndian.Uint16(wav[22:])) // all channels' samples of 16 bits
		for i := range pcm {
			pcm[i] = int32(int16(binary.LittleEndian.Uint16(wav[44+i*step:]))) << 16
		}
	}
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, pcm); err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(b.Bytes()); hex.EncodeToString(sum[:]) != c.SHA256 {
		t.Fatalf("%s: the samples are not the oracle's: SHA-256 %x, want %s", c.Name, sum, c.SHA256)
	}
	return pcm
}

// readNPY returns a float32 array of rows of the given length.
func readNPY(t testing.TB, path string, columns int) [][]float32 {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(b, []byte("\x93NUMPY\x01\x00")) {
		t.Fatalf("%s: not NumPy format 1.0", path)
	}
	n := 10 + int(binary.LittleEndian.Uint16(b[8:]))
	header := string(b[10:n])
	values := make([]float32, (len(b)-n)/4)
	shape := fmt.Sprintf("'fortran_order': False, 'shape': (%d, %d)", len(values)/columns, columns)
	if !strings.Contains(header, "'<f4'") || !strings.Contains(header, shape) {
		t.Fatalf("%s: header %s, want <f4 and %s", path, header, shape)
	}
	if err := binary.Read(bytes.NewReader(b[n:]), binary.LittleEndian, values); err != nil {
		t.Fatal(err)
	}
	return slices.Collect(slices.Chunk(values, columns))
}

// frames returns all frames of a signal.
func frames(t testing.TB, p Profile, pcm []int32) [][]DB {
	t.Helper()
	f, err := NewFrontEnd(p)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]DB
	f.Write(pcm, func(frame []DB) { out = append(out, slices.Clone(frame)) })
	return out
}

// TestGolden compares with librosa in float64.
func TestGolden(t *testing.T) {
	t.Logf("%-24s %12s %12s %12s   codes differing (of), at most", "signal", "p99 dB", "max dB", "max dB, all")
	var cells, differing int
	for _, c := range goldenCases(t) {
		want := readNPY(t, filepath.Join("testdata", c.Name+".npy"), c.Profile.Bands)
		got := frames(t, c.Profile, c.pcm(t))
		if len(got) != len(want) {
			t.Fatalf("%s: %d frames, want %d", c.Name, len(got), len(want))
		}
		q := NewQuantiser(c.Profile)
		codes := make([]int8, c.Profile.Bands)
		var errs []float64
		var worst float64
		var n, off, most int
		for i, frame := range got {
			loudest := float64(slices.Max(want[i]))
			q.Quantise(codes, frame)
			for b, level := range frame {
				ref := float64(want[i][b])
				e := math.Abs(level.Float64() - ref)
				worst = max(worst, e)
				if ref >= loudest-90 {
					errs = append(errs, e)
				}
				code := (ref - c.Profile.MinDB) / (c.Profile.MaxDB - c.Profile.MinDB) * 255
				d := int(codes[b]) + 128 - int(math.Floor(max(0, min(code, 255))+0.5))
				most = max(most, d, -d)
				n++
				if d != 0 {
					off++
				}
			}
		}
		slices.Sort(errs)
		top, p99 := errs[len(errs)-1], errs[len(errs)*99/100]
		t.Logf("%-24s %12.6f %12.6f %12.6f   %d (%d), %d", c.Name, p99, top, worst, off, n, most)
		if top > 0.02 {
			t.Errorf("%s: off by %.4f dB within 90 dB of the frame's loudest band, want 0.02", c.Name, top)
		}
		if most > 1 {
			t.Errorf("%s: a code is off by %d, want at most 1", c.Name, most)
		}
		if !c.Tonal {
			cells, differing = cells+n, differing+off
			if float64(off) > 0.005*float64(n) {
				t.Errorf("%s: %d of %d codes differ, want at most 0.5 %%", c.Name, off, n)
			}
		}
	}
	t.Logf("signals that are not tonal: %d of %d codes differ (%.3f %%)",
		differing, cells, 100*float64(differing)/float64(cells))
}
