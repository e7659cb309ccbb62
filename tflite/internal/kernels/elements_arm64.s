//go:build !noasm && !purego

#include "textflag.h"
#include "encode_arm64.h"

// Routines for 16 elements at once.
//
// Registers:
//	R0  args     R1  a     R2  b     R3  out     R4  elements left     R5  scratch

#define START \
	MOVD args+0(FP), R0 \
	MOVD 0(R0), R3      \
	MOVD 8(R0), R1      \
	MOVD 16(R0), R2     \
	MOVD 24(R0), R4

#define SPREAD(n, v) \
	ADD  $n, R0, R5 \
	VLD1R (R5), [v]

// An instruction on V16 to V19, with or without a register more.
#define FOUR(op, m) \
	op(16, 16, m) \
	op(17, 17, m) \
	op(18, 18, m) \
	op(19, 19, m)

#define FOURIN(op) \
	op(16, 16) \
	op(17, 17) \
	op(18, 18) \
	op(19, 19)

// The zero point in V29, limits in V30 and V31.
#define CODELIMITS \
	SPREAD(48, V29.H8)  \
	SPREAD(52, V30.B16) \
	SPREAD(56, V31.B16)

// 16 numbers of steps in V16 to V19 to codes. Saturation in between changes nothing: what saturates is beyond the limits.
#define STORECODES \
	SQXTNH(20, 16)      \
	SQXTN2H(20, 17)     \
	SQXTNH(21, 18)      \
	SQXTN2H(21, 19)     \
	SQADDH(20, 20, 29)  \
	SQADDH(21, 21, 29)  \
	SQXTNB(22, 20)      \
	SQXTN2B(22, 21)     \
	SMAXB(22, 22, 30)   \
	SMINB(22, 22, 31)   \
	VST1.P [V22.B16], 16(R3)

// a*factor + b*factor + bias, shifted right, of four codes of each of the registers a and b.
#define SHIFTED(d, vd, widen, a, b) \
	VMOV V26.B16, vd.B16 \
	widen(6, a)          \
	widen(7, b)          \
	MLAS(d, 6, 24)       \
	MLAS(d, 7, 25)       \
	SSHLS(d, d, 27)

// func addCodesNEON(args *elementArgs)
// The factors stand in two parts; together they are below 2^22, and a product stays below 2^30.
TEXT ·addCodesNEON(SB), NOSPLIT, $0-8
	START
	MOVH 32(R0), R5
	MOVHU 36(R0), R6
	ADD  R5<<15, R6, R5
	VDUP R5, V24.S4
	MOVH 34(R0), R5
	MOVHU 38(R0), R6
	ADD  R5<<15, R6, R5
	VDUP R5, V25.S4
	SPREAD(40, V26.S4)
	MOVW 44(R0), R5
	NEG  R5, R5
	VDUP R5, V27.S4
	CODELIMITS
add:
	VLD1.P 16(R1), [V0.B16]
	VLD1.P 16(R2), [V1.B16]
	SXTLH(2, 0)
	SXTL2H(3, 0)
	SXTLH(4, 1)
	SXTL2H(5, 1)
	SHIFTED(16, V16, SXTLS, 2, 4)
	SHIFTED(17, V17, SXTL2S, 2, 4)
	SHIFTED(18, V18, SXTLS, 3, 5)
	SHIFTED(19, V19, SXTL2S, 3, 5)
	STORECODES
	SUBS $16, R4
	BNE  add
	RET

// func mulCodesNEON(args *elementArgs)
// Codes less zero points are below 2^8 in magnitude.
TEXT ·mulCodesNEON(SB), NOSPLIT, $0-8
	START
	SPREAD(64, V24.H8)
	SPREAD(68, V25.H8)
	SPREAD(60, V26.S4)
	CODELIMITS
mul:
	VLD1.P 16(R1), [V0.B16]
	VLD1.P 16(R2), [V1.B16]
	SXTLH(2, 0)
	SXTL2H(3, 0)
	SXTLH(4, 1)
	SXTL2H(5, 1)
	VSUB V24.H8, V2.H8, V2.H8
	VSUB V24.H8, V3.H8, V3.H8
	VSUB V25.H8, V4.H8, V4.H8
	VSUB V25.H8, V5.H8, V5.H8
	SMULLH(16, 2, 4)
	SMULL2H(17, 2, 4)
	SMULLH(18, 3, 5)
	SMULL2H(19, 3, 5)
	FOURIN(SCVTF)
	FOUR(FMUL, 26)
	FOURIN(FCVTNS)
	STORECODES
	SUBS $16, R4
	BNE  mul
	RET

// func quantizeNEON(args *elementArgs)
// NaN is the upper limit: of a number and none, the number is taken.
TEXT ·quantizeNEON(SB), NOSPLIT, $0-8
	START
	SPREAD(60, V26.S4)
	SPREAD(72, V27.S4)
	SPREAD(76, V28.S4)
	SPREAD(48, V29.H8)
quantize:
	VLD1.P 64(R1), [V16.S4, V17.S4, V18.S4, V19.S4]
	FOUR(FMUL, 26)
	FOUR(FMINNM, 28)
	FOUR(FMAXNM, 27)
	FOURIN(FCVTNS)
	SQXTNH(20, 16)
	SQXTN2H(20, 17)
	SQXTNH(21, 18)
	SQXTN2H(21, 19)
	VADD V29.H8, V20.H8, V20.H8
	VADD V29.H8, V21.H8, V21.H8
	SQXTNB(22, 20)
	SQXTN2B(22, 21)
	VST1.P [V22.B16], 16(R3)
	SUBS $16, R4
	BNE  quantize
	RET

// func dequantizeNEON(args *elementArgs)
TEXT ·dequantizeNEON(SB), NOSPLIT, $0-8
	START
	SPREAD(64, V24.S4)
	SPREAD(60, V26.S4)
dequantize:
	VLD1.P 16(R1), [V0.B16]
	SXTLH(2, 0)
	SXTL2H(3, 0)
	SXTLS(16, 2)
	SXTL2S(17, 2)
	SXTLS(18, 3)
	SXTL2S(19, 3)
	VSUB V24.S4, V16.S4, V16.S4
	VSUB V24.S4, V17.S4, V17.S4
	VSUB V24.S4, V18.S4, V18.S4
	VSUB V24.S4, V19.S4, V19.S4
	FOURIN(SCVTF)
	FOUR(FMUL, 26)
	VST1.P [V16.S4, V17.S4, V18.S4, V19.S4], 64(R3)
	SUBS $16, R4
	BNE  dequantize
	RET

// 16 codes in v through the table of 256 in V16 to V31 to w. A look into a quarter leaves codes beyond it.
#define LOOKUP(v, w) \
	VTBL v.B16, [V16.B16, V17.B16, V18.B16, V19.B16], w.B16 \
	VSUB V4.B16, v.B16, v.B16                               \
	VTBX v.B16, [V20.B16, V21.B16, V22.B16, V23.B16], w.B16 \
	VSUB V4.B16, v.B16, v.B16                               \
	VTBX v.B16, [V24.B16, V25.B16, V26.B16, V27.B16], w.B16 \
	VSUB V4.B16, v.B16, v.B16                               \
	VTBX v.B16, [V28.B16, V29.B16, V30.B16, V31.B16], w.B16

// func lookupNEON(args *elementArgs)
// The table is b.
TEXT ·lookupNEON(SB), NOSPLIT, $0-8
	START
	VLD1.P 64(R2), [V16.B16, V17.B16, V18.B16, V19.B16]
	VLD1.P 64(R2), [V20.B16, V21.B16, V22.B16, V23.B16]
	VLD1.P 64(R2), [V24.B16, V25.B16, V26.B16, V27.B16]
	VLD1.P 64(R2), [V28.B16, V29.B16, V30.B16, V31.B16]
	MOVD $64, R5
	VDUP R5, V4.B16
	SUBS $64, R4
	BLT  rest
many:
	VLD1.P 64(R1), [V0.B16, V1.B16, V2.B16, V3.B16]
	LOOKUP(V0, V5)
	LOOKUP(V1, V6)
	LOOKUP(V2, V7)
	LOOKUP(V3, V8)
	VST1.P [V5.B16, V6.B16, V7.B16, V8.B16], 64(R3)
	SUBS $64, R4
	BGE  many
rest:
	ADDS $64, R4
	BEQ  done
some:
	VLD1.P 16(R1), [V0.B16]
	LOOKUP(V0, V5)
	VST1.P [V5.B16], 16(R3)
	SUBS $16, R4
	BNE  some
done:
	RET

// A sum's magnitude and a half, times the inverse, of which the upper half is the mean's magnitude; with its sign again.
#define MEANS(n) \
	SIGNS(4, n)       \
	ABSS(n, n)        \
	ADDS4(n, n, 24)   \
	UMULLS(5, n, 25)  \
	UMULL2S(6, n, 25) \
	UZP2S(n, 5, 6)    \
	EORS(n, n, 4)     \
	SUBS4(n, n, 4)

// func meansNEON(args *elementArgs)
// The half is bias, the inverse stands in shift.
TEXT ·meansNEON(SB), NOSPLIT, $0-8
	START
	SPREAD(40, V24.S4)
	SPREAD(44, V25.S4)
	SPREAD(52, V30.B16)
	SPREAD(56, V31.B16)
means:
	VLD1.P 64(R1), [V16.S4, V17.S4, V18.S4, V19.S4]
	MEANS(16)
	MEANS(17)
	MEANS(18)
	MEANS(19)
	SQXTNH(20, 16)
	SQXTN2H(20, 17)
	SQXTNH(21, 18)
	SQXTN2H(21, 19)
	SQXTNB(22, 20)
	SQXTN2B(22, 21)
	SMAXB(22, 22, 30)
	SMINB(22, 22, 31)
	VST1.P [V22.B16], 16(R3)
	SUBS $16, R4
	BNE  means
	RET

// Numbers within the limits in V27 and V28; NaN stays.
#define FLOATS(op) \
	VLD1.P 64(R1), [V0.S4, V1.S4, V2.S4, V3.S4] \
	VLD1.P 64(R2), [V4.S4, V5.S4, V6.S4, V7.S4] \
	op(0, 0, 4)     \
	op(1, 1, 5)     \
	op(2, 2, 6)     \
	op(3, 3, 7)     \
	FMAX(0, 0, 27)  \
	FMAX(1, 1, 27)  \
	FMAX(2, 2, 27)  \
	FMAX(3, 3, 27)  \
	FMIN(0, 0, 28)  \
	FMIN(1, 1, 28)  \
	FMIN(2, 2, 28)  \
	FMIN(3, 3, 28)  \
	VST1.P [V0.S4, V1.S4, V2.S4, V3.S4], 64(R3) \
	SUBS $16, R4

// func addFloatsNEON(args *elementArgs)
TEXT ·addFloatsNEON(SB), NOSPLIT, $0-8
	START
	SPREAD(72, V27.S4)
	SPREAD(76, V28.S4)
sum:
	FLOATS(FADD)
	BNE  sum
	RET

// func subFloatsNEON(args *elementArgs)
TEXT ·subFloatsNEON(SB), NOSPLIT, $0-8
	START
	SPREAD(72, V27.S4)
	SPREAD(76, V28.S4)
difference:
	FLOATS(FSUB)
	BNE  difference
	RET

// func mulFloatsNEON(args *elementArgs)
TEXT ·mulFloatsNEON(SB), NOSPLIT, $0-8
	START
	SPREAD(72, V27.S4)
	SPREAD(76, V28.S4)
product:
	FLOATS(FMUL)
	BNE  product
	RET
