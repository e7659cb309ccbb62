package matrix

import (
	"math/rand/v2"
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

// TestMulStaysInside lets A, B, C and Init end at the end of readable memory.
func TestMulStaysInside(t *testing.T) {
	eachImpl(t, func(t *testing.T, im *Impl) {
		rng := rand.New(rand.NewPCG(5, 6))
		var w Work
		for _, m := range []int{1, im.MR - 1, im.MR, im.MR + 1} {
			for _, n := range []int{1, im.NR - 1, im.NR, im.NR + 1} {
				const k = 5
				p := Product{A: guarded(t, m*k), StepA: 1, Segs: []Seg{{N: 2}, {A: 2, B: 2, N: 3}}, Depth: k, To: n,
					B: guarded(t, im.PackedLen(k, n)), C: guarded(t, m*n), Init: guarded(t, n)}
				for i := range m {
					p.Rows, p.Outs = append(p.Rows, int32(i*k)), append(p.Outs, int32(i*n))
				}
				copy(p.A, random(rng, m*k))
				b := random(rng, k*n)
				im.Pack(p.B, k, 0, &Matrix{V: b, K: k, N: n, StepK: n, StepN: 1})
				im.Mul(&w, &p)
				want, _ := wantProduct(&p, b, n)
				for at, v := range want {
					if d := float64(p.C[at]) - v; d > 1e-5 || d < -1e-5 {
						t.Fatalf("m %d, n %d: value %d is %g, want %g", m, n, at, p.C[at], v)
					}
				}
			}
		}
	})
}
