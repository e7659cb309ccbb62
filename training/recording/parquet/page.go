package parquet

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
)

// Limits of pages.
const (
	maxPage       = 64 << 20
	maxHeld       = 256 << 20 // of all cursors of a file
	maxPageHeader = 1 << 16   // with statistics of the page
)

// Kinds of pages.
const (
	pageData       = 0
	pageDictionary = 2
	pageData2      = 3
)

// Codecs.
const (
	codecNone   = 0
	codecSnappy = 1
	codecGzip   = 2
	codecZstd   = 6
)

var codecNames = map[int64]string{3: "LZO", 4: "Brotli", 5: "LZ4", 7: "LZ4"}

// pageHeader is what precedes a page.
type pageHeader struct {
	kind, unpacked, packed int64
	values, encoding       int64
	levels, repeats        int64 // bytes of definition and repetition levels of a page of version 2
	plain                  bool  // a page of version 2 that is not packed
	bytes                  int64 // of the header
}

// readPageHeader reads the header at from.
func (f *File) readPageHeader(from int64) (h pageHeader, err error) {
	for size := int64(512); ; size *= 8 {
		b := make([]byte, min(size, f.size-from))
		if _, err := f.at.ReadAt(b, from); err != nil && !errors.Is(err, io.EOF) {
			return h, err
		}
		t := &thrift{b: b}
		h = pageHeader{}
		t.fields(func(id int, kind byte) { h.field(t, id, kind) })
		switch {
		case t.err == nil:
			h.bytes = int64(len(b) - len(t.b))
			return h, h.check()
		case size >= maxPageHeader || size >= f.size-from:
			return h, t.err
		}
	}
}

func (h *pageHeader) field(t *thrift, id int, kind byte) {
	const plainField = 7
	switch {
	case kind == thriftI32 && id <= 3:
		v := t.int()
		switch id {
		case 1:
			h.kind = v
		case 2:
			h.unpacked = v
		case 3:
			h.packed = v
		}
	case kind == thriftStruct && (id == 5 || id == 7):
		t.fields(func(id int, kind byte) {
			switch {
			case id == 1 && kind == thriftI32:
				h.values = t.int()
			case id == 2 && kind == thriftI32:
				h.encoding = t.int()
			default:
				t.skip(kind)
			}
		})
	case kind == thriftStruct && id == 8:
		t.fields(func(id int, kind byte) {
			if kind != thriftI32 {
				h.plain = h.plain || id == plainField && kind == thriftFalse
				t.skip(kind)
				return
			}
			v := t.int()
			switch id {
			case 1:
				h.values = v
			case 4:
				h.encoding = v
			case 5:
				h.levels = v
			case 6:
				h.repeats = v
			}
		})
	default:
		t.skip(kind)
	}
}

func (h *pageHeader) check() error {
	switch {
	case h.unpacked > maxPage || h.packed > maxPage:
		return fmt.Errorf("parquet: a page of %d MiB: at most %d: write it with smaller pages",
			max(h.unpacked, h.packed)>>20, maxPage>>20)
	case h.unpacked < 0 || h.packed < 0 || h.values < 0 || h.levels < 0 || h.repeats < 0 ||
		h.levels+h.repeats > min(h.packed, h.unpacked):
		return errThrift
	}
	return nil
}

// readPage reads the data of a page, unpacked, that begin at from.
func (f *File) readPage(h *pageHeader, from, codec int64) ([]byte, error) {
	if from+h.packed > f.size {
		return nil, errors.New("parquet: a page reaches beyond the file")
	}
	packed := make([]byte, h.packed)
	if _, err := f.at.ReadAt(packed, from); err != nil {
		return nil, fmt.Errorf("parquet: %w", err)
	}
	if h.kind == pageData2 {
		levels := h.levels + h.repeats
		if h.plain {
			codec = codecNone
		}
		values, err := unpack(packed[levels:], h.unpacked-levels, codec)
		return append(packed[:levels:levels], values...), err
	}
	return unpack(packed, h.unpacked, codec)
}

// unpack unpacks data to so many bytes.
func unpack(packed []byte, size, codec int64) (out []byte, err error) {
	switch codec {
	case codecNone:
		return packed, nil
	case codecSnappy:
		n, err := snappy.DecodedLen(packed)
		if err != nil || int64(n) != size {
			return nil, errors.New("parquet: a page is damaged (Snappy)")
		}
		out, err = snappy.Decode(nil, packed)
		return out, err
	case codecGzip:
		if size == 0 {
			return nil, nil
		}
		r, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			return nil, fmt.Errorf("parquet: a page is damaged: %w", err)
		}
		out = make([]byte, size)
		_, err = io.ReadFull(r, out)
		return out, err
	case codecZstd:
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxPage))
		if err != nil {
			return nil, err
		}
		defer d.Close()
		if out, err = d.DecodeAll(packed, make([]byte, 0, size)); err == nil && int64(len(out)) != size {
			err = errors.New("parquet: a page is damaged (Zstandard)")
		}
		return out, err
	}
	name := codecNames[codec]
	if name == "" {
		name = fmt.Sprintf("codec %d", codec)
	}
	return nil, fmt.Errorf("parquet: it is packed by %s: write it with compression zstd, snappy or gzip", name)
}
