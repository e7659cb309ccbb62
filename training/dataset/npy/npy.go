package npy

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// headerAlign is what the data's offset in the file is a multiple of.
const headerAlign = 64

// WriteFloat32 writes data as a little-endian float32 array of the given
// shape, row-major. The shape's product must be len(data).
func WriteFloat32(w io.Writer, shape []int, data []float32) error {
	count := 1
	dims := make([]string, len(shape))
	for i, n := range shape {
		count *= n
		dims[i] = strconv.Itoa(n)
	}
	if count != len(data) {
		return fmt.Errorf("npy: shape %v holds %d values, got %d", shape, count, len(data))
	}
	tuple := strings.Join(dims, ", ")
	if len(dims) == 1 {
		tuple += ","
	}
	dict := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }", tuple)
	const preamble = 10 // magic, version, header length
	dict += strings.Repeat(" ", headerAlign-(preamble+len(dict)+1)%headerAlign) + "\n"

	out := make([]byte, 0, preamble+len(dict)+4*len(data))
	out = append(out, "\x93NUMPY\x01\x00"...)
	out = binary.LittleEndian.AppendUint16(out, uint16(len(dict)))
	out = append(out, dict...)
	for _, v := range data {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
	}
	if _, err := w.Write(out); err != nil {
		return fmt.Errorf("npy: %w", err)
	}
	return nil
}
