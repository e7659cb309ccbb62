//go:build !noasm && !purego

#include "textflag.h"

// Functions of float32, 16 numbers at a time; NaN stays.
//
// Registers:
//	DI  args     SI  in     BX  out     CX  numbers left

#define BEGIN \
	MOVQ args+0(FP), DI \
	MOVQ 0(DI), BX   \
	MOVQ 8(DI), SI   \
	MOVQ 24(DI), CX

#define LOAD \
	VMOVUPS (SI), Y0   \
	VMOVUPS 32(SI), Y1

#define SAVE \
	VMOVUPS Y0, (BX)   \
	VMOVUPS Y1, 32(BX) \
	ADDQ $64, SI       \
	ADDQ $64, BX       \
	SUBQ $16, CX

#define CONSTANT(n, y) VBROADCASTSS numbers<>+(4*n)(SB), y

DATA numbers<>+0(SB)/4, $0x3FB8AA3B  // 1/ln 2
DATA numbers<>+4(SB)/4, $0xBF318000  // minus ln 2, its high part
DATA numbers<>+8(SB)/4, $0x395E8083  // and its low part
DATA numbers<>+12(SB)/4, $0x39506967  // coefficients of exp(r) = 1 + r + r*r*(...)
DATA numbers<>+16(SB)/4, $0x3AB743CE
DATA numbers<>+20(SB)/4, $0x3C088908
DATA numbers<>+24(SB)/4, $0x3D2AA9C1
DATA numbers<>+28(SB)/4, $0x3E2AAAAA
DATA numbers<>+32(SB)/4, $0x3F000000
DATA numbers<>+36(SB)/4, $0x3F800000  // 1
DATA numbers<>+40(SB)/4, $0xC2AE0000  // limits of what is exponentiated
DATA numbers<>+44(SB)/4, $0x42AE0000
DATA numbers<>+48(SB)/4, $0x80000000  // the sign
DATA numbers<>+52(SB)/4, $0x40400000  // 3
DATA numbers<>+56(SB)/4, $0x40C00000  // 6
GLOBL numbers<>(SB), RODATA|NOPTR, $60

// exp of x in x, with n and p as scratch: 2^n * exp(r), of which exp(r) is a polynomial for |r| <= ln(2)/2 (Cephes'
// coefficients, 2 units in the last place). n is added to the exponent.
#define EXPCONSTANTS \
	CONSTANT(0, Y4) \
	CONSTANT(1, Y5) \
	CONSTANT(2, Y6) \
	CONSTANT(3, Y7) \
	CONSTANT(4, Y8) \
	CONSTANT(5, Y9) \
	CONSTANT(6, Y10) \
	CONSTANT(7, Y11) \
	CONSTANT(8, Y12) \
	CONSTANT(9, Y13) \
	CONSTANT(10, Y14) \
	CONSTANT(11, Y15)

#define EXP(x, n, p) \
	VMAXPS x, Y14, x        \
	VMINPS x, Y15, x        \
	VMULPS Y4, x, n         \
	VROUNDPS $0, n, n       \
	VFMADD231PS Y5, n, x    \
	VFMADD231PS Y6, n, x    \
	VMOVAPS Y7, p           \
	VFMADD213PS Y8, x, p    \
	VFMADD213PS Y9, x, p    \
	VFMADD213PS Y10, x, p   \
	VFMADD213PS Y11, x, p   \
	VFMADD213PS Y12, x, p   \
	VMULPS x, p, p          \
	VFMADD213PS x, x, p     \
	VADDPS Y13, p, p        \
	VCVTPS2DQ n, n          \
	VPSLLD $23, n, n        \
	VPADDD n, p, x

// 1/(1+exp(-x)) of x.
#define LOGISTIC(x) \
	CONSTANT(12, Y2)   \
	VXORPS Y2, x, x    \
	EXP(x, Y2, Y3)     \
	VADDPS Y13, x, x   \
	VDIVPS x, Y13, x

// x, or exp(x)-1 where it has the sign; x comes from memory again.
#define ELU(x, n) \
	EXP(x, Y2, Y3)         \
	VSUBPS Y13, x, x       \
	VMOVUPS n(SI), Y2      \
	VBLENDVPS Y2, x, Y2, x

// 1 - 2/(1+exp(2x)) of x.
#define TANH(x) \
	VADDPS x, x, x     \
	EXP(x, Y2, Y3)     \
	VADDPS Y13, x, x   \
	VADDPS Y13, Y13, Y2 \
	VDIVPS x, Y2, x    \
	VSUBPS x, Y13, x

// func expAVX2(args *elementArgs)
// Of numbers from -87 to 87, to which others are limited.
TEXT ·expAVX2(SB), NOSPLIT, $0-8
	BEGIN
	EXPCONSTANTS
loop:
	LOAD
	EXP(Y0, Y2, Y3)
	EXP(Y1, Y2, Y3)
	SAVE
	JNZ  loop
	VZEROUPPER
	RET

// func logisticAVX2(args *elementArgs)
TEXT ·logisticAVX2(SB), NOSPLIT, $0-8
	BEGIN
	EXPCONSTANTS
loop:
	LOAD
	LOGISTIC(Y0)
	LOGISTIC(Y1)
	SAVE
	JNZ  loop
	VZEROUPPER
	RET

// func tanhAVX2(args *elementArgs)
TEXT ·tanhAVX2(SB), NOSPLIT, $0-8
	BEGIN
	EXPCONSTANTS
loop:
	LOAD
	TANH(Y0)
	TANH(Y1)
	SAVE
	JNZ  loop
	VZEROUPPER
	RET

// func clampAVX2(args *elementArgs)
TEXT ·clampAVX2(SB), NOSPLIT, $0-8
	BEGIN
	VBROADCASTSS 72(DI), Y8
	VBROADCASTSS 76(DI), Y9
loop:
	LOAD
	VMAXPS Y0, Y8, Y0
	VMAXPS Y1, Y8, Y1
	VMINPS Y0, Y9, Y0
	VMINPS Y1, Y9, Y1
	SAVE
	JNZ  loop
	VZEROUPPER
	RET

// func leakyAVX2(args *elementArgs)
// What has the sign is multiplied by a factor.
TEXT ·leakyAVX2(SB), NOSPLIT, $0-8
	BEGIN
	VBROADCASTSS 60(DI), Y8
loop:
	LOAD
	VMULPS Y8, Y0, Y2
	VMULPS Y8, Y1, Y3
	VBLENDVPS Y0, Y2, Y0, Y0
	VBLENDVPS Y1, Y3, Y1, Y1
	SAVE
	JNZ  loop
	VZEROUPPER
	RET

// func absAVX2(args *elementArgs)
TEXT ·absAVX2(SB), NOSPLIT, $0-8
	BEGIN
	CONSTANT(12, Y8)
loop:
	LOAD
	VANDNPS Y0, Y8, Y0
	VANDNPS Y1, Y8, Y1
	SAVE
	JNZ  loop
	VZEROUPPER
	RET

// func negAVX2(args *elementArgs)
TEXT ·negAVX2(SB), NOSPLIT, $0-8
	BEGIN
	CONSTANT(12, Y8)
loop:
	LOAD
	VXORPS Y0, Y8, Y0
	VXORPS Y1, Y8, Y1
	SAVE
	JNZ  loop
	VZEROUPPER
	RET

// func squareAVX2(args *elementArgs)
TEXT ·squareAVX2(SB), NOSPLIT, $0-8
	BEGIN
loop:
	LOAD
	VMULPS Y0, Y0, Y0
	VMULPS Y1, Y1, Y1
	SAVE
	JNZ  loop
	VZEROUPPER
	RET

// func sqrtAVX2(args *elementArgs)
TEXT ·sqrtAVX2(SB), NOSPLIT, $0-8
	BEGIN
loop:
	LOAD
	VSQRTPS Y0, Y0
	VSQRTPS Y1, Y1
	SAVE
	JNZ  loop
	VZEROUPPER
	RET

// func floorAVX2(args *elementArgs)
TEXT ·floorAVX2(SB), NOSPLIT, $0-8
	BEGIN
loop:
	LOAD
	VROUNDPS $9, Y0, Y0
	VROUNDPS $9, Y1, Y1
	SAVE
	JNZ  loop
	VZEROUPPER
	RET

// func rsqrtAVX2(args *elementArgs)
TEXT ·rsqrtAVX2(SB), NOSPLIT, $0-8
	BEGIN
	CONSTANT(9, Y8)
loop:
	LOAD
	VSQRTPS Y0, Y0
	VSQRTPS Y1, Y1
	VDIVPS Y0, Y8, Y0
	VDIVPS Y1, Y8, Y1
	SAVE
	JNZ  loop
	VZEROUPPER
	RET

// func hardSwishAVX2(args *elementArgs)
// x * clamp(x + 3, 0, 6) / 6.
TEXT ·hardSwishAVX2(SB), NOSPLIT, $0-8
	BEGIN
	CONSTANT(13, Y8)
	CONSTANT(14, Y9)
	VXORPS Y10, Y10, Y10
loop:
	LOAD
	VADDPS Y8, Y0, Y2
	VADDPS Y8, Y1, Y3
	VMAXPS Y2, Y10, Y2
	VMAXPS Y3, Y10, Y3
	VMINPS Y2, Y9, Y2
	VMINPS Y3, Y9, Y3
	VMULPS Y2, Y0, Y0
	VMULPS Y3, Y1, Y1
	VDIVPS Y9, Y0, Y0
	VDIVPS Y9, Y1, Y1
	SAVE
	JNZ  loop
	VZEROUPPER
	RET

// func eluAVX2(args *elementArgs)
TEXT ·eluAVX2(SB), NOSPLIT, $0-8
	BEGIN
	EXPCONSTANTS
loop:
	LOAD
	ELU(Y0, 0)
	ELU(Y1, 32)
	SAVE
	JNZ  loop
	VZEROUPPER
	RET
