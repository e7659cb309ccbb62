package npy

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// headerAlign is what the data's offset in the file is a multiple of.
const headerAlign = 64

// HeaderFloat32 returns what stands before the values of a float32 array, row by row.
func HeaderFloat32(shape []int) []byte {
	dims := make([]string, len(shape))
	for i, n := range shape {
		dims[i] = strconv.Itoa(n)
	}
	tuple := strings.Join(dims, ", ")
	if len(dims) == 1 {
		tuple += ","
	}
	dict := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }", tuple)
	const preamble = 10 // magic, version, header length
	dict += strings.Repeat(" ", headerAlign-(preamble+len(dict)+1)%headerAlign) + "\n"
	out := append([]byte("\x93NUMPY\x01\x00"), 0, 0)
	binary.LittleEndian.PutUint16(out[8:], uint16(len(dict)))
	return append(out, dict...)
}
