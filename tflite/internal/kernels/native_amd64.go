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
	add: addCodesAVX2, mul: mulCodesAVX2, quantize: quantizeAVX2, dequantize: dequantizeAVX2,
	addFloats: addFloatsAVX2, subFloats: subFloatsAVX2, mulFloats: mulFloatsAVX2,
}

// floatDepthwise is nil where the processor has AVX2 without FMA, as none is known to have.
var floatDepthwise = func() func(*floatDepthwiseArgs) {
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		return floatDepthwise16avx2
	}
	return nil
}()

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
