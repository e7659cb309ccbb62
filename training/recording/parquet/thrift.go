package parquet

import (
	"encoding/binary"
	"errors"
)

// errThrift says that what the compact protocol should be is not.
var errThrift = errors.New("parquet: its structures are damaged")

// Types of the compact protocol.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI16    = 4
	thriftI32    = 5
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12

	maxNesting = 24
)

// thrift reads a structure of Thrift's compact protocol.
type thrift struct {
	b     []byte
	depth int
	err   error
}

func (t *thrift) fail() {
	t.b, t.err = nil, errThrift
}

func (t *thrift) byte() byte {
	if len(t.b) == 0 {
		t.fail()
		return 0
	}
	c := t.b[0]
	t.b = t.b[1:]
	return c
}

func (t *thrift) uvarint() uint64 {
	v, n := binary.Uvarint(t.b)
	if n <= 0 {
		t.fail()
		return 0
	}
	t.b = t.b[n:]
	return v
}

func (t *thrift) int() int64 {
	v := t.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

func (t *thrift) bytes() []byte {
	n := t.uvarint()
	if n > uint64(len(t.b)) {
		t.fail()
		return nil
	}
	s := t.b[:n]
	t.b = t.b[n:]
	return s
}

// fields calls do with each field of a structure, its type, which do must read, or pass to skip.
func (t *thrift) fields(do func(id int, kind byte)) {
	if t.depth++; t.depth > maxNesting {
		t.fail()
	}
	for id := 0; t.err == nil; {
		head := t.byte()
		if head == 0 {
			break
		}
		if step := int(head >> 4); step != 0 {
			id += step
		} else {
			id = int(t.int())
		}
		do(id, head&15)
	}
	t.depth--
}

// list calls do for each element of a list, at most so many, with their type.
func (t *thrift) list(most int, do func(kind byte)) {
	head := t.byte()
	n := uint64(head >> 4)
	if n == 15 {
		n = t.uvarint()
	}
	if n > uint64(most) {
		t.fail()
	}
	for range n {
		if t.err != nil {
			return
		}
		do(head & 15)
	}
}

// skip passes over a value.
func (t *thrift) skip(kind byte) {
	switch kind {
	case thriftTrue, thriftFalse:
	case thriftByte:
		t.byte()
	case thriftI16, thriftI32, thriftI64:
		t.int()
	case thriftDouble:
		if len(t.b) < 8 {
			t.fail()
			return
		}
		t.b = t.b[8:]
	case thriftBinary:
		t.bytes()
	case thriftList, thriftSet:
		if t.depth++; t.depth > maxNesting {
			t.fail()
		}
		t.list(1<<31-1, t.skipElement)
		t.depth--
	case thriftMap:
		t.skipMap()
	case thriftStruct:
		t.fields(func(_ int, kind byte) { t.skip(kind) })
	default:
		t.fail()
	}
}

// skipElement passes over an element of a list: there, a boolean has a byte.
func (t *thrift) skipElement(kind byte) {
	if kind == thriftTrue || kind == thriftFalse {
		kind = thriftByte
	}
	t.skip(kind)
}

func (t *thrift) skipMap() {
	n := t.uvarint()
	if n == 0 {
		return
	}
	kinds := t.byte()
	if t.depth++; t.depth > maxNesting {
		t.fail()
	}
	for range n {
		if t.err != nil {
			break
		}
		t.skipElement(kinds >> 4)
		t.skipElement(kinds & 15)
	}
	t.depth--
}
