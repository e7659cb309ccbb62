package kernel

import (
	"encoding/binary"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// simElement is an element of a simulated driver.
type simElement struct {
	id     ElementID
	kind   ElementType
	access uint32
	values []int64
	low    int64
	high   int64
	items  []string
	tlv    []uint32
}

// simControl answers ioctls of a control node as sound/core/control.c does: by the sizes and places of its structures,
// as a C program of this architecture has them, and with its errors. No kernel was asked.
type simControl struct {
	t        *testing.T
	elements []simElement
	grows    int // elements that appear between two questions
}

func (s *simControl) find(id *ElementID) *simElement {
	for i := range s.elements {
		if e := &s.elements[i]; e.id.Number == id.Number && id.Number != 0 || id.Number == 0 && e.id.Text == id.Text {
			return e
		}
	}
	return nil
}

func (s *simControl) ioctl(request uint, arg unsafe.Pointer) error {
	switch request {
	case ioctlList:
		return s.list((*elementList)(arg))
	case ioctlInfo:
		return s.info((*elementInfo)(arg))
	case ioctlTLV:
		return s.decibels(arg)
	}
	size, begin := valueLayout(runtime.GOARCH)
	if request != ioctlValues|size<<16 {
		s.t.Errorf("ioctl %#x", request)
		return unix.ENOTTY
	}
	v := (*elementValue)(arg)
	e := s.find(&v.id)
	switch {
	case e == nil:
		return unix.ENOENT
	case e.access&accessRead == 0:
		return unix.EPERM
	}
	v.id = e.id
	at, ne := v.bytes[begin:size-64], binary.NativeEndian
	for i, x := range e.values {
		switch {
		case e.kind == Integer64 || e.kind != Enumerated && word == 8:
			ne.PutUint64(at[8*i:], uint64(x))
		default:
			ne.PutUint32(at[4*i:], uint32(x))
		}
	}
	return nil
}

func (s *simControl) list(l *elementList) error {
	l.count, l.used = uint32(len(s.elements)), 0
	if l.space > 0 {
		ids := unsafe.Slice((*ElementID)(l.ids), l.space)
		for i := range s.elements {
			if at := i - int(l.offset); at >= 0 && at < len(ids) {
				ids[at] = s.elements[i].id
				l.used++
			}
		}
	}
	for range s.grows {
		s.elements = append(s.elements, s.elements[0])
	}
	return nil
}

func (s *simControl) info(i *elementInfo) error {
	e := s.find(&i.id)
	if e == nil {
		return unix.ENOENT
	}
	ne := binary.NativeEndian
	item := ne.Uint32(i.value[4:])
	*i = elementInfo{id: e.id, kind: e.kind, access: e.access, count: uint32(len(e.values))}
	switch {
	case e.kind == Enumerated:
		ne.PutUint32(i.value[0:], uint32(len(e.items)))
		item = min(item, uint32(len(e.items)-1)) // as the kernel does
		ne.PutUint32(i.value[4:], item)
		copy(i.value[8:8+64], e.items[item])
	case e.kind == Integer64 || word == 8:
		ne.PutUint64(i.value[0:], uint64(e.low))
		ne.PutUint64(i.value[8:], uint64(e.high))
	default:
		ne.PutUint32(i.value[0:], uint32(e.low))
		ne.PutUint32(i.value[4:], uint32(e.high))
	}
	return nil
}

func (s *simControl) decibels(arg unsafe.Pointer) error {
	head := unsafe.Slice((*uint32)(arg), 2)
	e := s.find(&ElementID{Number: head[0]})
	switch {
	case e == nil || e.access&accessTLVRead == 0:
		return unix.ENXIO
	case int(head[1]) < 4*len(e.tlv):
		return unix.ENOMEM
	}
	copy(unsafe.Slice((*uint32)(arg), 2+len(e.tlv))[2:], e.tlv)
	return nil
}

// add adds an element of the mixer.
func (s *simControl) add(name string, e simElement) {
	e.id = ElementID{Number: uint32(len(s.elements) + 1), iface: mixerInterface}
	copy(e.id.Text[:], name)
	s.elements = append(s.elements, e)
}

// TestControl asks a simulated driver what a mixer is asked.
func TestControl(t *testing.T) {
	const readable = accessRead | accessTLVRead
	s := &simControl{t: t}
	s.add("Mic Capture Volume", simElement{kind: Integer, access: readable, values: []int64{-7, 9}, low: -64, high: 63,
		tlv: []uint32{1, 8, math.MaxUint32 - 5999, 50}})
	s.add("Mic Capture Switch", simElement{kind: Boolean, access: accessRead, values: []int64{1, 0}})
	s.add("Input Source", simElement{kind: Enumerated, access: accessRead, values: []int64{1}, items: []string{"Line",
		strings.Repeat("m", 63)}})
	s.add("Long Gain", simElement{kind: Integer64, access: accessRead, values: []int64{1 << 40}, low: -1, high: 1 << 50})
	s.add("Hidden", simElement{kind: Integer, values: []int64{0}})
	s.add("Asleep", simElement{kind: Integer, access: accessRead | accessInactive, values: []int64{0}})
	s.add("Bytes", simElement{kind: 4, access: accessRead, values: []int64{0}})
	s.add("Wide", simElement{kind: Integer, access: accessRead, values: make([]int64, MaxValues), high: 1})
	s.elements[len(s.elements)-1].values[MaxValues-1] = 1
	s.add("PCM Channel Map", simElement{kind: Integer, access: accessRead, values: []int64{0}})
	s.elements[len(s.elements)-1].id.iface = 3
	s.grows = 2 // a driver that is being loaded
	c := &control{call: s.ioctl}
	c.size, c.begin = valueLayout(runtime.GOARCH)
	found, err := c.Elements(func(string) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	got := map[string][]int64{}
	for i := range found {
		e := &found[i]
		values := make([]int64, e.Count)
		if err := c.Values(e, values); err != nil {
			t.Errorf("%s: %v", e.Name(), err)
		}
		names = append(names, e.Name())
		got[e.Name()] = append([]int64{e.Min, e.Max}, values...)
	}
	want := []string{"Mic Capture Volume", "Mic Capture Switch", "Input Source", "Long Gain", "Wide"}
	if !slices.Equal(names, want) {
		t.Fatalf("elements %q, want %q", names, want)
	}
	for name, want := range map[string][]int64{
		"Mic Capture Volume": {-64, 63, -7, 9}, "Mic Capture Switch": {0, 1, 1, 0}, "Input Source": {0, 1, 1},
		"Long Gain": {-1, 1 << 50, 1 << 40},
	} {
		if !slices.Equal(got[name], want) {
			t.Errorf("%s: lowest, highest, values %v, want %v", name, got[name], want)
		}
	}
	if wide := got["Wide"]; len(wide) != 2+MaxValues || wide[len(wide)-1] != 1 {
		t.Errorf("a wide element: %d values", len(wide))
	}
	if tlv := found[0].TLV; !slices.Equal(tlv, []uint32{1, 8, math.MaxUint32 - 5999, 50}) {
		t.Errorf("decibels %v", tlv)
	}
	if found[1].TLV != nil {
		t.Error("a switch has decibels")
	}
	if name, err := c.Item(&found[2], 1); err != nil || name != strings.Repeat("m", 63) {
		t.Errorf("item %q, %v", name, err)
	}
	s.elements[0].access = 0 // since then
	if err := c.Values(&found[0], make([]int64, 2)); err == nil {
		t.Error("what may not be read was")
	}
	s.elements, s.grows = nil, 0
	if _, err := c.Item(&found[2], 0); err == nil {
		t.Error("an item of what is gone")
	}
	if found, err := c.Elements(func(string) bool { return true }); len(found) > 0 || err != nil {
		t.Errorf("a card without a mixer has %v, %v", found, err)
	}
	if err := c.Values(&Element{Count: 1}, make([]int64, 2)); err == nil {
		t.Error("more values than there are")
	}
}
