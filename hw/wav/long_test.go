package wav

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/hw"
)

// create opens a file to write in the test's folder.
func create(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "x.wav"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// samplesIn reads a file as it stands.
func samplesIn(t *testing.T, path string) (pcm []int32, cut bool) {
	t.Helper()
	r, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Halt() }() // it was only read
	if pcm, err = readAll(r, 8); err != nil {
		t.Fatal(err)
	}
	return pcm, r.Truncated()
}

func count(n int) []int32 {
	pcm := make([]int32, n)
	for i := range pcm {
		pcm[i] = int32(i+1) << 16
	}
	return pcm
}

// TestFlush can read what was written up to the last Flush, whatever comes after it.
func TestFlush(t *testing.T) {
	f := create(t)
	format := hw.Format{SampleRateHz: 8000, Channels: 2, BitsPerSample: 16}
	w, err := NewWriter(f, format, hw.Origin{})
	if err != nil {
		t.Fatal(err)
	}
	want := count(60)
	for at := 0; at < len(want); at += 20 {
		if err := errors.Join(w.Write(want[at:at+20]), w.Flush()); err != nil {
			t.Fatal(err)
		}
		if got, cut := samplesIn(t, f.Name()); !slices.Equal(got, want[:at+20]) || cut {
			t.Errorf("after %d samples: %d are read, cut off: %v", at+20, len(got), cut)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got, cut := samplesIn(t, f.Name()); !slices.Equal(got, want) || cut {
		t.Errorf("after Close: %d samples, cut off: %v", len(got), cut)
	}
}

// TestLong writes more than a RIFF file holds, as a Writer sees it.
func TestLong(t *testing.T) {
	f := create(t)
	w, err := NewWriter(f, hw.Format{SampleRateHz: 8000, Channels: 1, BitsPerSample: 24}, hw.Origin{})
	if err != nil {
		t.Fatal(err)
	}
	w.most = 30
	want := count(10)
	if err := errors.Join(w.Write(want), w.Flush()); err != nil {
		t.Fatal(err)
	}
	head := make([]byte, 4)
	if _, err := f.ReadAt(head, 0); err != nil || string(head) != "RIFF" {
		t.Errorf("a file that is as long as may be begins with %q, %v", head, err)
	}
	want = append(want, 11<<16)
	if err := errors.Join(w.Write(want[10:]), w.Close()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	le := binary.LittleEndian
	if string(text[:4]) != "RF64" || le.Uint32(text[4:]) != math.MaxUint32 || string(text[12:16]) != "ds64" ||
		le.Uint64(text[20:]) != uint64(len(text)-8) || le.Uint64(text[28:]) != 33 || le.Uint64(text[36:]) != 11 {
		t.Errorf("header % x", text[:60])
	}
	if got, cut := samplesIn(t, f.Name()); !slices.Equal(got, want) || cut {
		t.Errorf("%d samples, cut off: %v", len(got), cut)
	}
}

// narrow is a file with room for so many bytes.
type narrow struct {
	*os.File
	room int
}

func (n *narrow) Write(b []byte) (int, error) {
	m := min(len(b), n.room)
	n.room -= m
	m, err := n.File.Write(b[:m])
	if err == nil && m < len(b) {
		err = errors.New("no space left on device")
	}
	return m, err
}

// TestFullDisk keeps the whole sample times that had room.
func TestFullDisk(t *testing.T) {
	f := create(t)
	n := &narrow{f, 44 + 8 + ds64Bytes + 8 + aboutBytes + 4*7 + 3}
	w, err := NewWriter(n, hw.Format{SampleRateHz: 8000, Channels: 2, BitsPerSample: 16}, hw.Origin{})
	if err != nil {
		t.Fatal(err)
	}
	want := count(40)
	if err := w.Write(want); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("error %v", err)
	}
	n.room = 10 << 10 // what is there already may be written again
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if got, cut := samplesIn(t, f.Name()); !slices.Equal(got, want[:14]) || cut {
		t.Errorf("%d samples, cut off: %v", len(got), cut)
	}
	if err := w.Write(want); err == nil {
		t.Error("written behind what failed")
	}
}

// long64 returns a file of 64 bits with what its first chunk says.
func long64(id string, data uint64, samples []byte) []byte {
	le := binary.LittleEndian
	b := append([]byte(id), 0xff, 0xff, 0xff, 0xff)
	b = append(b, "WAVEds64"...)
	b = le.AppendUint32(b, ds64Bytes)
	b = le.AppendUint64(b, uint64(4+8+ds64Bytes+24+8+len(samples)))
	b = le.AppendUint64(b, data)
	b = le.AppendUint64(b, data/2)
	b = le.AppendUint32(b, 0)
	b = append(b, plain(1, 1, 16000, 16)...)
	b = append(b, "data"...)
	return append(le.AppendUint32(b, math.MaxUint32), samples...)
}

func TestReadLong(t *testing.T) {
	for _, id := range []string{"RF64", "BW64"} {
		r, err := NewReader("t", bytes.NewReader(long64(id, 4, []byte{1, 0, 2, 0, 'x', 'y'})), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if n, known := r.SampleTimes(); n != 2 || !known {
			t.Errorf("%s: %d sample times, %v", id, n, known)
		}
		if got, err := readAll(r, 8); err != nil || !slices.Equal(got, []int32{1 << 16, 2 << 16}) {
			t.Errorf("%s: %x, %v", id, got, err)
		}
	}
	r, err := NewReader("t", bytes.NewReader(long64("RF64", 5<<30, []byte{1, 0})), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := r.SampleTimes(); n != 5<<29 {
		t.Errorf("%d sample times of 5 GiB", n)
	}
	if _, err := readAll(r, 8); err != nil || !r.Truncated() {
		t.Errorf("a file that was cut off: %v, %v", err, r.Truncated())
	}
	if _, err := NewReader("t", bytes.NewReader(long64("RF64", 1<<63, nil)), Options{}); err == nil {
		t.Error("9 EiB are believed")
	}
	if _, err := NewReader("t", io.LimitReader(bytes.NewReader(long64("RF64", 4, nil)), 30), Options{}); err == nil {
		t.Error("half a chunk is believed")
	}
}

// TestDouble and the others read what other programs write; the codes of G.711 are held to
// Python's audioop below.
func TestDouble(t *testing.T) {
	var samples []byte
	for _, x := range []float64{0, 0.5, -0.25, 1, -1, 2, math.NaN(), math.Inf(-1), 1e-300} {
		samples = binary.LittleEndian.AppendUint64(samples, math.Float64bits(x))
	}
	r, err := NewReader("t", bytes.NewReader(riff(plain(3, 1, 16000, 64), chunk("data", samples))), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []int32{0, 1 << 30, -1 << 29, math.MaxInt32, math.MinInt32, math.MaxInt32, 0, math.MinInt32, 0}
	if got, err := readAll(r, 8); err != nil || !slices.Equal(got, want) || r.Format().BitsPerSample != 32 {
		t.Errorf("%x, want %x, %v", got, want, err)
	}
}

// TestWideContainer reads 24 bits in frames of 4 bytes under the plain tag.
func TestWideContainer(t *testing.T) {
	format := plain(1, 2, 16000, 24)
	binary.LittleEndian.PutUint16(format[8+12:], 8) // bytes of a sample time
	r, err := NewReader("t", bytes.NewReader(riff(format, chunk("data", []byte{3, 2, 1, 0, 0, 0, 0x80, 0xff}))), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []int32{0x01020300, math.MinInt32}
	if got, err := readAll(r, 8); err != nil || !slices.Equal(got, want) || r.Format().BitsPerSample != 24 {
		t.Errorf("%x, want %x, %v", got, want, err)
	}
}

// TestG711 compares every code with Python's audioop (build/oracle/hw/g711.py).
func TestG711(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "g711.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want map[string][]int32
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	codes := make([]byte, 256)
	for i := range codes {
		codes[i] = byte(i)
	}
	for name, tag := range map[string]uint16{"a_law": tagALaw, "mu_law": tagMuLaw} {
		r, err := NewReader("t", bytes.NewReader(riff(plain(tag, 1, 8000, 8), chunk("data", codes))), Options{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := readAll(r, 64)
		if err != nil || len(got) != 256 || len(want[name]) != 256 {
			t.Fatalf("%s: %d samples, %v", name, len(got), err)
		}
		for code, x := range got {
			if x != want[name][code]<<16 {
				t.Errorf("%s: code %#02x stands for %d, want %d", name, code, x>>16, want[name][code])
			}
		}
	}
}
