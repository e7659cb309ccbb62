package npy

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// Array is what a file holds, row-major.
type Array struct {
	Shape []int // empty for a single number
	Data  []float64
}

// Limits of what is read.
const (
	maxHeader = 1 << 16
	maxRank   = 8
)

// element is how a type of number is stored.
type element struct {
	size  int
	value func(order binary.ByteOrder, b []byte) float64
}

// elements are the types that are read: real numbers of 1 to 8 bytes.
var elements = map[string]element{
	"f4": {4, func(o binary.ByteOrder, b []byte) float64 { return float64(math.Float32frombits(o.Uint32(b))) }},
	"f8": {8, func(o binary.ByteOrder, b []byte) float64 { return math.Float64frombits(o.Uint64(b)) }},
	"i1": {1, func(_ binary.ByteOrder, b []byte) float64 { return float64(int8(b[0])) }},
	"u1": {1, func(_ binary.ByteOrder, b []byte) float64 { return float64(b[0]) }},
	"i2": {2, func(o binary.ByteOrder, b []byte) float64 { return float64(int16(o.Uint16(b))) }},
	"u2": {2, func(o binary.ByteOrder, b []byte) float64 { return float64(o.Uint16(b)) }},
	"i4": {4, func(o binary.ByteOrder, b []byte) float64 { return float64(int32(o.Uint32(b))) }},
	"u4": {4, func(o binary.ByteOrder, b []byte) float64 { return float64(o.Uint32(b)) }},
	"i8": {8, func(o binary.ByteOrder, b []byte) float64 { return float64(int64(o.Uint64(b))) }},
}

var (
	descr   = regexp.MustCompile(`'descr': *'([<>|=]?)([a-zA-Z][0-9]+)'`)
	fortran = regexp.MustCompile(`'fortran_order': *(True|False)`)
	shapeIn = regexp.MustCompile(`'shape': *\(([0-9, ]*)\)`)
)

// Read reads an array of real numbers in version 1, 2 or 3 of the format, with at most
// limit values. It makes memory as the values arrive.
func Read(r io.Reader, limit int) (*Array, error) {
	head, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	kind, order, shape := descr.FindStringSubmatch(head), fortran.FindStringSubmatch(head),
		shapeIn.FindStringSubmatch(head)
	if kind == nil || order == nil || shape == nil {
		return nil, fmt.Errorf("npy: header %.80q is not of an array of numbers", head)
	}
	e, ok := elements[kind[2]]
	if !ok {
		return nil, fmt.Errorf("npy: numbers of type %q: floats of 4 or 8 bytes and integers can be read", kind[2])
	}
	a := &Array{}
	count := 1
	for text := range strings.SplitSeq(shape[1], ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || len(a.Shape) == maxRank || n > 0 && count > limit/n {
			return nil, fmt.Errorf("npy: shape (%s): at most %d values in %d dimensions are read", shape[1], limit, maxRank)
		}
		count *= n
		a.Shape = append(a.Shape, n)
	}
	var bytesIn binary.ByteOrder = binary.LittleEndian
	if kind[1] == ">" {
		bytesIn = binary.BigEndian
	}
	buf := make([]byte, 1<<12*e.size)
	for len(a.Data) < count {
		part := buf[:min(count-len(a.Data), len(buf)/e.size)*e.size]
		if _, err := io.ReadFull(r, part); err != nil {
			return nil, fmt.Errorf("npy: cut short after %d of %d values", len(a.Data), count)
		}
		for ; len(part) > 0; part = part[e.size:] {
			a.Data = append(a.Data, e.value(bytesIn, part))
		}
	}
	if order[1] == "True" {
		a.Data = rowMajor(a.Data, a.Shape)
	}
	return a, nil
}

func readHeader(r io.Reader) (string, error) {
	start := make([]byte, 8)
	if _, err := io.ReadFull(r, start); err != nil || !bytes.HasPrefix(start, []byte("\x93NUMPY")) || start[6] < 1 ||
		start[6] > 3 {
		return "", fmt.Errorf("npy: not an array of NumPy's")
	}
	width := 2
	if start[6] > 1 {
		width = 4
	}
	size := make([]byte, 4)
	if _, err := io.ReadFull(r, size[:width]); err != nil {
		return "", fmt.Errorf("npy: cut short")
	}
	n := binary.LittleEndian.Uint32(size)
	if n > maxHeader {
		return "", fmt.Errorf("npy: a header of %d bytes", n)
	}
	head := make([]byte, n)
	if _, err := io.ReadFull(r, head); err != nil {
		return "", fmt.Errorf("npy: cut short")
	}
	return string(head), nil
}

// rowMajor reorders an array whose first axis changes fastest.
func rowMajor(data []float64, shape []int) []float64 {
	out := make([]float64, len(data))
	at := make([]int, len(shape))
	for i := range out {
		from, step := 0, 1
		for k, n := range shape {
			from += at[k] * step
			step *= n
		}
		out[i] = data[from]
		for k := len(shape) - 1; k >= 0; k-- {
			if at[k]++; at[k] < shape[k] {
				break
			}
			at[k] = 0
		}
	}
	return out
}
