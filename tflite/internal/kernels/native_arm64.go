//go:build !noasm && !purego

package kernels

import "golang.org/x/sys/cpu"

var dotprod = &Impl{
	Name: "dotprod", Missing: missing(cpu.ARM64.HasASIMDDP, "the dot product instructions (asimddp)"),
	gemm: []*gemmRoutine{
		{most: maxSingle, width: 1, group: 16, rows: 4, weightBytes: 1, tile: single4x16dot},
		{width: 16, group: 4, rows: 4, weightBytes: 1, tile: tile4x16dot, row: row1x16dot},
	},
	depthwise: []*depthwiseRoutine{{channels: 16, layout: rowsOfInt8, run: depthwise16neon}},
	float:     products("neon"),
}

// Every arm64 processor that Linux runs on has NEON.
var neon = &Impl{
	Name: "neon",
	gemm: []*gemmRoutine{
		{most: maxSingle, width: 1, group: 16, rows: 4, weightBytes: 1, noMin: true, tile: single4x16neon},
		{width: 4, group: 16, rows: 4, weightBytes: 1, noMin: true, tile: tile4x4neon, row: row1x4neon},
	},
	depthwise: []*depthwiseRoutine{{channels: 16, layout: rowsOfInt8, run: depthwise16neon}},
	float:     products("neon"),
}

func native() []*Impl { return []*Impl{dotprod, neon} }

//go:noescape
func tile4x16dot(a *args)

//go:noescape
func row1x16dot(a *args)

//go:noescape
func tile4x4neon(a *args)

//go:noescape
func row1x4neon(a *args)

//go:noescape
func single4x16dot(a *args)

//go:noescape
func single4x16neon(a *args)

//go:noescape
func depthwise16neon(a *depthwiseArgs)
