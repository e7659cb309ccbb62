package matlab

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
)

// Classes of arrays.
const (
	classCell   = 1
	classStruct = 2
	classObject = 3
	classChar   = 4
	classDouble = 6
	classUint64 = 15
)

const complexFlag = 0x0800

// matrices reads one variable and all that is in it.
type matrices struct {
	*file
	stream *stream
	open   func() (io.ReadCloser, error)
}

// found is what an array was: an array of numbers in the list, or a text.
type found struct {
	array int // in the list; -1: none
	text  string
}

// head is what precedes an array's values.
type head struct {
	class   byte
	complex bool
	shape   []int64
	count   int64
	name    string
}

// matrix reads an array whose tag was read, which has a name from what holds it, or its own.
func (m *matrices) matrix(t tag, name string, depth int) (found, error) {
	none := found{array: -1}
	if t.bytes == 0 {
		return none, nil
	}
	if depth > maxDepth {
		return none, fmt.Errorf("matlab: more than %d structures within each other", maxDepth)
	}
	h, err := m.head()
	if err != nil {
		return none, err
	}
	if name == "" {
		name = h.name
	}
	got := none
	switch {
	case h.class == classCell:
		err = m.elements(h.count, func(i int64) string { return fmt.Sprintf("%s{%d}", name, i+1) }, depth)
	case h.class == classStruct:
		err = m.structure(h, name, depth)
	case h.class == classChar:
		got.text, err = m.text()
	case h.class >= classDouble && h.class <= classUint64 && !h.complex:
		got.array, err = m.numbers(h, name)
	case h.complex:
		m.notes = append(m.notes, fmt.Sprintf("%.60s holds complex numbers and is passed over", name))
	}
	if err != nil {
		return none, err
	}
	return got, m.stream.skipTo(t.end)
}

// head reads flags, shape and name.
func (m *matrices) head() (h head, err error) {
	flags, err := m.stream.next(8)
	if err != nil {
		return h, err
	}
	if len(flags) < 8 {
		return h, fmt.Errorf("matlab: an array without flags")
	}
	word := m.order.Uint32(flags)
	h.class, h.complex = byte(word), word&complexFlag != 0
	dims, err := m.stream.next(4 * maxRank)
	if err != nil {
		return h, err
	}
	h.count = 1
	for ; len(dims) >= 4; dims = dims[4:] {
		n := int64(m.order.Uint32(dims))
		h.shape = append(h.shape, n)
		if h.count *= n; n >= 1<<31 || h.count > 1<<50 {
			return h, fmt.Errorf("matlab: an array of shape %v", h.shape)
		}
	}
	name, err := m.stream.next(maxName)
	h.name = string(name)
	return h, err
}

// numbers takes note of where the values of an array are, and returns its place in the list.
func (m *matrices) numbers(h head, name string) (int, error) {
	t, err := m.stream.tag()
	if err != nil {
		return -1, err
	}
	of, ok := numbers[t.kind]
	if !ok || h.count == 0 {
		return -1, nil
	}
	if h.count*of.bytes != t.bytes {
		m.notes = append(m.notes, fmt.Sprintf("%.60s is of shape %v and holds %d bytes: it is passed over", name, h.shape, t.bytes))
		return -1, nil
	}
	if len(m.arrays) == maxArrays {
		if !m.full {
			m.notes = append(m.notes, fmt.Sprintf("it holds more than %d arrays: the others are passed over", maxArrays))
		}
		m.full = true
		return -1, nil
	}
	a := Array{
		Name: name, Shape: h.shape, Type: of.name, BigEndian: m.order == binary.BigEndian,
		Open: m.open, Offset: m.stream.at,
	}
	if t.small {
		data := bytes.Clone(t.data[:t.bytes])
		a.Open, a.Offset = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }, 0
	}
	m.arrays = append(m.arrays, a)
	return len(m.arrays) - 1, nil
}

// text reads the characters of an array of such: a name, or nothing where they are many.
func (m *matrices) text() (string, error) {
	t, err := m.stream.tag()
	if err != nil || t.bytes > 2*maxName {
		return "", err // the array's end is known
	}
	b, err := m.stream.small(t, 2*maxName)
	if err != nil || t.kind != 4 && t.kind != 17 {
		return string(b), err
	}
	var units []uint16
	for ; len(b) >= 2; b = b[2:] {
		units = append(units, m.order.Uint16(b))
	}
	return string(utf16.Decode(units)), nil
}

// count takes note of parts, and says when there are too many.
func (m *matrices) count(n int64) error {
	if n > int64(maxParts-m.parts) {
		return fmt.Errorf("matlab: more than %d fields and elements", maxParts)
	}
	m.parts += int(n)
	return nil
}

// elements reads what a cell array holds.
func (m *matrices) elements(n int64, name func(i int64) string, depth int) error {
	if err := m.count(n); err != nil {
		return err
	}
	for i := range n {
		t, err := m.stream.tag()
		if err != nil {
			return err
		}
		if _, err := m.matrix(t, name(i), depth+1); err != nil {
			return err
		}
	}
	return nil
}

// structure reads the fields of each element of a structure array.
func (m *matrices) structure(h head, name string, depth int) error {
	width, err := m.stream.next(4)
	if err != nil {
		return err
	}
	names, err := m.stream.next(maxParts * 64)
	if err != nil {
		return err
	}
	if len(width) < 4 || m.order.Uint32(width) == 0 || m.order.Uint32(width) > maxName {
		return fmt.Errorf("matlab: a structure without names of fields")
	}
	var fields []string
	for n := int(m.order.Uint32(width)); len(names) >= n; names = names[n:] {
		field, _, _ := strings.Cut(string(names[:n]), "\x00")
		fields = append(fields, field)
	}
	if err := m.count(h.count * int64(len(fields))); err != nil {
		return err
	}
	for i := range h.count {
		own := name
		if h.count > 1 {
			own = fmt.Sprintf("%s(%d)", name, i+1)
		}
		if err := m.element(own, name, fields, depth); err != nil {
			return err
		}
	}
	return nil
}

// element reads the fields of one structure, called own, of an array called all.
func (m *matrices) element(own, all string, fields []string, depth int) error {
	data, called := -1, ""
	for _, field := range fields {
		t, err := m.stream.tag()
		if err != nil {
			return err
		}
		got, err := m.matrix(t, own+"."+field, depth+1)
		if err != nil {
			return err
		}
		switch strings.ToLower(field) {
		case "data", "value", "values", "signal":
			data = max(data, got.array)
		case "name", "label", "channelname":
			called = got.text
		}
	}
	if data >= 0 && called != "" {
		m.arrays[data].Name = all + "." + called
	}
	return nil
}
