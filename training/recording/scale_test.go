package recording

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/hw/hwtest"
)

// floatWAV returns a WAV file of floats of 32 bits.
func floatWAV(channels int, samples ...float64) []byte {
	le := binary.LittleEndian
	b := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x03\x00")
	b = le.AppendUint16(b, uint16(channels))
	b = le.AppendUint32(b, 16000)
	b = le.AppendUint32(b, uint32(16000*4*channels))
	b = le.AppendUint16(b, uint16(4*channels))
	b = le.AppendUint16(b, 32)
	b = append(b, "data"...)
	b = le.AppendUint32(b, uint32(4*len(samples)))
	for _, x := range samples {
		b = le.AppendUint32(b, math.Float32bits(float32(x)))
	}
	le.PutUint32(b[4:], uint32(len(b)-8))
	return b
}

// TestScales tells what floats are, by the highest of them.
func TestScales(t *testing.T) {
	for name, c := range map[string]struct {
		samples []float64
		want    []int32
		note    string // part of the only one
		err     string
	}{
		"sound": {[]float64{0.5, -1, 0}, []int32{1 << 30, math.MinInt32, 0}, "", ""},
		"too loud": {
			[]float64{0.5, 5, -2}, []int32{1 << 30, math.MaxInt32, math.MinInt32}, "2 float samples are beyond full scale", "",
		},
		"16 bits":    {[]float64{16384, -1, 20000}, []int32{1 << 30, -1 << 16, 20000 << 16}, "scale of 16-bit integers", ""},
		"an offset":  {[]float64{9.7, 9.9, 30, -10.4}, nil, "", "acceleration in m/s²"},
		"who knows":  {[]float64{0, 100, -100}, nil, "", "where full scale is 1"},
		"24 bits":    {[]float64{0, 1e6, -1e6}, nil, "", "8388608 for 24"},
		"no numbers": {[]float64{math.NaN(), math.NaN()}, nil, "2 samples are no numbers (2 NaN, 0 infinite)", ""},
	} {
		r, err := Open("x", opener(floatWAV(1, c.samples...)), Options{})
		hwtest.WantError(t, name, err, c.err)
		if err != nil {
			continue
		}
		got, _, err := play(t.Context(), r, 16)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %d, %v; want %d", name, got, err, c.want)
		}
		notes := strings.Join(r.Notes(), "|")
		if !strings.Contains(notes, c.note) || strings.Contains(notes, "|") || (notes == "") != (c.note == "") {
			t.Errorf("%s: notes %q, want %q", name, notes, c.note)
		}
	}
}

// TestGaps has samples that are no numbers in one channel: there is a gap in that one, and in
// all channels at once.
func TestGaps(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	data := floatWAV(2, 0.5, nan, 0.25, inf, 0.5, 0.5, nan, 0.5)
	for channel, want := range map[int]struct {
		pcm  []int32
		lost uint64
		odd  Oddities
	}{
		0:  {[]int32{1 << 30, 1 << 29, 1 << 30}, 0, Oddities{NaN: 1, Peak: 0.5}},
		1:  {[]int32{1 << 30, 1 << 30}, 2, Oddities{NaN: 1, Infinite: 1, Peak: 0.5}},
		-1: {[]int32{1 << 30, 1 << 30}, 2, Oddities{NaN: 2, Infinite: 1, Peak: 0.5}},
	} {
		r, err := Open("x", opener(data), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if channel >= 0 {
			if err := r.Choose(channel); err != nil {
				t.Fatal(err)
			}
		}
		got, lost, err := play(t.Context(), r, 2)
		if err != nil || !slices.Equal(got, want.pcm) || lost != want.lost || r.Oddities() != want.odd {
			t.Errorf("channel %d: %d, lost %d, %+v, %v; want %+v", channel, got, lost, r.Oddities(), err, want)
		}
	}
}

// TestLateCommon reads an AIFF file whose samples stand before what says how they are written.
func TestLateCommon(t *testing.T) {
	data := file(t, "pcm16be.aiff")
	common := bytes.Index(data, []byte("COMM"))
	sound := bytes.Index(data, []byte("SSND"))
	if common < 0 || sound < common {
		t.Fatal("not as expected")
	}
	moved := slices.Concat(data[:common], data[sound:], data[common:sound])
	e := expectations(t)["pcm16be.aiff"]
	r, err := Open("x", opener(moved), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, _, err := play(t.Context(), r, 64); err != nil || !slices.Equal(got, e.pcm()) {
		t.Errorf("%d values, %v", len(got), err)
	}
	if err := r.Halt(); err != nil {
		t.Error(err)
	}
}
