package kernels

import (
	"syscall"
	"testing"
	"unsafe"
)

// guarded returns n values that end where no memory may be touched.
func guarded(t *testing.T, n int) []float32 {
	t.Helper()
	page := syscall.Getpagesize()
	size := (4*n + page - 1) / page * page
	mem, err := syscall.Mmap(-1, 0, size+2*page,
		syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Munmap(mem); err != nil {
			t.Error(err)
		}
	})
	for _, guard := range [][]byte{mem[:page], mem[page+size:]} {
		if err := syscall.Mprotect(guard, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&mem[page+size-4*n])), n)
}

// TestLoopsStayInside lets arrays end at the end of readable memory.
func TestLoopsStayInside(t *testing.T) {
	eachImpl(t, func(t *testing.T, im *Impl) {
		for _, cols := range []int{1, 7, 8, 9, 16, 17, 32} {
			n := 19 * cols
			big := func() []float32 { return guarded(t, n) }
			row := func() []float32 { return guarded(t, cols) }
			im.ColSum(row(), big())
			im.ColSquares(row(), big(), row())
			im.ScaleShift(big(), big(), row(), row(), 0)
			im.NormSums(row(), row(), big(), big(), row(), &Mask{row(), row()})
			im.NormBack(big(), big(), &NormLine{row(), row(), row(), row()}, &Mask{row(), row()})
			im.Add(big(), big())
			im.MulAdd(big(), big(), big())
			im.Adam(big(), big(), big(), big(), &Adam{Epsilon: 1})
			if s := im.Difference(big(), big(), big(), 1); s != 0 {
				t.Errorf("%d columns: zeros differ by %g", cols, s)
			}
		}
	})
}
