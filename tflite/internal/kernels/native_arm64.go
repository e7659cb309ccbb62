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
	float:     products("neon"), elements: elementsNEON,
}

// Every arm64 processor that Linux runs on has NEON.
var neon = &Impl{
	Name: "neon",
	gemm: []*gemmRoutine{
		{most: maxSingle, width: 1, group: 16, rows: 4, weightBytes: 1, noMin: true, tile: single4x16neon},
		{width: 4, group: 16, rows: 4, weightBytes: 1, noMin: true, tile: tile4x4neon, row: row1x4neon},
	},
	depthwise: []*depthwiseRoutine{{channels: 16, layout: rowsOfInt8, run: depthwise16neon}},
	float:     products("neon"), elements: elementsNEON,
}

var elementsNEON = &elements{
	maxBytes: &columns{16, maxBytesNEON}, sumBytes: &columns{8, sumBytesNEON},
	maxFloats: &columns{8, maxFloatsNEON}, sumFloats: &columns{8, sumFloatsNEON},
	add: addCodesNEON, mul: mulCodesNEON,
	mappings: mappings{
		quantize: quantizeNEON, dequantize: dequantizeNEON, lookup: lookupNEON, means: meansNEON,
	},
	floats: [arithmetics]func(*elementArgs){
		Addition: addFloatsNEON, Subtraction: subFloatsNEON, Multiplication: mulFloatsNEON,
	},
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

//go:noescape
func maxBytesNEON(a *columnsArgs)

//go:noescape
func sumBytesNEON(a *columnsArgs)

//go:noescape
func maxFloatsNEON(a *columnsArgs)

//go:noescape
func sumFloatsNEON(a *columnsArgs)

//go:noescape
func addCodesNEON(args *elementArgs)

//go:noescape
func mulCodesNEON(args *elementArgs)

//go:noescape
func quantizeNEON(args *elementArgs)

//go:noescape
func dequantizeNEON(args *elementArgs)

//go:noescape
func lookupNEON(args *elementArgs)

//go:noescape
func meansNEON(args *elementArgs)

//go:noescape
func addFloatsNEON(args *elementArgs)

//go:noescape
func subFloatsNEON(args *elementArgs)

//go:noescape
func mulFloatsNEON(args *elementArgs)
