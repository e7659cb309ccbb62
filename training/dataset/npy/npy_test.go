package npy

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
)

// TestHeaderFloat32 compares with the bytes that numpy 2.4.6 writes before the values for
// np.save(f, np.array([[0, -1.5, 3.25], [1e-9, -80, 40]], '<f4')).
func TestHeaderFloat32(t *testing.T) {
	const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
	want := append([]byte("\x93NUMPY\x01\x00\x76\x00"), header...)
	want = append(want, strings.Repeat(" ", 0x76-len(header)-1)+"\n"...)
	if got := HeaderFloat32([]int{2, 3}); !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", hex.Dump(got), hex.Dump(want))
	}
}
