package npy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/auscult/auscult/hw/pcm"
)

// Header says what a file holds. The values follow it, without anything between them.
type Header struct {
	Shape   []int64 // empty for a single value
	Fortran bool    // the first axis changes fastest, not the last
	Fields  []Field // one, without a name, unless the array is a structured one
	Size    int64   // bytes of one value, of all fields
	Bytes   int64   // of the header
}

// ColumnMajor returns what a header would say of an array in another kind of file, the first axis of which changes
// fastest: of values of a type such as f8, that begin at offset.
func ColumnMajor(shape []int64, kind string, bigEndian bool, offset int64) (*Header, error) {
	h := &Header{Fortran: true, Bytes: offset}
	if bigEndian {
		kind = ">" + kind
	}
	if err := h.addField("", kind, 1); err != nil {
		return nil, err
	}
	dims := make([]any, len(shape))
	for i, n := range shape {
		dims[i] = n
	}
	return h, h.setShape(dims)
}

// Field is a part of each value.
type Field struct {
	Name   string
	Type   string // as NumPy has it, without the byte order: f4, i2, M8[ns]
	Offset int64  // in a value

	decoder // the zero value where it is no number
	order   binary.ByteOrder
}

// Limits of headers.
const (
	maxHeader = 1 << 16
	maxRank   = 8
	maxFields = 1024
)

// decoder decodes numbers of a type.
type decoder struct {
	size  int64
	value func(order binary.ByteOrder, b []byte) float64
}

// decoders are the types that are numbers, of 1 to 8 bytes.
var decoders = map[string]decoder{
	"f2": {2, func(o binary.ByteOrder, b []byte) float64 { return pcm.Half(o.Uint16(b)) }},
	"f4": {4, func(o binary.ByteOrder, b []byte) float64 { return float64(math.Float32frombits(o.Uint32(b))) }},
	"f8": {8, func(o binary.ByteOrder, b []byte) float64 { return math.Float64frombits(o.Uint64(b)) }},
	"i1": {1, func(_ binary.ByteOrder, b []byte) float64 { return float64(int8(b[0])) }},
	"u1": {1, func(_ binary.ByteOrder, b []byte) float64 { return float64(b[0]) }},
	"i2": {2, func(o binary.ByteOrder, b []byte) float64 { return float64(int16(o.Uint16(b))) }},
	"u2": {2, func(o binary.ByteOrder, b []byte) float64 { return float64(o.Uint16(b)) }},
	"i4": {4, func(o binary.ByteOrder, b []byte) float64 { return float64(int32(o.Uint32(b))) }},
	"u4": {4, func(o binary.ByteOrder, b []byte) float64 { return float64(o.Uint32(b)) }},
	"i8": {8, func(o binary.ByteOrder, b []byte) float64 { return float64(int64(o.Uint64(b))) }},
	"u8": {8, func(o binary.ByteOrder, b []byte) float64 { return float64(o.Uint64(b)) }},
	"M8": {8, moment},
	"m8": {8, moment},
}

// moment returns a date's count of its unit; NumPy's "not a time" is NaN.
func moment(o binary.ByteOrder, b []byte) float64 {
	v := int64(o.Uint64(b))
	if v == math.MinInt64 {
		return math.NaN()
	}
	return float64(v)
}

// Count returns how many values the array has.
func (h *Header) Count() int64 {
	n := int64(1)
	for _, d := range h.Shape {
		n *= d
	}
	return n
}

// Number returns the field's number in a value's bytes. Call it for fields of IsNumber only.
func (f *Field) Number(value []byte) float64 {
	return f.value(f.order, value[f.Offset:f.Offset+f.size])
}

// IsNumber says whether a field is a real number, or a moment.
func (f *Field) IsNumber() bool { return f.value != nil }

// IsWhole says whether a field is a whole number.
func (f *Field) IsWhole() bool { return f.IsNumber() && f.Type[0] != 'f' }

// Unit returns the unit of a moment, as ms of M8[ms], "" where it has none.
func (f *Field) Unit() string {
	_, after, _ := strings.Cut(f.Type, "[")
	return strings.TrimSuffix(after, "]")
}

// ErrNoArray is what ReadHeader returns for what is no .npy file.
var ErrNoArray = errors.New("npy: not an array of NumPy's")

// ReadHeader reads the header in version 1, 2 or 3 of the format, and leaves r at the first
// value. It allocates for the header alone, at most 64 KiB, whatever the header says.
func ReadHeader(r io.Reader) (*Header, error) {
	text, size, err := headerText(r)
	if err != nil {
		return nil, err
	}
	value, err := parseLiteral(text)
	dict, ok := value.(map[string]any)
	if err != nil || !ok {
		return nil, fmt.Errorf("npy: header %.80q is not of an array of numbers", text)
	}
	h := &Header{Bytes: size}
	h.Fortran, ok = dict["fortran_order"].(bool)
	shape, ok2 := dict["shape"].([]any)
	if !ok || !ok2 {
		return nil, fmt.Errorf("npy: header %.80q is not of an array of numbers", text)
	}
	if err := h.setFields(dict["descr"]); err != nil {
		return nil, err
	}
	return h, h.setShape(shape)
}

func (h *Header) setShape(shape []any) error {
	if len(shape) > maxRank {
		return fmt.Errorf("npy: %d dimensions: at most %d", len(shape), maxRank)
	}
	count := max(h.Size, 1)
	for _, d := range shape {
		n, ok := d.(int64)
		if !ok || n < 0 || n > 0 && count > math.MaxInt64/n {
			return fmt.Errorf("npy: shape %v is of no array", shape)
		}
		count *= max(n, 1)
		h.Shape = append(h.Shape, n)
	}
	return nil
}

// setFields reads what a value consists of: a type, or a list of names and types.
func (h *Header) setFields(descr any) error {
	switch d := descr.(type) {
	case string:
		return h.addField("", d, 1)
	case []any:
		for _, item := range d {
			parts, ok := item.([]any)
			if !ok || len(parts) < 2 || len(h.Fields) >= maxFields {
				return fmt.Errorf("npy: a structured array of types that cannot be read")
			}
			if err := h.addItem(parts); err != nil {
				return err
			}
		}
		if len(h.Fields) > 0 {
			return nil
		}
	}
	return fmt.Errorf("npy: the header has no type of numbers")
}

func (h *Header) addItem(parts []any) error {
	name, ok := parts[0].(string)
	if titled, is := parts[0].([]any); is && len(titled) == 2 {
		name, ok = titled[1].(string)
	}
	kind, ok2 := parts[1].(string)
	if !ok || !ok2 {
		return fmt.Errorf("npy: a structured array within another: only plain fields can be read")
	}
	count := int64(1)
	if len(parts) > 2 {
		shape, ok := parts[2].([]any)
		if !ok || len(shape) != 1 {
			return fmt.Errorf("npy: field %.40q is itself an array: only one dimension can be read", name)
		}
		n, ok := shape[0].(int64)
		if !ok || n < 1 || n > maxFields-int64(len(h.Fields)) {
			return fmt.Errorf("npy: field %.40q is itself an array of too many values", name)
		}
		count = n
	}
	return h.addField(name, kind, count)
}

// addField appends count fields of a type such as <f8.
func (h *Header) addField(name, kind string, count int64) error {
	var order binary.ByteOrder = binary.LittleEndian
	text := strings.TrimLeft(kind, "<>|=")
	if strings.HasPrefix(kind, ">") {
		order = binary.BigEndian
	}
	base, _, _ := strings.Cut(text, "[")
	f := Field{Name: name, Type: text, decoder: decoders[base], order: order}
	size := f.size
	if !f.IsNumber() {
		size = opaqueSize(base)
	}
	if size < 0 {
		return fmt.Errorf("npy: values of type %.20q cannot be read", kind)
	}
	for range count {
		f.Offset = h.Size
		h.Fields = append(h.Fields, f)
		h.Size += size
	}
	return nil
}

// opaqueSize returns the bytes of a type that is no number; -1 where they are not known.
func opaqueSize(kind string) int64 {
	if len(kind) < 2 {
		return -1
	}
	n := int64(0)
	for _, c := range kind[1:] {
		if c < '0' || c > '9' || n > maxHeader {
			return -1
		}
		n = 10*n + int64(c-'0')
	}
	switch kind[0] {
	case 'U': // characters of 4 bytes
		return 4 * n
	case 'S', 'a', 'V', 'b', 'c', 'f':
		return n
	}
	return -1
}

// headerText returns the header's text and the bytes up to the first value.
func headerText(r io.Reader) (text string, size int64, err error) {
	start := make([]byte, 8)
	if _, err := io.ReadFull(r, start); err != nil || !bytes.HasPrefix(start, []byte("\x93NUMPY")) || start[6] < 1 ||
		start[6] > 3 {
		return "", 0, ErrNoArray
	}
	width := 2
	if start[6] > 1 {
		width = 4
	}
	length := make([]byte, 4)
	if _, err := io.ReadFull(r, length[:width]); err != nil {
		return "", 0, fmt.Errorf("npy: cut short")
	}
	n := binary.LittleEndian.Uint32(length)
	if n > maxHeader {
		return "", 0, fmt.Errorf("npy: a header of %d bytes", n)
	}
	head := make([]byte, n)
	if _, err := io.ReadFull(r, head); err != nil {
		return "", 0, fmt.Errorf("npy: cut short")
	}
	return string(head), int64(len(start)+width) + int64(n), nil
}
