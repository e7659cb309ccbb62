package kernels

import (
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
	"unsafe"
)

// guarded gives n bytes between two pages that no access survives, close to the
// last where atEnd, else to the first.
func guarded(t *testing.T, n int, atEnd bool) []int8 {
	t.Helper()
	page := os.Getpagesize()
	inner := roundUp(max(n, 1), page)
	memory, err := syscall.Mmap(-1, 0, inner+2*page,
		syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Munmap(memory); err != nil {
			t.Error(err)
		}
	})
	for _, guard := range [][]byte{memory[:page], memory[page+inner:]} {
		if err := syscall.Mprotect(guard, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	at := page
	if atEnd {
		at += inner - n
	}
	return unsafe.Slice((*int8)(unsafe.Pointer(unsafe.SliceData(memory[at:]))), n)
}

// guard copies a slice of any type into guarded memory, at its end.
func guard[T any](t *testing.T, s []T) []T {
	if len(s) == 0 {
		return s
	}
	size := len(s) * int(unsafe.Sizeof(s[0]))
	g := unsafe.Slice((*T)(unsafe.Pointer(&guarded(t, size, true)[0])), len(s))
	copy(g, s)
	return g
}

func (g *Gemm) guard(t *testing.T) {
	g.weights, g.bias, g.scale = guard(t, g.weights), guard(t, g.bias), guard(t, g.scale)
	g.taps, g.last, g.lastAt = guard(t, g.taps), guard(t, g.last), guard(t, g.lastAt)
	g.args.taps = unsafe.Pointer(&g.taps[0])
}

func (c *Conv) guard(t *testing.T) {
	for j := range c.phases {
		p := &c.phases[j]
		p.gemm.guard(t)
		p.rows, p.outs = guard(t, p.rows), guard(t, p.outs)
	}
}

func (d *diagonal) guard(t *testing.T) {
	d.pairs, d.weights, d.bias, d.scale = guard(t, d.pairs), guard(t, d.weights), guard(t, d.bias), guard(t, d.scale)
	d.taps, d.last, d.lastAt = guard(t, d.taps), guard(t, d.last), guard(t, d.lastAt)
	d.args.taps = unsafe.Pointer(&d.taps[0])
}

// TestGuardPages puts everything that a routine reads or writes, tensors, scratch
// memory, weights and tables, right beside pages that must not be touched.
func TestGuardPages(t *testing.T) { each(t, testGuardPages) }

func testGuardPages(t *testing.T, im *Impl) {
	r := rand.New(rand.NewPCG(9, 1))
	for i := range 60 {
		t.Run("", func(t *testing.T) {
			atEnd := i%2 == 0
			g := random(r, true)
			run := func(k interface {
				ScratchBytes() int
				Run(out, in, scratch []int8)
			}, in, out Image) {
				src, dst := guarded(t, in.Batch*in.elements(), atEnd), guarded(t, out.Batch*out.elements(), atEnd)
				scratch := guarded(t, k.ScratchBytes(), atEnd)
				copy(src, codes(r, len(src)))
				k.Run(dst, src, scratch)
			}
			g.channels(r, g.small.C)
			w := g.window
			if w.H == 1 && w.W == 1 {
				w.PadTop, w.PadLeft = 0, 0
			}
			conv := NewConv(im, Sliding{g.large, g.small, w}, g.layer(g.weights))
			conv.guard(t)
			run(conv, g.large, g.small)

			depth := g.small
			depth.C = g.large.C
			g.channels(r, depth.C)
			d := NewDepthwise(im, Sliding{g.large, depth, w}, g.layer(codes(r, w.H*w.W*depth.C)))
			d.rows, d.outs = guard(t, d.rows), guard(t, d.outs)
			d.diagonal.guard(t)
			run(d, g.large, depth)

			g = random(r, false)
			g.channels(r, g.large.C)
			tc := NewTransposeConv(im, Sliding{g.small, g.large, g.window}, g.layer(g.weights))
			tc.guard(t)
			run(tc, g.small, g.large)
		})
	}
}
