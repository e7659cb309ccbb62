//go:build !noasm && !purego

package kernels

import "golang.org/x/sys/cpu"

var dotprod = &Impl{
	Name: "dotprod", Missing: missing(cpu.ARM64.HasASIMDDP, "the dot product instructions (asimddp)"),
	width: 16, group: 4, rows: 4, tile: tile4x16dot, row: row1x16dot,
	single:   &Impl{Name: "dotprod", width: 1, group: 16, rows: 4, tile: single4x16dot},
	channels: 16, narrowWeights: true, depthwise: depthwise16neon,
}

// Every arm64 processor that Linux runs on has NEON.
var neon = &Impl{
	Name:  "neon",
	width: 4, group: 16, rows: 4, noMin: true, tile: tile4x4neon, row: row1x4neon,
	single:   &Impl{Name: "neon", width: 1, group: 16, rows: 4, noMin: true, tile: single4x16neon},
	channels: 16, narrowWeights: true, depthwise: depthwise16neon,
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
