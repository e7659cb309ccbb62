package npy

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
)

// TestWriteFloat32 compares with the bytes that numpy 2.4.6 writes for
// np.save(f, np.array([[0, -1.5, 3.25], [1e-9, -80, 40]], '<f4')).
func TestWriteFloat32(t *testing.T) {
	const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
	want := append([]byte("\x93NUMPY\x01\x00\x76\x00"), header...)
	want = append(want, strings.Repeat(" ", 0x76-len(header)-1)+"\n"...)
	values, err := hex.DecodeString("00000000" + "0000c0bf" + "00005040" + "5f708930" + "0000a0c2" + "00002042")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, values...)

	var got bytes.Buffer
	if err := WriteFloat32(&got, []int{2, 3}, []float32{0, -1.5, 3.25, 1e-9, -80, 40}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("got\n%s\nwant\n%s", hex.Dump(got.Bytes()), hex.Dump(want))
	}
}

func TestWriteFloat32Shape(t *testing.T) {
	if err := WriteFloat32(&bytes.Buffer{}, []int{2, 2}, make([]float32, 3)); err == nil {
		t.Error("a shape that does not fit the data was written")
	}
}
