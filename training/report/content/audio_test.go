package content

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"

	"github.com/auscult/auscult/training/recording"

	"io"
)

// TestMuLaw gives the codes of ITU-T G.711's table 2a: the ends of its segments.
func TestMuLaw(t *testing.T) {
	for sample, want := range map[int]byte{
		0: 0xff, 4 * 31: 0xef, 4 * 95: 0xdf, 4 * 223: 0xcf, 4 * 479: 0xbf, 4 * 991: 0xaf, 4 * 2015: 0x9f, 4 * 4063: 0x8f,
		4 * 8158: 0x80, math.MaxInt16: 0x80, -4 * 31: 0x6f, -4 * 4063: 0x0f, math.MinInt16: 0x00,
	} {
		if got := muLaw(sample); got != want {
			t.Errorf("%d: %#x, want %#x", sample, got, want)
		}
	}
}

// TestPlayable is read back by the project's own reader: a tone 40 dB below full scale, with a constant, is a
// tone near full scale without.
func TestPlayable(t *testing.T) {
	const rate, n = 16000, 4001
	pcm := make([]int32, n)
	for i := range pcm {
		pcm[i] = int32(1e8 + 0.01*(1<<31)*math.Sin(2*math.Pi*440*float64(i)/rate))
	}
	wav, gain := playable(pcm, rate)
	if math.Abs(gain-37) > 0.1 {
		t.Errorf("%.2f dB louder, want 37", gain)
	}
	if size := binary.LittleEndian.Uint32(wav[4:]); int(size) != len(wav)-8 {
		t.Errorf("the header says %d bytes, there are %d", size, len(wav)-8)
	}
	r, err := recording.Open("tone.wav", func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(wav)), nil
	}, recording.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Halt() //nolint:errcheck // it was only read
	if got, known := r.SampleTimes(); got != n || !known {
		t.Errorf("%d samples, want %d", got, n)
	}
	if wav, _ := playable(make([]int32, 100), rate); wav != nil {
		t.Error("silence can be heard")
	}
}
