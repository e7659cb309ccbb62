package wav

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/auscult/auscult/hw"
)

// chunk returns a RIFF chunk with its pad byte.
func chunk(id string, body []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(id), uint32(len(body)))
	b = append(b, body...)
	if len(body)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

// riff returns a file of the given chunks.
func riff(chunks ...[]byte) []byte {
	body := append([]byte("WAVE"), slices.Concat(chunks...)...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

// plain returns a "fmt " chunk.
func plain(tag, channels uint16, rate uint32, bits uint16) []byte {
	le := binary.LittleEndian
	align := channels * ((bits + 7) / 8)
	b := le.AppendUint16(nil, tag)
	b = le.AppendUint16(b, channels)
	b = le.AppendUint32(b, rate)
	b = le.AppendUint32(b, rate*uint32(align))
	b = le.AppendUint16(b, align)
	return chunk("fmt ", le.AppendUint16(b, bits))
}

// extensible returns an extensible "fmt " chunk.
func extensible(tag, channels uint16, rate uint32, container, valid uint16) []byte {
	le := binary.LittleEndian
	b := plain(tagExtensible, channels, rate, container)[8:]
	b = le.AppendUint16(b, 22)
	b = le.AppendUint16(b, valid)
	b = le.AppendUint32(b, 3)
	b = le.AppendUint16(b, tag)
	return chunk("fmt ", append(b, subFormatTail...))
}

// withSizes overwrites the RIFF and data sizes of a file whose data chunk is
// its last.
func withSizes(file []byte, riffSize, dataSize uint32) []byte {
	file = slices.Clone(file)
	binary.LittleEndian.PutUint32(file[4:], riffSize)
	binary.LittleEndian.PutUint32(file[bytes.LastIndex(file, []byte("data"))+4:], dataSize)
	return file
}

// readAll reads a source to its end, by blocks of n values.
func readAll(r *Reader, n int) ([]int32, error) {
	var pcm []int32
	b := hw.Block{PCM: make([]int32, n)}
	for {
		if err := r.Read(context.Background(), &b); err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return pcm, err
		}
		pcm = append(pcm, b.PCM...)
	}
}

func floats(v ...float32) []byte {
	var b []byte
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

func TestFormats(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	pcm16 := []byte{1, 0, 0xFF, 0xFF, 0, 0x80, 0xFF, 0x7F}
	want16 := []int32{1 << 16, -1 << 16, math.MinInt32, 0x7FFF << 16}
	for _, c := range []struct {
		name      string
		file      []byte
		format    hw.Format
		want      []int32
		truncated bool
	}{
		{name: "8 bit unsigned", file: riff(plain(1, 1, 8000, 8), chunk("data", []byte{0, 128, 255})),
			format: hw.Format{SampleRateHz: 8000, Channels: 1, BitsPerSample: 8}, want: []int32{math.MinInt32, 0, 127 << 24}},
		{name: "16 bit", file: riff(plain(1, 1, 16000, 16), chunk("data", pcm16)),
			format: hw.Format{SampleRateHz: 16000, Channels: 1, BitsPerSample: 16}, want: want16},
		{name: "12 bit in 16", file: riff(plain(1, 2, 16000, 12), chunk("data", pcm16)),
			format: hw.Format{SampleRateHz: 16000, Channels: 2, BitsPerSample: 12}, want: want16},
		{name: "24 bit", file: riff(plain(1, 1, 48000, 24), chunk("data", []byte{1, 2, 3, 0xFF, 0xFF, 0xFF, 0, 0, 0x80})),
			format: hw.Format{SampleRateHz: 48000, Channels: 1, BitsPerSample: 24},
			want:   []int32{0x03020100, -256, math.MinInt32}},
		{name: "32 bit", file: riff(plain(1, 1, 48000, 32), chunk("data", []byte{1, 2, 3, 4, 0, 0, 0, 0x80})),
			format: hw.Format{SampleRateHz: 48000, Channels: 1, BitsPerSample: 32}, want: []int32{0x04030201, math.MinInt32}},
		{name: "float", file: riff(plain(3, 1, 48000, 32), chunk("data",
			floats(0, 0.5, -0.5, 1, -1, 1.5, -1.5, nan, inf, -inf, 1e-30, 3.0/(1<<32)))),
			format: hw.Format{SampleRateHz: 48000, Channels: 1, BitsPerSample: 32},
			want: []int32{0, 1 << 30, -1 << 30, math.MaxInt32, math.MinInt32, math.MaxInt32, math.MinInt32,
				0, math.MaxInt32, math.MinInt32, 0, 2}},
		{name: "extensible 16", file: riff(extensible(1, 2, 16000, 16, 16), chunk("data", pcm16)),
			format: hw.Format{SampleRateHz: 16000, Channels: 2, BitsPerSample: 16}, want: want16},
		{name: "extensible 24 in 32", file: riff(extensible(1, 1, 16000, 32, 24), chunk("data", []byte{0, 2, 3, 4})),
			format: hw.Format{SampleRateHz: 16000, Channels: 1, BitsPerSample: 24}, want: []int32{0x04030200}},
		{name: "extensible without valid bits", file: riff(extensible(1, 1, 16000, 32, 0), chunk("data", []byte{1, 2, 3, 4})),
			format: hw.Format{SampleRateHz: 16000, Channels: 1, BitsPerSample: 32}, want: []int32{0x04030201}},
		{name: "extensible float", file: riff(extensible(3, 1, 16000, 32, 32), chunk("data", floats(0.25))),
			format: hw.Format{SampleRateHz: 16000, Channels: 1, BitsPerSample: 32}, want: []int32{1 << 29}},
		{name: "unknown chunks, odd sizes", file: riff(
			chunk("bext", []byte{1, 2, 3}), plain(1, 1, 16000, 16), chunk("fact", make([]byte, 4)),
			chunk("LIST", []byte("INFOx")), chunk("data", pcm16), chunk("id3 ", []byte("tag"))),
			format: hw.Format{SampleRateHz: 16000, Channels: 1, BitsPerSample: 16}, want: want16},
		{name: "odd data followed by a chunk",
			file:   riff(plain(1, 1, 8000, 8), chunk("data", []byte{128}), chunk("LIST", []byte("INFO"))),
			format: hw.Format{SampleRateHz: 8000, Channels: 1, BitsPerSample: 8}, want: []int32{0}},
		{name: "truncated", file: withSizes(riff(plain(1, 1, 16000, 16), chunk("data", pcm16)), 1000, 1000),
			format: hw.Format{SampleRateHz: 16000, Channels: 1, BitsPerSample: 16}, want: want16, truncated: true},
		{name: "truncated inside a sample time",
			file:   withSizes(riff(plain(1, 3, 16000, 16), chunk("data", pcm16)), 1000, 12),
			format: hw.Format{SampleRateHz: 16000, Channels: 3, BitsPerSample: 16}, want: want16[:3], truncated: true},
		{name: "streamed, all ones",
			file:   withSizes(riff(plain(1, 1, 16000, 16), chunk("data", pcm16)), math.MaxUint32, math.MaxUint32),
			format: hw.Format{SampleRateHz: 16000, Channels: 1, BitsPerSample: 16}, want: want16},
		{name: "streamed, zero", file: withSizes(riff(plain(1, 1, 16000, 16), chunk("data", pcm16)), 0, 0),
			format: hw.Format{SampleRateHz: 16000, Channels: 1, BitsPerSample: 16}, want: want16},
		{name: "recorder cut off", file: withSizes(riff(plain(1, 1, 16000, 16), chunk("data", pcm16)), 36, 0)[:51],
			format: hw.Format{SampleRateHz: 16000, Channels: 1, BitsPerSample: 16}, want: want16[:3], truncated: true},
		{name: "empty", file: riff(plain(1, 1, 16000, 16), chunk("data", nil)),
			format: hw.Format{SampleRateHz: 16000, Channels: 1, BitsPerSample: 16}},
		{name: "empty with another chunk",
			file:   riff(plain(1, 1, 16000, 16), chunk("data", nil), chunk("LIST", []byte("INFOabcd"))),
			format: hw.Format{SampleRateHz: 16000, Channels: 1, BitsPerSample: 16}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for n := c.format.Channels; n < 12; n++ {
				// One byte at a time, as a pipe may deliver.
				r, err := NewReader("test", iotest.OneByteReader(bytes.NewReader(c.file)), Options{})
				if err != nil {
					t.Fatal(err)
				}
				if r.Format() != c.format {
					t.Errorf("format %v, want %v", r.Format(), c.format)
				}
				got, err := readAll(r, n)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("blocks of %d: %#x, want %#x", n, got, c.want)
				}
				if r.Truncated() != c.truncated {
					t.Errorf("truncated %v, want %v", r.Truncated(), c.truncated)
				}
			}
		})
	}
}

func TestHostileHeaders(t *testing.T) {
	data := chunk("data", make([]byte, 8))
	good := riff(plain(1, 1, 16000, 16), data)
	guid := riff(extensible(1, 1, 16000, 16, 16), data)
	guid[len(guid)-len(data)-1] ^= 1
	huge := slices.Clone(riff(chunk("LIST", nil), plain(1, 1, 16000, 16), data))
	binary.LittleEndian.PutUint32(huge[16:], math.MaxUint32)
	for _, c := range []struct {
		name, want string
		file       []byte
	}{
		{"empty", "the file is empty", nil},
		{"short", "ends in the RIFF header", good[:11]},
		{"not a wav", "not a WAV file", []byte("fLaC and other bytes")},
		{"not a wav inside", "not a WAV file", append([]byte("RIFF\x20\x00\x00\x00AVI "), good[12:]...)},
		{"RF64", "64 bits", append([]byte("RF64"), good[4:]...)},
		{"BW64", "64 bits", append([]byte("BW64"), good[4:]...)},
		{"RIFX", "ends in", append([]byte("RIFX"), good[4:]...)},
		{"no chunks", "ends in a chunk header", good[:12]},
		{"cut format", `ends in chunk "fmt "`, good[:30]},
		{"small format", "needs at least 16", riff(chunk("fmt ", make([]byte, 14)), data)},
		{"data first", "before chunk", riff(data)},
		{"two formats", "two chunks", riff(plain(1, 1, 16000, 16), plain(1, 1, 16000, 16), data)},
		{"no data", "ends in a chunk header", riff(plain(1, 1, 16000, 16))},
		{"huge chunk", `ends in chunk "LIST"`, huge},
		{"no channels", "0 channels", riff(plain(1, 0, 16000, 16), data)},
		{"many channels", "257 channels", riff(plain(1, 257, 16000, 16), data)},
		{"no rate", "sample rate 0", riff(plain(1, 1, 0, 16), data)},
		{"high rate", "sample rate 4294967295", riff(plain(1, 1, math.MaxUint32, 16), data)},
		{"no bits", "0 bits", riff(plain(1, 1, 16000, 0), data)},
		{"many bits", "64 bits", riff(plain(1, 1, 16000, 64), data)},
		{"24 bits of float", "float samples of 24 bits", riff(plain(3, 1, 16000, 24), data)},
		{"wide A-law", "must be 8", riff(plain(6, 1, 16000, 16), data)},
		{"ADPCM", "ADPCM", riff(plain(0x11, 1, 16000, 4), data)},
		{"ADPCM", "ADPCM", riff(plain(2, 1, 16000, 4), data)},
		{"unknown tag", "0x1234", riff(plain(0x1234, 1, 16000, 16), data)},
		{"extensible too short", "needs 40", riff(plain(tagExtensible, 1, 16000, 16), data)},
		{"unknown GUID", "unknown sub-format", guid},
		{"valid bits", "24 valid bits", riff(extensible(1, 1, 16000, 16, 24), data)},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := NewReader("test", bytes.NewReader(c.file), Options{})
			if err == nil || !strings.HasPrefix(err.Error(), "wav: ") || !strings.Contains(err.Error(), c.want) ||
				strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q, want one line with %q", err, c.want)
			}
		})
	}
}

// endless yields zeros for ever.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

func TestEndlessHeaderEnds(t *testing.T) {
	r := io.MultiReader(bytes.NewReader(riff()), endless{})
	if _, err := NewReader("test", r, Options{}); err == nil || !strings.Contains(err.Error(), "may precede") {
		t.Errorf("error %v", err)
	}
}

func TestReadError(t *testing.T) {
	broken := errors.New("broken")
	file := riff(plain(1, 1, 16000, 16), chunk("data", make([]byte, 100)))
	r, err := NewReader("disk", io.MultiReader(bytes.NewReader(file[:50]), iotest.ErrReader(broken)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	pcm, err := readAll(r, 10)
	if len(pcm) != 3 || !errors.Is(err, broken) {
		t.Errorf("%d samples, error %v", len(pcm), err)
	}
	if _, err := NewReader("disk", iotest.ErrReader(broken), Options{}); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

func TestSmallBlock(t *testing.T) {
	r, err := NewReader("test", bytes.NewReader(riff(plain(1, 2, 16000, 16), chunk("data", make([]byte, 8)))), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Read(t.Context(), &hw.Block{PCM: make([]int32, 1)}); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("error %v, want one that names the block's size", err)
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(filepath.Join(dir, "none.wav"), Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v, want that the file does not exist", err)
	}
	if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("error %v, want that it is a folder", err)
	}
}

// TestRealExtensible reads the start of a real 8-channel recording. The
// expected values come from another reader, see testdata/README.md.
func TestRealExtensible(t *testing.T) {
	path := filepath.Join("testdata", "mimii_8ch.wav")
	want, err := os.ReadFile(filepath.Join("testdata", "mimii_8ch.s16le"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Halt() }() // it was only read
	if (r.Format() != hw.Format{SampleRateHz: 16000, Channels: 8, BitsPerSample: 16}) {
		t.Fatalf("%v", r.Format())
	}
	pcm, err := readAll(r, 1000)
	if err != nil || len(pcm) != 8*256 {
		t.Fatalf("%d samples, %v", len(pcm), err)
	}
	for i, got := range pcm {
		if w := int32(binary.LittleEndian.Uint16(want[2*i:])) << 16; got != w {
			t.Fatalf("value %d: %d, want %d", i, got, w)
		}
	}
}

func TestPacedByClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := riff(plain(1, 1, 1000, 16), chunk("data", make([]byte, 2*2500)))
		r, err := NewReader("test", bytes.NewReader(file), Options{Paced: true})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		b := hw.Block{PCM: make([]int32, 1000)}
		for i, want := range []time.Duration{1000, 2000, 2500} {
			if err := r.Read(t.Context(), &b); err != nil {
				t.Fatal(err)
			}
			if got := time.Since(start); got != want*time.Millisecond {
				t.Errorf("block %d after %v, want %v ms", i, got, int64(want))
			}
			if b.FirstSample != uint64(1000*i) || !b.Time.Equal(start.Add(time.Duration(i)*time.Second)) {
				t.Errorf("block %d: first sample %d at %v", i, b.FirstSample, b.Time.Sub(start))
			}
		}
		if err := r.Read(t.Context(), &b); !errors.Is(err, io.EOF) || time.Since(start) != 2500*time.Millisecond {
			t.Errorf("end: %v after %v", err, time.Since(start))
		}
	})
}

func TestPacedWaitEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := riff(plain(1, 1, 1000, 16), chunk("data", make([]byte, 2*2500)))
		r, err := NewReader("test", bytes.NewReader(file), Options{Paced: true})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		b := hw.Block{PCM: make([]int32, 1000)}
		if err := r.Read(ctx, &b); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 300*time.Millisecond {
			t.Errorf("error %v after %v", err, time.Since(start))
		}
		// Nothing was lost: the next Read gives the first block.
		if err := r.Read(t.Context(), &b); err != nil || b.FirstSample != 0 || time.Since(start) != time.Second {
			t.Errorf("error %v, first sample %d after %v", err, b.FirstSample, time.Since(start))
		}
		go func() {
			time.Sleep(100 * time.Millisecond)
			if err := r.Halt(); err != nil {
				t.Error(err)
			}
		}()
		if err := r.Read(t.Context(), &b); !errors.Is(err, hw.ErrHalted) || time.Since(start) != 1100*time.Millisecond {
			t.Errorf("error %v after %v", err, time.Since(start))
		}
	})
}

func TestWriteReadsBack(t *testing.T) {
	pcm := []int32{
		0, 1 << 16, -1 << 16, math.MaxInt32, math.MinInt32, 0x12345678, -0x12345678,
		0x7FFF8000, 0x7FFFFF80, -0x8000, 0x7FFF, 0x80,
	}
	for _, bits := range []int{16, 24, 32} {
		for _, channels := range []int{1, 2, 3, 4} {
			format := hw.Format{SampleRateHz: 44100, Channels: channels, BitsPerSample: bits}
			var want []int32
			for _, x := range pcm {
				// The nearest multiple of the step, halves up, below the top.
				step := math.Ldexp(1, 32-bits)
				v := math.Floor(float64(x)/step+0.5) * step
				want = append(want, int32(math.Min(v, math.MaxInt32+1-step)))
			}

			var whole bytes.Buffer
			if err := Write(&whole, format, pcm); err != nil {
				t.Fatal(err)
			}
			f, err := os.Create(filepath.Join(t.TempDir(), "x.wav"))
			if err != nil {
				t.Fatal(err)
			}
			w, err := NewWriter(f, format, hw.Origin{})
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i < len(pcm); i += channels {
				if err := w.Write(pcm[i : i+channels]); err != nil {
					t.Fatal(err)
				}
			}
			open, err := Open(f.Name(), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := readAll(open, 8); err != nil || !slices.Equal(got, want) || open.Truncated() {
				t.Errorf("%v before Close: %x, want %x, error %v", format, got, want, err)
			}
			if err := errors.Join(open.Halt(), w.Close(), f.Close()); err != nil {
				t.Fatal(err)
			}
			if err := w.Write(pcm[:channels]); err == nil {
				t.Error("write after Close succeeded")
			}
			streamed, err := os.ReadFile(f.Name())
			if err != nil {
				t.Fatal(err)
			}
			// A Writer leaves room for long sizes behind the first 12 bytes, and says before the
			// samples what they are.
			at := bytes.Index(streamed, []byte(aboutName))
			streamed = slices.Concat(streamed[:at], streamed[at+8+aboutBytes:])
			if room := streamed[12 : 12+8+ds64Bytes]; string(room[:4]) != "JUNK" ||
				!bytes.Equal(slices.Concat(streamed[8:12], streamed[12+len(room):]), whole.Bytes()[8:]) {
				t.Errorf("%v: NewWriter and Write differ", format)
			}
			if size := binary.LittleEndian.Uint32(streamed[4:]); int(size) != len(streamed)+aboutBytes || len(streamed)%2 != 0 {
				t.Errorf("%v: RIFF size %d in a file of %d", format, size, len(streamed))
			}
			r, err := NewReader("test", bytes.NewReader(streamed), Options{})
			if err != nil {
				t.Fatal(err)
			}
			got, err := readAll(r, 5)
			if err != nil || r.Format() != format || !slices.Equal(got, want) || r.Truncated() {
				t.Errorf("%v: %x, want %x, error %v", r.Format(), got, want, err)
			}
		}
	}
}

func TestWriteRejects(t *testing.T) {
	for _, f := range []hw.Format{
		{}, {SampleRateHz: 1, Channels: 1, BitsPerSample: 8}, {SampleRateHz: 1, Channels: 257, BitsPerSample: 16},
		{SampleRateHz: 0, Channels: 1, BitsPerSample: 16},
	} {
		if err := Write(io.Discard, f, nil); err == nil {
			t.Errorf("Write in %v succeeded", f)
		}
	}
	if err := Write(io.Discard, hw.Format{SampleRateHz: 1, Channels: 2, BitsPerSample: 16}, make([]int32, 3)); err == nil {
		t.Error("Write of half a sample time succeeded")
	}
}
