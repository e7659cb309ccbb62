package backend

import (
	"encoding/binary"
	"os"
	"testing"
	"time"
	"unsafe"

	"github.com/auscult/auscult/tflite"
)

// aligned returns memory as a mapping has it, with some content.
func aligned(data []byte, size int) []byte {
	words := make([]uint64, (size+7)/8)
	mem := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), len(words)*8)[:size]
	copy(mem, data)
	return mem
}

// fresh is a page as a helper finds it.
func fresh(t testing.TB) *page {
	t.Helper()
	j := testJob()
	size, spans, err := layOut(j.Inputs, j.Outputs)
	if err != nil {
		t.Fatal(err)
	}
	p := &page{mem: aligned(nil, size)}
	p.describe(j.Inputs, j.Outputs, spans, 2)
	return p
}

// FuzzPage gives a helper pages of a hostile caller: it refuses them, or stays within them.
func FuzzPage(f *testing.F) {
	good := fresh(f).mem
	f.Add(good)
	f.Add(good[:headerBytes])
	f.Add([]byte(magic))
	for _, at := range []int{atVersion, atBytes, atInputs, atOutputs, atThreads,
		atTensors + tensorOffset, atTensors + tensorSize, atTensors + tensorRank} {
		for _, v := range []uint32{0, 1, 33, 1 << 31, 1<<32 - 1} {
			bad := append([]byte(nil), good...)
			binary.LittleEndian.PutUint32(bad[at:], v)
			f.Add(bad)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<20 {
			return
		}
		mem := aligned(data, max(len(data), 1))
		p, inputs, outputs, threads, err := readPage(mem)
		if err != nil {
			return
		}
		if threads < 0 || len(inputs) != len(p.inputs) || len(outputs) != len(p.outputs) ||
			len(inputs)+len(outputs) > MaxTensors {
			t.Fatalf("%d threads, %d inputs, %d outputs", threads, len(inputs), len(outputs))
		}
		for _, all := range [][]span{p.inputs, p.outputs} {
			for _, s := range all {
				clear(p.of(s)) // panics beyond the page
			}
		}
	})
}

// FuzzHelper lets a helper write anything into the page at the two moments when the caller reads it.
func FuzzHelper(f *testing.F) {
	f.Add([]byte{}, []byte{})
	ready := make([]byte, atText)
	ready[atState] = stateReady
	f.Add(ready, []byte{})
	done := append([]byte(nil), ready...)
	done[atReply] = 1
	f.Add(ready, done)
	failed := append([]byte(nil), done...)
	failed[atResult] = 1
	f.Add(ready, append(failed, "\xff\xfe\nno"...))
	f.Fuzz(func(t *testing.T, start, reply []byte) {
		p := fresh(t)
		copy(p.mem, start)
		proc := &process{dead: make(chan struct{})}
		close(proc.dead)
		proc.gone.Store(true)
		proc.stderr.ended = make(chan struct{})
		close(proc.stderr.ended)
		h := &Helper{p: p, proc: proc}
		err := h.awaitReady(t.Context())
		if said := p.text(); len(said) > 4*textBytes {
			t.Fatalf("a text of %d bytes", len(said))
		}
		if err != nil {
			return
		}
		copy(p.mem, reply)
		_ = h.Invoke(time.Millisecond)
		if h.Took() < 0 || h.Took() > 5*time.Second {
			t.Fatalf("took %v", h.Took())
		}
		h.Output(0, make([]byte, testBytes))
		copy(h.Input(0), make([]byte, testBytes))
	})
}

// TestPage reads what describe has written.
func TestPage(t *testing.T) {
	p := fresh(t)
	_, inputs, outputs, threads, err := readPage(p.mem)
	if err != nil || threads != 2 || len(inputs) != 1 || len(outputs) != 1 {
		t.Fatal(inputs, outputs, threads, err)
	}
	in, want := inputs[0], testJob().Inputs[0]
	if in.Type != tflite.Int8 || in.Bytes != want.Bytes || in.Scale != want.Scale || in.ZeroPoint != want.ZeroPoint ||
		len(in.Shape) != 2 || in.Shape[1] != testBytes {
		t.Errorf("got %+v, want %+v", in, want)
	}
	p.setText("ready")
	p.setText("as\x00 it\tis")
	if got := p.text(); got != "as" {
		t.Errorf("text %q", got)
	}
	if os.Getpagesize() < 4096 {
		t.Error("pages are smaller than a header")
	}
}
