package flat

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"
)

// Fields of the table of kinds.
const (
	int64List = iota
	floatList
	byteList
	small
	truth
	signed
	large
	decimal
	tableList
	none
)

// kinds holds a table with a field of each kind, at byte 32 with its vtable at 8.
func kinds() []byte {
	f := math.Float32bits
	b := words(32, id)
	// The vtable: its size, the table's, and where each field lies in the table.
	for _, v := range []uint16{22, 40, 4, 8, 12, 16, 17, 20, 24, 32, 36, 0} {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	b = append(b, words(
		24,                           // 32: the vtable is 24 before
		76-36, 96-40, 108-44, 0x01f0, // 36: vectors; 48: a byte 0xf0, a bool 1
		0xfffffff9,                     // 52: -7
		0x55667788, 0x11223344, f(1.5), // 56, 64
		116-68, 0, // 68, 72
		2, 5, 0, 0xffffffff, 0xffffffff, // 76: 5 and -1
		2, f(0.25), f(-2), // 96
		3, 0xee030201, // 108: 1, 2, 3
		1, 128-120, // 116: a table
		4<<16|4, 4, // 124: a vtable without fields; 128: its table
	)...)
	return b
}

func TestKinds(t *testing.T) {
	data := kinds()
	r := NewReader(data)
	root := r.Root("TEST")
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"uint8", root.Uint8("small", small, 9), uint8(0xf0)},
		{"uint8 that is absent", root.Uint8("none", none, 9), uint8(9)},
		{"bool", root.Bool("truth", truth), true},
		{"bool that is absent", root.Bool("none", none), false},
		{"int32", root.Int32("signed", signed, 1), int32(-7)},
		{"int32 that is absent", root.Int32("none", none, -5), int32(-5)},
		{"uint64", root.Uint64("large", large), uint64(0x1122334455667788)},
		{"uint64 that is absent", root.Uint64("none", none), uint64(0)},
		{"float32", root.Float32("real", decimal), float32(1.5)},
		{"presence", root.Has("small", small), true},
		{"presence of what is absent", root.Has("none", none), false},
		{"table that is absent", present(root.Table("none", none)), false},
		{"table of a list", present(root.Vector("tables", tableList, 4).Table(0)), true},
		{"length of a list", root.Vector("bytes", byteList, 1).Len(), 3},
		{"length of what is absent", root.Vector("none", none, 4).Len(), 0},
	} {
		if c.got != c.want {
			t.Errorf("%s is %v, want %v", c.what, c.got, c.want)
		}
	}
	if got := root.Vector("int64s", int64List, 8).Int64s(); !slices.Equal(got, []int64{5, -1}) {
		t.Errorf("int64s %v", got)
	}
	if got := root.Vector("floats", floatList, 4).Float32s(); !slices.Equal(got, []float32{0.25, -2}) {
		t.Errorf("float32s %v", got)
	}
	if got := root.Vector("bytes", byteList, 1).Bytes(); !slices.Equal(got, []byte{1, 2, 3}) || cap(got) != 3 {
		t.Errorf("bytes % x with room for %d", got, cap(got))
	}
	absent := root.Vector("none", none, 8)
	if absent.Ints() != nil || absent.Int64s() != nil || absent.Float32s() != nil || absent.Bytes() != nil {
		t.Error("a list that is absent has elements")
	}
	if r.Err() != nil {
		t.Error(r.Err())
	}
	data[32+17] = 2
	if r = NewReader(data); r.Root("TEST").Bool("truth", truth) || r.Err() == nil {
		t.Errorf("a bool of 2 gives %v", r.Err())
	}
}

// TestSpending copies lists out up to twice the file's size and 64 KiB.
func TestSpending(t *testing.T) {
	r := NewReader(make([]byte, 100))
	if r.budget != 65736 {
		t.Fatalf("%d bytes may be copied, want 65736", r.budget)
	}
	if !r.spend(65735) || !r.spend(1) || r.Err() != nil {
		t.Errorf("what may be copied is not: %v", r.Err())
	}
	if r.spend(1) || r.Err() == nil || !strings.Contains(r.Err().Error(), "twice the file's size") {
		t.Errorf("a byte more: %v", r.Err())
	}
	for _, c := range []struct {
		what  string
		copy  func(Table)
		bytes int
	}{
		{"int64s", func(t Table) { t.Vector("list", int64List, 8).Int64s() }, 16},
		{"float32s", func(t Table) { t.Vector("list", floatList, 4).Float32s() }, 8},
		{"int32s, as int", func(t Table) { t.Vector("list", floatList, 4).Ints() }, 16},
	} {
		r := NewReader(kinds())
		root := r.Root("TEST")
		before := r.budget
		c.copy(root)
		if got := before - r.budget; got != c.bytes {
			t.Errorf("two %s count as %d bytes, want %d", c.what, got, c.bytes)
		}
	}
}
