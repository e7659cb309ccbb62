package wav

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/hw"
)

// chunkOf writes a chunk.
func chunkOf(id string, body []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(id), uint32(len(body)))
	b = append(b, body...)
	if len(body)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

// listed writes a file whose samples are a list of chunks.
func listed(tag uint16, bits int, parts ...[]byte) []byte {
	le := binary.LittleEndian
	format := le.AppendUint16(nil, tag)
	format = le.AppendUint16(format, 1)
	format = le.AppendUint32(format, 8000)
	format = le.AppendUint32(format, uint32(8000*bits/8))
	format = le.AppendUint16(format, uint16(bits/8))
	format = le.AppendUint16(format, uint16(bits))
	body := slices.Concat([]byte("WAVE"), chunkOf("fmt ", format),
		chunkOf("LIST", append([]byte("wavl"), slices.Concat(parts...)...)), chunkOf("cue ", make([]byte, 4)))
	return append(le.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func silent(times uint32) []byte {
	return chunkOf("slnt", binary.LittleEndian.AppendUint32(nil, times))
}

// TestSilence reads lists of samples and silence: what follows keeps its time.
func TestSilence(t *testing.T) {
	sound := func(from, n int) []byte {
		var b []byte
		for i := range n {
			b = binary.LittleEndian.AppendUint16(b, uint16(from+i))
		}
		return chunkOf("data", b)
	}
	many := make([][]byte, 0, 3000)
	var want []int32
	for i := range 1500 { // more than chunks may precede samples
		many = append(many, sound(i+1, 1), silent(2))
		want = append(want, int32(i+1)<<16, 0, 0)
	}
	for name, c := range map[string]struct {
		file []byte
		want []int32
		cut  bool
	}{
		"between": {
			listed(tagPCM, 16, sound(1, 2), silent(3), sound(7, 1)), []int32{1 << 16, 2 << 16, 0, 0, 0, 7 << 16}, false,
		},
		"first":         {listed(tagPCM, 16, silent(2), sound(7, 1)), []int32{0, 0, 7 << 16}, false},
		"last":          {listed(tagPCM, 16, sound(7, 1), silent(1)), []int32{7 << 16, 0}, false},
		"alone":         {listed(tagPCM, 16, silent(2)), []int32{0, 0}, false},
		"none":          {listed(tagPCM, 16, sound(7, 1), silent(0), sound(8, 1)), []int32{7 << 16, 8 << 16}, false},
		"of bytes":      {listed(tagPCM, 8, chunkOf("data", []byte{0x81}), silent(2)), []int32{1 << 24, 0, 0}, false},
		"many":          {listed(tagPCM, 16, many...), want, false},
		"years":         {listed(tagPCM, 16, sound(7, 1), silent(math.MaxUint32)), []int32{7 << 16}, false},
		"a short chunk": {listed(tagPCM, 16, sound(7, 1), chunkOf("slnt", []byte{1})), []int32{7 << 16}, false},
	} {
		r, err := NewReader(name, bytes.NewReader(c.file), Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, err := readAll(r, 7); err != nil || !slices.Equal(got, c.want) || r.Truncated() != c.cut {
			t.Errorf("%s: %d samples %v…, %v, cut %v", name, len(got), got[:min(len(got), 8)], err, r.Truncated())
		}
	}
	for _, law := range []uint16{tagALaw, tagMuLaw} {
		r, err := NewReader("law", bytes.NewReader(listed(law, 8, silent(1), chunkOf("data", []byte{0x55}))), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := readAll(r, 8); err != nil || len(got) != 2 || max(got[0], -got[0]) > 1<<20 {
			t.Errorf("law %d: %v, %v", law, got, err)
		}
	}
	if _, err := NewReader("years", bytes.NewReader(listed(tagPCM, 16, silent(math.MaxUint32))), Options{}); err == nil ||
		!strings.Contains(err.Error(), "at most 2147483648 in all") {
		t.Errorf("years of silence: %v", err)
	}
}

// hollow is a file that keeps its beginning and its end, and holes between: as sparse files, but on every system.
type hollow struct {
	head, tail []byte
	at, from   int64 // of the tail
}

func (h *hollow) Write(b []byte) (int, error) {
	if h.at < h.from || h.from == 0 {
		if need := int(h.at) + len(b); need > len(h.head) {
			h.head = append(h.head, make([]byte, need-len(h.head))...)
		}
		copy(h.head[h.at:], b)
	} else {
		h.tail = append(h.tail[:h.at-h.from], b...)
	}
	h.at += int64(len(b))
	return len(b), nil
}

func (h *hollow) Seek(offset int64, whence int) (int64, error) {
	if whence == 2 {
		offset += max(h.from+int64(len(h.tail)), int64(len(h.head)))
	}
	h.at = offset
	return h.at, nil
}

// Read reads on from the beginning; from is where the hole ends.
func (h *hollow) Read(b []byte) (n int, err error) {
	switch {
	case h.at < int64(len(h.head)):
		n = copy(b, h.head[h.at:])
	case h.at < h.from:
		n = int(min(int64(len(b)), h.from-h.at))
		clear(b[:n])
	default:
		n, err = bytes.NewReader(h.tail[min(h.at-h.from, int64(len(h.tail))):]).Read(b)
	}
	h.at += int64(n)
	return n, err
}

// TestBeyond4GiB writes an RF64 file of more than 4 GiB, with a hole in its middle, and reads all of it: the samples
// behind the hole come at their time.
func TestBeyond4GiB(t *testing.T) {
	f := &hollow{}
	format := hw.Format{SampleRateHz: 96000, Channels: 4, BitsPerSample: 32}
	w, err := NewWriter(f, format, hw.Origin{})
	if err != nil {
		t.Fatal(err)
	}
	const times = 1 << 28 // of 16 bytes: 4 GiB
	hole := uint64(times)
	if err := w.Write(count(4 * 5)); err != nil {
		t.Fatal(err)
	}
	w.Lost(hole) // is passed over, and need not be decoded
	w.data += hole * 16
	f.from = int64(len(f.head)) + int64(hole)*16
	f.at = f.from
	if err := w.Write(count(4 * 3)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if string(f.head[:4]) != "RF64" || binary.LittleEndian.Uint64(f.head[28:]) != 16*(times+8) {
		t.Fatalf("header % x", f.head[:48])
	}
	f.at = 0
	r, err := NewReader("long", f, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if n, known := r.SampleTimes(); !known || n != times+8 {
		t.Errorf("%d sample times are announced", n)
	}
	var got []int32
	b := hw.Block{PCM: make([]int32, 64)}
	for r.Read(t.Context(), &b) == nil {
		if b.Lost > 0 && (b.Lost != times || b.FirstSample != times+5) {
			t.Errorf("%d lost before %d", b.Lost, b.FirstSample)
		}
		got = append(got, b.PCM...)
		b.PCM = b.PCM[:cap(b.PCM)]
	}
	if want := append(count(20), count(12)...); !slices.Equal(got, want) || r.Truncated() {
		t.Errorf("%d values, cut %v", len(got), r.Truncated())
	}
}
