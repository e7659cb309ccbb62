//go:build !noasm && !purego

package kernels

import "golang.org/x/sys/cpu"

var hasVNNI = cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512VNNI

var vnni = &Impl{
	Name: "avx512vnni", Missing: missing(hasVNNI, "AVX512F, AVX512BW, AVX512VL and AVX512_VNNI"),
	width: 32, group: 4, rows: 8, unsigned: true, tile: tile8x32vnni, row: row1x32vnni,
	channels: 32, interleaved: true, depthwise: depthwise32vnni,
	single: &Impl{Name: "avx512vnni", width: 1, group: 64, rows: 8, unsigned: true, tile: single8x64vnni},
	narrow: &Impl{
		Name: "avx512vnni", width: 16, group: 4, rows: 8, unsigned: true, tile: tile8x16vnni, row: row1x16vnni,
		channels: 16, interleaved: true, depthwise: depthwise16avx2,
	},
}

var avx2 = &Impl{
	Name: "avx2", Missing: missing(cpu.X86.HasAVX2, "AVX2"),
	width: 16, group: 4, rows: 3, wide: 1, tile: tile3x16avx2, row: row1x16avx2,
	single:   &Impl{Name: "avx2", width: 1, group: 16, rows: 8, tile: single8x16avx2},
	channels: 16, interleaved: true, depthwise: depthwise16avx2,
}

func native() []*Impl { return []*Impl{vnni, avx2} }

//go:noescape
func tile8x32vnni(a *args)

//go:noescape
func row1x32vnni(a *args)

//go:noescape
func tile8x16vnni(a *args)

//go:noescape
func row1x16vnni(a *args)

//go:noescape
func tile3x16avx2(a *args)

//go:noescape
func row1x16avx2(a *args)

//go:noescape
func depthwise32vnni(a *depthwiseArgs)

//go:noescape
func depthwise16avx2(a *depthwiseArgs)

//go:noescape
func single8x64vnni(a *args)

//go:noescape
func single8x16avx2(a *args)
