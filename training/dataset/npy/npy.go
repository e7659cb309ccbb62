package npy

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// headerAlign is what the data's offset in the file is a multiple of.
const headerAlign = 64

// WriteFloat32 writes data as a little-endian float32 array of the given
// shape, row-major. The shape's product must be len(data).
func WriteFloat32(w io.Writer, shape []int, data []float32) error {
	count := 1
	for _, n := range shape {
		count *= n
	}
	if count != len(data) {
		return fmt.Errorf("npy: shape %v holds %d values, got %d", shape, count, len(data))
	}
	out := slices.Grow(HeaderFloat32(shape), 4*len(data))
	for _, v := range data {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
	}
	if _, err := w.Write(out); err != nil {
		return fmt.Errorf("npy: %w", err)
	}
	return nil
}

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
