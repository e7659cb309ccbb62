package backend

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/auscult/auscult/tflite"
)

// Version is the protocol's.
const Version = 1

// Limits of a page.
const (
	MaxTensors   = 32       // inputs and outputs together
	MaxPageBytes = 64 << 20 // header and tensors
	maxRank      = 8
	textBytes    = 1024
)

// magic begins each page.
const magic = "auscult\n"

// Where things stand in a page; docs/backend.md has the same table. The caller writes the first group before the
// helper starts and never again; the second group is the caller's, the third the helper's.
const (
	atMagic   = 0
	atVersion = 8
	atBytes   = 12
	atInputs  = 16
	atOutputs = 20
	atThreads = 24

	atRequest = 64
	atCommand = 68

	atReply  = 128
	atState  = 132
	atResult = 136
	atTook   = 140
	atText   = 192

	atTensors   = 2048
	tensorBytes = 64 // of a tensor's description
	headerBytes = atTensors + MaxTensors*tensorBytes
	alignment   = 64 // of a tensor
)

// Offsets within a tensor's description.
const (
	tensorType   = 0
	tensorRank   = 4
	tensorShape  = 8
	tensorScale  = 40
	tensorZero   = 44
	tensorOffset = 48
	tensorSize   = 52
)

// Commands of a request.
const (
	commandInvoke = 1
	commandEnd    = 2
)

// States of a helper.
const (
	stateStarting = 0
	stateReady    = 1
	stateFailed   = 2
)

// Results of an inference.
const (
	resultDone   = 0
	resultFailed = 1
)

// maxTook is the longest time that a helper can say it took: 32 bits of nanoseconds.
const maxTook = 4 * time.Second

// page is the memory that both sides share.
type page struct {
	mem             []byte
	inputs, outputs []span
}

// span is where a tensor lies.
type span struct{ offset, bytes int }

// word returns a number of the header, which the other side may change at any time.
func (p *page) word(at int) *atomic.Uint32 {
	return (*atomic.Uint32)(unsafe.Pointer(&p.mem[at]))
}

// of returns a tensor's memory.
func (p *page) of(s span) []byte { return p.mem[s.offset : s.offset+s.bytes : s.offset+s.bytes] }

// text returns what the helper has written for people, whatever it is.
func (p *page) text() string {
	var text [textBytes]byte
	copy(text[:], p.mem[atText:])
	said, _, _ := strings.Cut(string(text[:]), "\x00")
	said = strings.ToValidUTF8(said, "?")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, said))
}

// setText writes what text reads.
func (p *page) setText(said string) {
	field := p.mem[atText : atText+textBytes]
	n := copy(field[:textBytes-1], said)
	clear(field[n:])
}

// layOut returns how many bytes a page needs for these tensors, and where each lies.
func layOut(inputs, outputs []tflite.TensorInfo) (bytes int, spans []span, err error) {
	if len(inputs) < 1 || len(outputs) < 1 || len(inputs)+len(outputs) > MaxTensors {
		return 0, nil, fmt.Errorf("%d inputs and %d outputs: at least one each, at most %d in all",
			len(inputs), len(outputs), MaxTensors)
	}
	at := headerBytes
	for i := range len(inputs) + len(outputs) {
		t := tensorOf(inputs, outputs, i)
		if t.Bytes < 1 || t.Bytes > MaxPageBytes-at || len(t.Shape) > maxRank {
			return 0, nil, fmt.Errorf("tensor %.40q of %d bytes and rank %d: at most %d MiB in all, and rank %d",
				t.Name, t.Bytes, len(t.Shape), MaxPageBytes>>20, maxRank)
		}
		spans = append(spans, span{at, t.Bytes})
		at += (t.Bytes + alignment - 1) / alignment * alignment
	}
	return at, spans, nil
}

// tensorOf returns tensor i of inputs and, behind them, outputs.
func tensorOf(inputs, outputs []tflite.TensorInfo, i int) *tflite.TensorInfo {
	if i < len(inputs) {
		return &inputs[i]
	}
	return &outputs[i-len(inputs)]
}

// describe writes the header of a page that layOut has laid out.
func (p *page) describe(inputs, outputs []tflite.TensorInfo, spans []span, threads int) {
	put := binary.LittleEndian.PutUint32
	copy(p.mem[atMagic:], magic)
	put(p.mem[atVersion:], Version)
	put(p.mem[atBytes:], uint32(len(p.mem)))
	put(p.mem[atInputs:], uint32(len(inputs)))
	put(p.mem[atOutputs:], uint32(len(outputs)))
	put(p.mem[atThreads:], uint32(threads))
	for i, s := range spans {
		t := tensorOf(inputs, outputs, i)
		d := p.mem[atTensors+i*tensorBytes:]
		put(d[tensorType:], uint32(t.Type))
		put(d[tensorRank:], uint32(len(t.Shape)))
		for j, n := range t.Shape {
			put(d[tensorShape+4*j:], uint32(n))
		}
		put(d[tensorScale:], math.Float32bits(t.Scale))
		put(d[tensorZero:], uint32(t.ZeroPoint))
		put(d[tensorOffset:], uint32(s.offset))
		put(d[tensorSize:], uint32(s.bytes))
	}
	p.inputs, p.outputs = spans[:len(inputs)], spans[len(inputs):]
}

// errPage says that memory is no page of this protocol.
var errPage = errors.New("not a page of auscult's backend protocol")

// readPage checks a page that another program has written, for the helper's side.
func readPage(mem []byte) (p *page, inputs, outputs []tflite.TensorInfo, threads int, err error) {
	if len(mem) < headerBytes || len(mem) > MaxPageBytes || string(mem[atMagic:atMagic+len(magic)]) != magic {
		return nil, nil, nil, 0, errPage
	}
	get := func(at int) int { return int(int32(binary.LittleEndian.Uint32(mem[at:]))) }
	if v := get(atVersion); v != Version {
		return nil, nil, nil, 0, fmt.Errorf("protocol version %d: this helper speaks %d", v, Version)
	}
	in, out := get(atInputs), get(atOutputs)
	if get(atBytes) != len(mem) || in < 1 || out < 1 || in > MaxTensors || out > MaxTensors || in+out > MaxTensors {
		return nil, nil, nil, 0, errPage
	}
	p = &page{mem: mem}
	for i := range in + out {
		t, s, err := readTensor(mem, atTensors+i*tensorBytes)
		if err != nil {
			return nil, nil, nil, 0, fmt.Errorf("tensor %d: %w", i, err)
		}
		if i < in {
			inputs, p.inputs = append(inputs, t), append(p.inputs, s)
		} else {
			outputs, p.outputs = append(outputs, t), append(p.outputs, s)
		}
	}
	return p, inputs, outputs, max(0, get(atThreads)), nil
}

// readTensor reads the description of a tensor.
func readTensor(mem []byte, at int) (t tflite.TensorInfo, s span, err error) {
	get := func(offset int) uint32 { return binary.LittleEndian.Uint32(mem[at+offset:]) }
	offset, size, rank := get(tensorOffset), get(tensorSize), get(tensorRank)
	if offset < headerBytes || offset%alignment != 0 || size < 1 || uint64(offset)+uint64(size) > uint64(len(mem)) ||
		rank > maxRank {
		return t, s, errPage
	}
	t = tflite.TensorInfo{
		Type: tflite.Type(get(tensorType)), Shape: make([]int, rank), Bytes: int(size),
		Scale: math.Float32frombits(get(tensorScale)), ZeroPoint: int(int32(get(tensorZero))),
	}
	for i := range t.Shape {
		t.Shape[i] = int(int32(get(tensorShape + 4*i)))
	}
	return t, span{int(offset), int(size)}, nil
}
