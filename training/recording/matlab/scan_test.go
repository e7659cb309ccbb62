package matlab

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
	"slices"
	"strings"
	"testing"
)

// written makes a file of one variable.
func written(order binary.AppendByteOrder, mark string, packed bool, matrix []byte) []byte {
	b := append([]byte("MATLAB 5.0 MAT-file, by hand"), bytes.Repeat([]byte(" "), 96)...)
	b = order.AppendUint16(b, 0x0100)
	b = append(b, mark...)
	if !packed {
		return append(b, matrix...)
	}
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	_, _ = w.Write(matrix) // into memory
	_ = w.Close()
	b = order.AppendUint32(b, typeCompressed)
	return append(order.AppendUint32(b, uint32(z.Len())), z.Bytes()...)
}

// element is an element with its padding.
func element(order binary.AppendByteOrder, kind uint32, data []byte) []byte {
	b := order.AppendUint32(order.AppendUint32(nil, kind), uint32(len(data)))
	b = append(b, data...)
	return append(b, make([]byte, -len(data)&7)...)
}

// vector is a variable of doubles.
func vector(order binary.AppendByteOrder, name string, values ...uint64) []byte {
	var data []byte
	for _, v := range values {
		data = order.AppendUint64(data, v)
	}
	flags := order.AppendUint32(order.AppendUint32(nil, classDouble), 0)
	dims := order.AppendUint32(order.AppendUint32(nil, uint32(len(values))), 1)
	return element(order, typeMatrix, slices.Concat(element(order, 6, flags), element(order, 5, dims),
		element(order, 1, []byte(name)), element(order, 9, data)))
}

// TestOrders reads both byte orders, packed and not.
func TestOrders(t *testing.T) {
	for _, packed := range []bool{false, true} {
		little := written(binary.LittleEndian, "IM", packed, vector(binary.LittleEndian, "abc", 1, 2, 3))
		big := written(binary.BigEndian, "MI", packed, vector(binary.BigEndian, "abc", 1, 2, 3))
		for _, file := range [][]byte{little, big} {
			arrays, notes, err := Scan(bytes.NewReader(file), int64(len(file)))
			if err != nil || len(notes) > 0 || len(arrays) != 1 {
				t.Fatalf("%v %q %v", arrays, notes, err)
			}
			a := arrays[0]
			if a.Name != "abc" || !slices.Equal(a.Shape, []int64{3, 1}) || a.Type != "f8" {
				t.Errorf("%+v", a)
			}
			var order binary.ByteOrder = binary.LittleEndian
			if a.BigEndian {
				order = binary.BigEndian
			}
			data := valuesOf(t, &a)
			if order.Uint64(data) != 1 || order.Uint64(data[16:]) != 3 {
				t.Errorf("% x", data)
			}
		}
	}
}

func valuesOf(t *testing.T, a *Array) []byte {
	t.Helper()
	r, err := a.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }() // nothing was written
	if _, err := io.CopyN(io.Discard, r, a.Offset); err != nil {
		t.Fatal(err)
	}
	data := make([]byte, a.Shape[0]*8)
	if _, err := io.ReadFull(r, data); err != nil {
		t.Fatal(err)
	}
	return data
}

// TestBomb passes over what unpacks to far more than it holds, and bounds what nests.
func TestBomb(t *testing.T) {
	le := binary.LittleEndian
	huge := le.AppendUint32(le.AppendUint32(nil, typeMatrix), 3<<30)
	file := written(le, "IM", true, huge)
	file = append(file, vector(le, "z", 7, 8, 9)...)
	arrays, notes, err := Scan(bytes.NewReader(file), int64(len(file)))
	if err != nil || len(arrays) != 1 || len(notes) != 1 || !strings.Contains(notes[0], "no recording packs so well") {
		t.Errorf("%v %q %v", arrays, notes, err)
	}
	inner := vector(le, "z", 1)
	for range maxDepth + 5 {
		flags := le.AppendUint32(le.AppendUint32(nil, classCell), 0)
		dims := le.AppendUint32(le.AppendUint32(nil, 1), 1)
		inner = element(le, typeMatrix, slices.Concat(
			element(le, 6, flags), element(le, 5, dims), element(le, 1, nil), inner))
	}
	file = written(le, "IM", false, inner)
	if _, _, err := Scan(bytes.NewReader(file), int64(len(file))); err == nil ||
		!strings.Contains(err.Error(), "within each other") {
		t.Errorf("too deep: %v", err)
	}
	flags := le.AppendUint32(le.AppendUint32(nil, classCell), 0)
	dims := le.AppendUint32(le.AppendUint32(nil, 1<<20), 1<<10)
	wide := element(le, typeMatrix, slices.Concat(element(le, 6, flags), element(le, 5, dims), element(le, 1, nil)))
	file = written(le, "IM", false, wide)
	if _, _, err := Scan(bytes.NewReader(file), int64(len(file))); err == nil ||
		!strings.Contains(err.Error(), "fields and elements") {
		t.Errorf("too many: %v", err)
	}
}

// reads counts the bytes that are read.
type reads struct {
	io.ReaderAt
	bytes int
}

func (r *reads) ReadAt(p []byte, off int64) (int, error) {
	n, err := r.ReaderAt.ReadAt(p, off)
	r.bytes += n
	return n, err
}

// TestScanJumps passes over values that are not packed without reading them.
func TestScanJumps(t *testing.T) {
	file := written(binary.LittleEndian, "IM", false, slices.Concat(
		vector(binary.LittleEndian, "a", make([]uint64, 1<<17)...), vector(binary.LittleEndian, "b", 1, 2)))
	r := &reads{ReaderAt: bytes.NewReader(file)}
	arrays, notes, err := Scan(r, int64(len(file)))
	if err != nil || len(notes) > 0 || len(arrays) != 2 || arrays[1].Name != "b" {
		t.Fatalf("%v %q %v", arrays, notes, err)
	}
	if r.bytes > 1<<14 {
		t.Errorf("%d of %d bytes were read", r.bytes, len(file))
	}
}
