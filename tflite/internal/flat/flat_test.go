package flat

import (
	"encoding/binary"
	"strings"
	"testing"
)

// words makes a buffer of little-endian uint32.
// present reports whether there is a table.
func present(t Table) bool { return t.r != nil }

func words(w ...uint32) []byte {
	var b []byte
	for _, v := range w {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}

const id = uint32('T') | 'E'<<8 | 'S'<<16 | 'T'<<24

// valid holds a table at byte 16 with its vtable at 8: field 0 is a vector at
// byte 28, field 1 the number 7.
func valid() []byte {
	return words(
		16, id, // root table at 16
		12<<16|8, 8<<16|4, // vtable: 8 bytes, table of 12; fields at 4 and 8
		8,    // 16: the vtable is 8 before
		8, 7, // 20: vector at 28; 24: number
		2, 0x11, 0x22, // 28: two elements
	)
}

func TestRead(t *testing.T) {
	r := NewReader(valid())
	root := r.Root("TEST")
	v := root.Vector("list", 0, 4).Ints()
	if len(v) != 2 || v[0] != 0x11 || v[1] != 0x22 {
		t.Errorf("list %v", v)
	}
	if n := root.Uint32("number", 1, 0); n != 7 || r.Err() != nil {
		t.Errorf("number %d, error %v", n, r.Err())
	}
	if n := root.Uint32("absent", 2, 5); n != 5 || present(root.Table("absent", 9)) || root.String("absent", 3) != "" {
		t.Errorf("absent field gives %d", n)
	}
}

// TestViolations changes one word of a valid buffer.
func TestViolations(t *testing.T) {
	for _, c := range []struct {
		name string
		at   int // word
		v    uint32
		want string
	}{
		{"identifier", 1, 0, "no \"TEST\""},
		{"root beyond the end", 0, 1000, "has the offset 1000"},
		{"root nowhere", 0, 0, "has the offset 0"},
		{"root misaligned", 0, 18, "is not aligned to 4"},
		{"root cut", 0, 40, "the file ends at 40"},
		{"vtable before the start", 4, 40, "has its vtable at byte -24"},
		{"vtable beyond the end", 4, 0x80000000, "has its vtable at byte 2147483664"},
		{"vtable odd", 2, 12<<16 | 9, "vtable of 9 bytes"},
		{"vtable too long", 2, 12<<16 | 200, "needs 200 bytes"},
		{"table too long", 2, 200<<16 | 8, "needs 200 bytes"},
		{"field outside its table", 3, 10<<16 | 4, "number lies at 10 to 14"},
		{"field over the vtable offset", 3, 2<<16 | 4, "number lies at 2 to 6"},
		{"field misaligned", 3, 5<<16 | 4, "number at byte 21 is not aligned"},
		{"vector beyond the end", 5, 21, "has the offset 21"},
		{"vector at an odd byte whose length is none", 5, 9, "has 285212672 elements"},
		{"vector too long", 7, 3, "has 3 elements of 4 bytes"},
		{"vector far too long", 7, 1<<32 - 1, "has 4294967295 elements"},
	} {
		data := valid()
		binary.LittleEndian.PutUint32(data[4*c.at:], c.v)
		r := NewReader(data)
		root := r.Root("TEST")
		root.Uint32("number", 1, 0)
		root.Vector("list", 0, 4).Ints()
		if err := r.Err(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, expected %q", c.name, err, c.want)
		}
	}
}

// TestTruncated cuts a valid buffer at each byte: no panic, and an error.
func TestTruncated(t *testing.T) {
	data := valid()
	for n := range data {
		r := NewReader(data[:n])
		r.Root("TEST").Vector("list", 0, 4).Ints()
		if r.Err() == nil {
			t.Errorf("no error for %d of %d bytes", n, len(data))
		}
	}
}

func TestString(t *testing.T) {
	for _, c := range []struct {
		bytes string
		want  string
	}{
		{"ab\x00\x00", ""}, {"ab\x00", ""}, {"ab", "needs 3 bytes"},
		{"ab\x01\x00", "zero byte"},
	} {
		data := append(words(16, id, 8<<16|6, 4, 8, 4, 2), c.bytes...)
		r := NewReader(data)
		s := r.Root("TEST").String("name", 0)
		if err := r.Err(); (c.want == "") != (err == nil) || (err != nil && !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%q gives %q, error %v", c.bytes, s, err)
		} else if err == nil && s != "ab" {
			t.Errorf("%q gives %q", c.bytes, s)
		}
	}
}

// TestBudget reads one list again and again, as a file could make a reader do.
func TestBudget(t *testing.T) {
	r := NewReader(valid())
	root := r.Root("TEST")
	for range 1 << 14 {
		root.Vector("list", 0, 4).Ints()
	}
	if err := r.Err(); err == nil || !strings.Contains(err.Error(), "twice the file's size") {
		t.Errorf("error is %v", err)
	}
}

// TestLax reads what some writers make: a vector at an odd byte, and a string that is not UTF-8.
func TestLax(t *testing.T) {
	data := append(valid(), 0)
	data = append(data, words(2, 0x33, 0x44)...)
	binary.LittleEndian.PutUint32(data[20:], 41-20)
	r := NewReader(data)
	if v := r.Root("TEST").Vector("list", 0, 4).Ints(); r.Err() != nil || len(v) != 2 || v[0] != 0x33 || v[1] != 0x44 {
		t.Errorf("list %v, error %v", v, r.Err())
	}
	r = NewReader(append(words(16, id, 8<<16|6, 4, 8, 4, 2), "\xffb\x00\x00"...))
	if s := r.Root("TEST").String("name", 0); r.Err() != nil || s != "\uFFFDb" {
		t.Errorf("string %q, error %v", s, r.Err())
	}
}

// TestBytes reads data by offset and size.
func TestBytes(t *testing.T) {
	data := valid()
	r := NewReader(data)
	if b := r.Bytes("data", uint64(len(data)-4), 4); r.Err() != nil || len(b) != 4 || cap(b) != 4 || b[0] != 0x22 {
		t.Errorf("bytes % x, error %v", b, r.Err())
	}
	for _, c := range [][2]uint64{{uint64(len(data)), 1}, {1, 1<<64 - 1}, {1<<64 - 1, 2}} {
		r := NewReader(data)
		b := r.Bytes("data", c[0], c[1])
		if b != nil || r.Err() == nil || !strings.Contains(r.Err().Error(), "the file ends at") {
			t.Errorf("%d bytes at %d: % x, error %v", c[1], c[0], b, r.Err())
		}
	}
}
