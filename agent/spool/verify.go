package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
)

// The layout of a bbolt file, as of go.etcd.io/bbolt@v1.5.0 internal/common:
// pages with a header (id u64, flags u16, count u16, overflow u32), elements
// behind it, all in the machine's byte order.
const (
	pageBytes    = 4096
	pageHeader   = 16
	element      = 16
	bucketHeader = 16
	metaSumAt    = 56

	flagBranch   = 0x01
	flagLeaf     = 0x02
	flagFreelist = 0x10
	flagBucket   = 0x01

	noFreelist = ^uint64(0)
	maxBuckets = 4 // depth of nested buckets; we write one
)

var native = binary.NativeEndian

var errKeyOrder = errors.New("keys are out of order")

// verifier follows every page of a bbolt file.
type verifier struct {
	b    []byte
	end  uint64 // the file's pages are 0 to end-1
	seen []bool
}

// span is the range of the keys that a page may hold: from first, which is in
// it, to end, which is not. A nil end is none.
type span struct {
	first, end []byte
}

func (s span) holds(key []byte) bool {
	return bytes.Compare(key, s.first) >= 0 && (s.end == nil || bytes.Compare(key, s.end) < 0)
}

// verify returns nil when bbolt can work on the file whose bytes are b: all
// pages that it will touch lie inside the file, are of the right kind, hold
// elements that lie inside them, are reached once, and every key is where a
// search for it leads.
func verify(b []byte) error {
	root, free, end, err := newestMeta(b)
	if err != nil {
		return err
	}
	if end > uint64(len(b)/pageBytes) {
		return fmt.Errorf("file of %d bytes is cut off: %d pages were written", len(b), end)
	}
	v := &verifier{b: b, end: end, seen: make([]bool, end)}
	if err := v.tree(root, maxBuckets, span{}); err != nil {
		return err
	}
	return v.freelist(free)
}

// newestMeta returns what the newest valid meta page says.
func newestMeta(b []byte) (root, free, end uint64, err error) {
	var newest uint64
	found := false
	for i := range 2 {
		if len(b) < (i+1)*pageBytes {
			break
		}
		m := b[i*pageBytes+pageHeader:][:metaSumAt+8]
		h := fnv.New64a()
		_, _ = h.Write(m[:metaSumAt])
		switch {
		case native.Uint32(m) != 0xED0CDAED || native.Uint32(m[4:]) != 2 || native.Uint64(m[metaSumAt:]) != h.Sum64():
			continue
		case native.Uint32(m[8:]) != pageBytes:
			return 0, 0, 0, fmt.Errorf("pages of %d bytes, want %d", native.Uint32(m[8:]), pageBytes)
		}
		if txid := native.Uint64(m[48:]); !found || txid > newest {
			found, newest = true, txid
			root, free, end = native.Uint64(m[16:]), native.Uint64(m[32:]), native.Uint64(m[40:])
		}
	}
	if !found {
		return 0, 0, 0, errors.New("neither meta page is whole")
	}
	return root, free, end, nil
}

// page returns the bytes of page id with its overflow pages, its flags and its
// count, and marks it as seen.
func (v *verifier) page(id uint64) (p []byte, flags, count uint16, err error) {
	if id < 2 || id >= v.end {
		return nil, 0, 0, fmt.Errorf("page %d of %d is referred to", id, v.end)
	}
	head := v.b[id*pageBytes:]
	over := uint64(native.Uint32(head[12:]))
	if native.Uint64(head) != id || over >= v.end-id {
		return nil, 0, 0, fmt.Errorf("page %d has a wrong header", id)
	}
	for i := id; i <= id+over; i++ {
		if v.seen[i] {
			return nil, 0, 0, fmt.Errorf("page %d is used twice", i)
		}
		v.seen[i] = true
	}
	return head[:(over+1)*pageBytes], native.Uint16(head[8:]), native.Uint16(head[10:]), nil
}

// tree follows the tree of pages under page id, whose keys lie in keys. Every
// page is followed once, so it ends.
func (v *verifier) tree(id uint64, depth int, keys span) error {
	p, flags, count, err := v.page(id)
	if err != nil {
		return err
	}
	switch flags {
	case flagLeaf:
		return v.leaf(p, int(count), depth, keys)
	case flagBranch:
		return v.branch(p, int(count), depth, keys)
	default:
		return fmt.Errorf("page %d is of the unknown kind %#x", id, flags)
	}
}

// branch follows the pages that a branch page refers to. Each holds the keys
// from its own to the next one's.
func (v *verifier) branch(p []byte, count, depth int, keys span) error {
	if count == 0 {
		return errors.New("branch page is empty")
	}
	if pageHeader+count*element > len(p) {
		return errors.New("branch page is overfull")
	}
	var children []span
	for i := range count {
		at := pageHeader + i*element
		pos, size := native.Uint32(p[at:]), native.Uint32(p[at+4:])
		if !inside(len(p), at, pos, size, 0) {
			return fmt.Errorf("branch element %d lies outside its page", i)
		}
		key := p[at+int(pos):][:size]
		if !keys.holds(key) || i > 0 && bytes.Compare(key, children[i-1].first) <= 0 {
			return errKeyOrder
		}
		if i > 0 {
			children[i-1].end = key
		}
		children = append(children, span{key, keys.end})
	}
	for i, child := range children {
		if err := v.tree(native.Uint64(p[pageHeader+i*element+8:]), depth, child); err != nil {
			return err
		}
	}
	return nil
}

// leaf checks the elements of a leaf page, whether of the file or inline in a
// bucket's value.
func (v *verifier) leaf(p []byte, count, depth int, keys span) error {
	var last []byte
	for i := range count {
		at := pageHeader + i*element
		if at+element > len(p) {
			return errors.New("leaf page is overfull")
		}
		e := p[at:]
		pos, key, value := native.Uint32(e[4:]), native.Uint32(e[8:]), native.Uint32(e[12:])
		if !inside(len(p), at, pos, key, value) {
			return fmt.Errorf("leaf element %d lies outside its page", i)
		}
		k := e[pos:][:key]
		if !keys.holds(k) || i > 0 && bytes.Compare(k, last) <= 0 {
			return errKeyOrder
		}
		last = k
		if native.Uint32(e)&flagBucket == 0 {
			continue
		}
		if err := v.bucket(e[pos+key:][:value], depth-1); err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) bucket(value []byte, depth int) error {
	if depth <= 0 {
		return errors.New("buckets are nested too deeply")
	}
	if len(value) < bucketHeader {
		return errors.New("bucket without a header")
	}
	if root := native.Uint64(value); root != 0 {
		return v.tree(root, depth, span{})
	}
	p := value[bucketHeader:]
	if len(p) < pageHeader || native.Uint16(p[8:]) != flagLeaf {
		return errors.New("bucket without a page")
	}
	return v.leaf(p, int(native.Uint16(p[10:])), depth, span{})
}

// inside reports whether key and value, which lie pos bytes after the element
// at offset at, end inside a page of n bytes.
func inside(n, at int, pos, key, value uint32) bool {
	return uint64(at)+uint64(pos)+uint64(key)+uint64(value) <= uint64(n)
}

func (v *verifier) freelist(id uint64) error {
	if id == noFreelist {
		return nil
	}
	p, flags, n, err := v.page(id)
	if err != nil {
		return err
	}
	if flags != flagFreelist {
		return fmt.Errorf("free list page %d is of kind %#x", id, flags)
	}
	p = p[pageHeader:]
	count := uint64(n)
	if n == 0xffff { // too many for the header: the first entry is the count
		count = native.Uint64(p)
		p = p[8:]
	}
	if count > uint64(len(p)/8) {
		return errors.New("free list is longer than its page")
	}
	for i := range count {
		free := native.Uint64(p[i*8:])
		if free < 2 || free >= v.end || v.seen[free] {
			return fmt.Errorf("page %d is free and in use", free)
		}
		v.seen[free] = true
	}
	return nil
}
