//go:build !noasm && !purego

package kernels

import "golang.org/x/sys/cpu"

var hasVNNI = cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512VNNI

var vnni = &Impl{
	Name: "avx512vnni", Missing: missing(hasVNNI, "AVX512F, AVX512BW, AVX512VL and AVX512_VNNI"),
	gemm: []*gemmRoutine{
		{most: maxSingle, width: 1, group: 64, rows: 8, weightBytes: 1, offset: 128, tile: single8x64vnni},
		{
			most: 16, width: 16, group: 4, rows: 8, weightBytes: 1, offset: 128, sums: true,
			tile: tile8x16vnni, row: row1x16vnni,
		},
		{
			width: 32, group: 4, rows: 8, weightBytes: 1, offset: 128, sums: true, tile: tile8x32vnni, row: row1x32vnni,
		},
	},
	depthwise: []*depthwiseRoutine{
		{most: 16, channels: 16, layout: pairsOfInt16, run: depthwise16avx2},
		{channels: 32, layout: pairsOfInt16, run: depthwise32vnni},
	},
	float: products("avx2", "avx512"), floatDepthwise: floatDepthwise, elements: elementsAVX2,
}

var avx2 = &Impl{
	Name: "avx2", Missing: missing(cpu.X86.HasAVX2, "AVX2"),
	gemm: []*gemmRoutine{
		{most: maxSingle, width: 1, group: 16, rows: 8, weightBytes: 1, tile: single8x16avx2},
		{most: 8, fewest: 2, width: 8, group: 4, rows: 6, weightBytes: 2, sums: true, tile: tile6x8avx2},
		{width: 16, group: 4, rows: 3, weightBytes: 2, sums: true, tile: tile3x16avx2, row: row1x16avx2},
	},
	depthwise: []*depthwiseRoutine{{channels: 16, layout: pairsOfInt16, run: depthwise16avx2}},
	float:     products("avx2"), floatDepthwise: floatDepthwise, elements: elementsAVX2,
}

// elementsAVX2 wait for memory: wider ones would not be faster.
var elementsAVX2 = &elements{
	maxBytes: &columns{16, maxBytesAVX2}, sumBytes: &columns{8, sumBytesAVX2},
	maxFloats: &columns{8, maxFloatsAVX2}, sumFloats: &columns{8, sumFloatsAVX2},
	add: addCodesAVX2, mul: mulCodesAVX2, mappings: mappings{quantize: quantizeAVX2, dequantize: dequantizeAVX2},
	minBytes: &columns{16, minBytesAVX2}, minFloats: &columns{8, leastFloatsAVX2},
	minCodes: minCodesAVX2, maxCodes: maxCodesAVX2,
	floats: [arithmetics]func(*elementArgs){
		Addition: addFloatsAVX2, Subtraction: subFloatsAVX2, Multiplication: mulFloatsAVX2, Division: divFloatsAVX2,
		Lesser: minFloatsAVX2, Greater: maxFloatPairsAVX2, DifferenceSquared: squaredDifferenceAVX2,
	},
	functions: [functions]func(*elementArgs){
		Clamping: clampAVX2, Leaking: leakyAVX2, Magnitude: absAVX2, Negation: negAVX2, Squaring: squareAVX2,
		Rooting: sqrtAVX2, Exponential: fused(expAVX2), Logistic: fused(logisticAVX2), Tanh: fused(tanhAVX2),
		Elu: fused(eluAVX2), Floor: floorAVX2, RootOver1: rsqrtAVX2, HardSwished: hardSwishAVX2,
	},
}

var floatDepthwise = fused(floatDepthwise16avx2)

// fused gives a routine that needs FMA, or nil where the processor has AVX2 without it, as none is known to have.
func fused[Args any](routine func(*Args)) func(*Args) {
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		return routine
	}
	return nil
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
func tile6x8avx2(a *args)

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

//go:noescape
func floatDepthwise16avx2(a *floatDepthwiseArgs)

//go:noescape
func maxBytesAVX2(a *columnsArgs)

//go:noescape
func sumBytesAVX2(a *columnsArgs)

//go:noescape
func maxFloatsAVX2(a *columnsArgs)

//go:noescape
func sumFloatsAVX2(a *columnsArgs)

//go:noescape
func addCodesAVX2(args *elementArgs)

//go:noescape
func mulCodesAVX2(args *elementArgs)

//go:noescape
func quantizeAVX2(args *elementArgs)

//go:noescape
func dequantizeAVX2(args *elementArgs)

//go:noescape
func addFloatsAVX2(args *elementArgs)

//go:noescape
func subFloatsAVX2(args *elementArgs)

//go:noescape
func mulFloatsAVX2(args *elementArgs)

//go:noescape
func minBytesAVX2(a *columnsArgs)

//go:noescape
func leastFloatsAVX2(a *columnsArgs)

//go:noescape
func divFloatsAVX2(args *elementArgs)

//go:noescape
func minCodesAVX2(args *elementArgs)

//go:noescape
func maxCodesAVX2(args *elementArgs)

//go:noescape
func minFloatsAVX2(args *elementArgs)

//go:noescape
func maxFloatPairsAVX2(args *elementArgs)

//go:noescape
func expAVX2(args *elementArgs)

//go:noescape
func logisticAVX2(args *elementArgs)

//go:noescape
func tanhAVX2(args *elementArgs)

//go:noescape
func clampAVX2(args *elementArgs)

//go:noescape
func leakyAVX2(args *elementArgs)

//go:noescape
func absAVX2(args *elementArgs)

//go:noescape
func negAVX2(args *elementArgs)

//go:noescape
func squareAVX2(args *elementArgs)

//go:noescape
func sqrtAVX2(args *elementArgs)

//go:noescape
func eluAVX2(args *elementArgs)

//go:noescape
func floorAVX2(args *elementArgs)

//go:noescape
func rsqrtAVX2(args *elementArgs)

//go:noescape
func hardSwishAVX2(args *elementArgs)

//go:noescape
func squaredDifferenceAVX2(args *elementArgs)
