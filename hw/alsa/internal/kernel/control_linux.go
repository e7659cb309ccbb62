package kernel

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// elementList is struct snd_ctl_elem_list.
type elementList struct {
	offset, space, used, count uint32
	ids                        unsafe.Pointer
	_                          [50]byte
}

// elementInfo is struct snd_ctl_elem_info.
type elementInfo struct {
	id     ElementID
	kind   ElementType
	access uint32
	count  uint32
	_      int32
	value  [128]byte // a union
	_      [64]byte
}

// elementValue is struct snd_ctl_elem_value, as long as it is anywhere: its size and where its
// values are depend on how C aligns 64 bits.
type elementValue struct {
	id    ElementID
	bytes [1224 - 64]byte
}

const (
	word = unsafe.Sizeof(uintptr(0)) // C's long

	ctl         = 'U' << 8
	ioctlList   = toKernel | fromKernel | uint(unsafe.Sizeof(elementList{}))<<16 | ctl | 0x10
	ioctlInfo   = toKernel | fromKernel | uint(unsafe.Sizeof(elementInfo{}))<<16 | ctl | 0x11
	ioctlTLV    = toKernel | fromKernel | 8<<16 | ctl | 0x1a
	ioctlValues = toKernel | fromKernel | ctl | 0x12 // without its size
)

// valueLayout returns the size of an elementValue and where, behind the id, its values begin.
func valueLayout(arch string) (size uint, begin int) {
	switch {
	case word == 8:
		return 1224, 8
	case arch == "386": // aligns 64 bits to 4 bytes
		return 708, 4
	}
	return 712, 8
}

// control is the Mixer of a device node. Arguments are fields, so that reading values does not
// allocate.
type control struct {
	fd     device
	call   func(request uint, arg unsafe.Pointer) error // fd's ioctl
	size   uint
	begin  int
	values elementValue
}

// OpenMixer opens a card's control node.
func OpenMixer(path string) (Mixer, error) {
	// Reading takes no right to write.
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	c := &control{fd: device{fd: fd}}
	c.call = c.fd.ioctl
	c.size, c.begin = valueLayout(runtime.GOARCH)
	return c, nil
}

// Close closes the node.
func (c *control) Close() error { return unix.Close(c.fd.fd) }

// Elements asks for all elements and looks at those that are wanted.
func (c *control) Elements(wanted func(name string) bool) ([]Element, error) {
	var list elementList
	if err := c.call(ioctlList, unsafe.Pointer(&list)); err != nil {
		return nil, err
	}
	ids := make([]ElementID, min(list.count, maxElements))
	if len(ids) == 0 {
		return nil, nil
	}
	list = elementList{space: uint32(len(ids)), ids: unsafe.Pointer(unsafe.SliceData(ids))}
	if err := c.call(ioctlList, unsafe.Pointer(&list)); err != nil {
		return nil, err
	}
	runtime.KeepAlive(ids)
	var found []Element
	for _, id := range ids[:min(int(list.used), len(ids))] {
		if id.iface != mixerInterface || !wanted(id.name()) {
			continue
		}
		e, ok, err := c.element(id)
		if errors.Is(err, unix.ENOENT) {
			continue // it went away meanwhile
		}
		if err != nil {
			return nil, err
		}
		if ok {
			found = append(found, e)
		}
	}
	return found, nil
}

// element asks about one, and reports whether it can be read.
func (c *control) element(id ElementID) (e Element, ok bool, err error) {
	info := elementInfo{id: id}
	if err := c.call(ioctlInfo, unsafe.Pointer(&info)); err != nil {
		return e, false, err
	}
	if info.access&accessRead == 0 || info.access&accessInactive != 0 {
		return e, false, nil
	}
	e = Element{ID: info.id, Type: info.kind, Count: int(min(info.count, MaxValues))}
	ne := binary.NativeEndian
	switch {
	case e.Type == Integer64:
		e.Min, e.Max = int64(ne.Uint64(info.value[0:])), int64(ne.Uint64(info.value[8:]))
	case e.Type == Integer && word == 8:
		e.Min, e.Max = int64(ne.Uint64(info.value[0:])), int64(ne.Uint64(info.value[8:]))
	case e.Type == Integer:
		e.Min, e.Max = int64(int32(ne.Uint32(info.value[0:]))), int64(int32(ne.Uint32(info.value[4:])))
	case e.Type == Boolean:
		e.Max = 1
	case e.Type == Enumerated:
		e.Max = int64(ne.Uint32(info.value[0:])) - 1
	default:
		return e, false, nil
	}
	if info.access&accessTLVRead != 0 {
		e.TLV = c.decibels(id.Number)
	}
	return e, true, nil
}

// decibels reads what an element's values mean, nil when that cannot be read.
func (c *control) decibels(number uint32) []uint32 {
	tlv := make([]uint32, 2+maxTLVBytes/4) // number, length, and then what is asked for
	tlv[0], tlv[1] = number, maxTLVBytes
	if c.call(ioctlTLV, unsafe.Pointer(unsafe.SliceData(tlv))) != nil {
		return nil
	}
	tlv = tlv[2:]
	words := 2 + int(min(tlv[1], maxTLVBytes-8))/4
	return tlv[:words]
}

// Item asks for the name of a value.
func (c *control) Item(e *Element, value int64) (string, error) {
	info := elementInfo{id: e.ID}
	binary.NativeEndian.PutUint32(info.value[4:], uint32(value))
	if err := c.call(ioctlInfo, unsafe.Pointer(&info)); err != nil {
		return "", err
	}
	name, _, _ := strings.Cut(string(info.value[8:8+64]), "\x00")
	return name, nil
}

// Values reads values.
func (c *control) Values(e *Element, dst []int64) error {
	if len(dst) > e.Count {
		return fmt.Errorf("%d values of an element with %d", len(dst), e.Count)
	}
	c.values.id = e.ID
	if err := c.call(ioctlValues|c.size<<16, unsafe.Pointer(&c.values)); err != nil {
		return err
	}
	at, ne := c.values.bytes[c.begin:], binary.NativeEndian
	for i := range dst {
		switch {
		case e.Type == Integer64 && i >= MaxValues/2:
			return nil // there is room for half as many
		case e.Type == Integer64, e.Type != Enumerated && word == 8:
			dst[i] = int64(ne.Uint64(at[8*i:]))
		default: // items are 32 bits everywhere
			dst[i] = int64(int32(ne.Uint32(at[4*i:])))
		}
	}
	return nil
}
