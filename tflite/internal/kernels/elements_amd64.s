//go:build !noasm && !purego

#include "textflag.h"

// Routines for 16 elements at once.
//
// Registers:
//	DI  args     SI  a     DX  b     BX  out     CX  elements left

#define START \
	MOVQ args+0(FP), DI \
	MOVQ 0(DI), BX   \
	MOVQ 8(DI), SI   \
	MOVQ 16(DI), DX  \
	MOVQ 24(DI), CX

// To the next elements, of so many bytes together.
#define ADVANCE(n) \
	ADDQ $n, SI \
	ADDQ $n, DX \
	ADDQ $n, BX \
	SUBQ $16, CX

// 16 numbers of steps in int16 to codes.
#define STORECODES(a, x, y) \
	VPADDSW Y13, a, a      \
	VEXTRACTI128 $1, a, y  \
	VPACKSSWB y, x, x      \
	VPMAXSB X14, x, x      \
	VPMINSB X15, x, x      \
	VMOVDQU x, (BX)

// The zero point in Y13, limits in X14 and X15.
#define CODELIMITS \
	VPBROADCASTW 48(DI), Y13 \
	VPBROADCASTB 52(DI), X14 \
	VPBROADCASTB 56(DI), X15

// a*factor + b*factor + bias, shifted right; each product is that of the factor's high part, times 2^15, and that of its
// low part. Codes are at most 2^7 and factors 2^21, so nothing overflows. Saturation in between changes nothing: what
// saturates is beyond the limits.
#define SHIFTED(p, t) \
	VPMADDWD Y8, p, t     \
	VPMADDWD Y9, p, p     \
	VPSLLD $15, t, t      \
	VPADDD Y10, p, p      \
	VPADDD t, p, p        \
	VPSRAD X11, p, p

// func addCodesAVX2(args *elementArgs)
TEXT ·addCodesAVX2(SB), NOSPLIT, $0-8
	START
	VPBROADCASTD 32(DI), Y8
	VPBROADCASTD 36(DI), Y9
	VPBROADCASTD 40(DI), Y10
	VMOVD 44(DI), X11
	CODELIMITS
add:
	VPMOVSXBW (SI), Y0
	VPMOVSXBW (DX), Y1
	VPUNPCKLWD Y1, Y0, Y2
	VPUNPCKHWD Y1, Y0, Y3
	SHIFTED(Y2, Y4)
	SHIFTED(Y3, Y5)
	VPACKSSDW Y3, Y2, Y2
	STORECODES(Y2, X2, X3)
	ADVANCE(16)
	JNZ  add
	VZEROUPPER
	RET

// func mulCodesAVX2(args *elementArgs)
// Codes less zero points are below 2^8 in magnitude, their products below 2^16.
TEXT ·mulCodesAVX2(SB), NOSPLIT, $0-8
	START
	VPBROADCASTW 64(DI), Y8
	VPBROADCASTW 68(DI), Y9
	VBROADCASTSS 60(DI), Y10
	CODELIMITS
mul:
	VPMOVSXBW (SI), Y0
	VPMOVSXBW (DX), Y1
	VPSUBW Y8, Y0, Y0
	VPSUBW Y9, Y1, Y1
	VPMULLW Y1, Y0, Y2
	VPMULHW Y1, Y0, Y3
	VPUNPCKLWD Y3, Y2, Y0
	VPUNPCKHWD Y3, Y2, Y1
	VCVTDQ2PS Y0, Y0
	VCVTDQ2PS Y1, Y1
	VMULPS Y10, Y0, Y0
	VMULPS Y10, Y1, Y1
	VCVTPS2DQ Y0, Y0
	VCVTPS2DQ Y1, Y1
	VPACKSSDW Y1, Y0, Y0
	STORECODES(Y0, X0, X1)
	ADVANCE(16)
	JNZ  mul
	VZEROUPPER
	RET

// func quantizeAVX2(args *elementArgs)
// NaN is the upper limit: the first here of what is compared is the result then.
TEXT ·quantizeAVX2(SB), NOSPLIT, $0-8
	START
	VBROADCASTSS 60(DI), Y8
	VBROADCASTSS 72(DI), Y9
	VBROADCASTSS 76(DI), Y10
	VPBROADCASTW 48(DI), Y13
quantize:
	VMULPS (SI), Y8, Y0
	VMULPS 32(SI), Y8, Y1
	VMINPS Y10, Y0, Y0
	VMINPS Y10, Y1, Y1
	VMAXPS Y9, Y0, Y0
	VMAXPS Y9, Y1, Y1
	VCVTPS2DQ Y0, Y0
	VCVTPS2DQ Y1, Y1
	VPACKSSDW Y1, Y0, Y0
	VPERMQ $0xD8, Y0, Y0
	VPADDW Y13, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPACKSSWB X1, X0, X0
	VMOVDQU X0, (BX)
	ADDQ $64, SI
	ADDQ $16, BX
	SUBQ $16, CX
	JNZ  quantize
	VZEROUPPER
	RET

// func dequantizeAVX2(args *elementArgs)
TEXT ·dequantizeAVX2(SB), NOSPLIT, $0-8
	START
	VPBROADCASTD 64(DI), Y8
	VBROADCASTSS 60(DI), Y9
dequantize:
	VPMOVSXBD (SI), Y0
	VPMOVSXBD 8(SI), Y1
	VPSUBD Y8, Y0, Y0
	VPSUBD Y8, Y1, Y1
	VCVTDQ2PS Y0, Y0
	VCVTDQ2PS Y1, Y1
	VMULPS Y9, Y0, Y0
	VMULPS Y9, Y1, Y1
	VMOVUPS Y0, (BX)
	VMOVUPS Y1, 32(BX)
	ADDQ $16, SI
	ADDQ $64, BX
	SUBQ $16, CX
	JNZ  dequantize
	VZEROUPPER
	RET

// Numbers within limits; NaN stays.
#define FLOATS(op) \
	VMOVUPS (SI), Y0       \
	VMOVUPS 32(SI), Y1     \
	op (DX), Y0, Y0        \
	op 32(DX), Y1, Y1      \
	VMAXPS Y0, Y8, Y0      \
	VMAXPS Y1, Y8, Y1      \
	VMINPS Y0, Y9, Y0      \
	VMINPS Y1, Y9, Y1      \
	VMOVUPS Y0, (BX)       \
	VMOVUPS Y1, 32(BX)     \
	ADVANCE(64)

#define NUMBERLIMITS \
	VBROADCASTSS 72(DI), Y8 \
	VBROADCASTSS 76(DI), Y9

// func addFloatsAVX2(args *elementArgs)
TEXT ·addFloatsAVX2(SB), NOSPLIT, $0-8
	START
	NUMBERLIMITS
sum:
	FLOATS(VADDPS)
	JNZ  sum
	VZEROUPPER
	RET

// func subFloatsAVX2(args *elementArgs)
TEXT ·subFloatsAVX2(SB), NOSPLIT, $0-8
	START
	NUMBERLIMITS
difference:
	FLOATS(VSUBPS)
	JNZ  difference
	VZEROUPPER
	RET

// func mulFloatsAVX2(args *elementArgs)
TEXT ·mulFloatsAVX2(SB), NOSPLIT, $0-8
	START
	NUMBERLIMITS
product:
	FLOATS(VMULPS)
	JNZ  product
	VZEROUPPER
	RET

// func divFloatsAVX2(args *elementArgs)
TEXT ·divFloatsAVX2(SB), NOSPLIT, $0-8
	START
	NUMBERLIMITS
quotient:
	FLOATS(VDIVPS)
	JNZ  quotient
	VZEROUPPER
	RET

// The lesser or greater of codes.
#define CODES(op) \
	VMOVDQU (SI), X0 \
	op (DX), X0, X0  \
	VMOVDQU X0, (BX) \
	ADVANCE(16)

// func minCodesAVX2(args *elementArgs)
TEXT ·minCodesAVX2(SB), NOSPLIT, $0-8
	START
extreme:
	CODES(VPMINSB)
	JNZ  extreme
	RET

// func maxCodesAVX2(args *elementArgs)
TEXT ·maxCodesAVX2(SB), NOSPLIT, $0-8
	START
extreme:
	CODES(VPMAXSB)
	JNZ  extreme
	RET

// The lesser or greater of numbers. Where one is NaN, op gives the second; the first is taken where it is NaN.
#define EXTREMES(op) \
	VMOVUPS (SI), Y0         \
	VMOVUPS 32(SI), Y1       \
	op (DX), Y0, Y2          \
	op 32(DX), Y1, Y3        \
	VCMPPS $3, Y0, Y0, Y4    \
	VCMPPS $3, Y1, Y1, Y5    \
	VBLENDVPS Y4, Y0, Y2, Y0 \
	VBLENDVPS Y5, Y1, Y3, Y1 \
	VMOVUPS Y0, (BX)         \
	VMOVUPS Y1, 32(BX)       \
	ADVANCE(64)

// func minFloatsAVX2(args *elementArgs)
TEXT ·minFloatsAVX2(SB), NOSPLIT, $0-8
	START
extreme:
	EXTREMES(VMINPS)
	JNZ  extreme
	VZEROUPPER
	RET

// func maxFloatPairsAVX2(args *elementArgs)
TEXT ·maxFloatPairsAVX2(SB), NOSPLIT, $0-8
	START
extreme:
	EXTREMES(VMAXPS)
	JNZ  extreme
	VZEROUPPER
	RET

// func squaredDifferenceAVX2(args *elementArgs)
TEXT ·squaredDifferenceAVX2(SB), NOSPLIT, $0-8
	START
difference:
	VMOVUPS (SI), Y0
	VMOVUPS 32(SI), Y1
	VSUBPS (DX), Y0, Y0
	VSUBPS 32(DX), Y1, Y1
	VMULPS Y0, Y0, Y0
	VMULPS Y1, Y1, Y1
	VMOVUPS Y0, (BX)
	VMOVUPS Y1, 32(BX)
	ADVANCE(64)
	JNZ  difference
	VZEROUPPER
	RET
