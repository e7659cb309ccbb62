//go:build !noasm && !purego

package matrix

import "golang.org/x/sys/cpu"

func missing(have bool, what string) string {
	if have {
		return ""
	}
	return what
}

var (
	hasAVX2   = cpu.X86.HasAVX2 && cpu.X86.HasFMA
	hasAVX512 = hasAVX2 && cpu.X86.HasAVX512F
)

var (
	avx512 = &Impl{
		Name: "avx512", Missing: missing(hasAVX512, "AVX512F, AVX2 and FMA"),
		MR: 8, NR: 32, tile: tile8x32avx512, row: row1x32avx512,
	}
	avx2 = &Impl{
		Name: "avx2", Missing: missing(hasAVX2, "AVX2 and FMA"),
		MR: 6, NR: 16, tile: tile6x16avx2, row: row1x16avx2,
	}
)

func native() []*Impl { return []*Impl{avx512, avx2} }

//go:noescape
func tile8x32avx512(w *Work)

//go:noescape
func tile6x16avx2(w *Work)

//go:noescape
func row1x32avx512(w *Work)

//go:noescape
func row1x16avx2(w *Work)
