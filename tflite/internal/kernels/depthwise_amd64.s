//go:build !noasm && !purego

#include "textflag.h"

// Depthwise convolution of one block of channels, for all positions. Two kernel
// positions' inputs are widened to int16 and interleaved, so that one
// multiply-add serves both; products of two stay below 2^16. Interleaving works on
// halves of 128 bits, so the sums stand in the order of depthwiseRoutine.lanes; packing at the
// end undoes it.
//
// Registers:
//	DI  args          SI  weights        DX  next position's offset
//	CX  pairs left    R8  row            R9, R10 offsets of the pair
//	R11 next row      R12 next output    R13 rows left      BX  out

// func depthwise32vnni(a *depthwiseArgs)
TEXT ·depthwise32vnni(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), DI
	MOVQ 72(DI), AX
	VMOVDQU32 (AX), Z16
	VMOVDQU32 64(AX), Z17
	MOVQ 80(DI), AX
	VMOVUPS (AX), Z20
	VMOVUPS 64(AX), Z21
	VBROADCASTSS 88(DI), Z22
	VBROADCASTSS 92(DI), Z23
	VPBROADCASTD 96(DI), Z24
	MOVQ 8(DI), R11
	MOVQ 16(DI), R12
	MOVQ 24(DI), BX
	MOVQ 32(DI), R13
position:
	VMOVDQA32 Z16, Z0
	VMOVDQA32 Z17, Z1
	MOVLQSX (R11), R8
	ADDQ $4, R11
	ADDQ 0(DI), R8
	MOVQ 64(DI), SI
	MOVQ 40(DI), DX
	MOVQ 48(DI), CX
pair:
	MOVLQSX (DX), R9
	MOVLQSX 4(DX), R10
	VPMOVSXBW (R8)(R9*1), Z2
	VPMOVSXBW (R8)(R10*1), Z3
	VPUNPCKLWD Z3, Z2, Z4
	VPUNPCKHWD Z3, Z2, Z5
	VPDPWSSD (SI), Z4, Z0
	VPDPWSSD 64(SI), Z5, Z1
	ADDQ $128, SI
	ADDQ $8, DX
	DECQ CX
	JNZ  pair

	VCVTDQ2PS Z0, Z0
	VCVTDQ2PS Z1, Z1
	VMULPS Z20, Z0, Z0
	VMULPS Z21, Z1, Z1
	VMAXPS Z22, Z0, Z0
	VMAXPS Z22, Z1, Z1
	VMINPS Z23, Z0, Z0
	VMINPS Z23, Z1, Z1
	VCVTPS2DQ Z0, Z0
	VCVTPS2DQ Z1, Z1
	VPADDD Z24, Z0, Z0
	VPADDD Z24, Z1, Z1
	VPACKSSDW Z1, Z0, Z0
	VPMOVWB Z0, Y0
	MOVLQSX (R12), R9
	ADDQ $4, R12
	VMOVDQU Y0, (BX)(R9*1)
	DECQ R13
	JNZ  position
	VZEROUPPER
	RET

// func depthwise16avx2(a *depthwiseArgs)
TEXT ·depthwise16avx2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), DI
	MOVQ 72(DI), AX
	VMOVDQU (AX), Y6
	VMOVDQU 32(AX), Y7
	MOVQ 80(DI), AX
	VMOVUPS (AX), Y8
	VMOVUPS 32(AX), Y9
	VBROADCASTSS 88(DI), Y10
	VBROADCASTSS 92(DI), Y11
	VPBROADCASTD 96(DI), Y12
	MOVQ 8(DI), R11
	MOVQ 16(DI), R12
	MOVQ 24(DI), BX
	MOVQ 32(DI), R13
position:
	VMOVDQA Y6, Y0
	VMOVDQA Y7, Y1
	MOVLQSX (R11), R8
	ADDQ $4, R11
	ADDQ 0(DI), R8
	MOVQ 64(DI), SI
	MOVQ 40(DI), DX
	MOVQ 48(DI), CX
pair:
	MOVLQSX (DX), R9
	MOVLQSX 4(DX), R10
	VPMOVSXBW (R8)(R9*1), Y2
	VPMOVSXBW (R8)(R10*1), Y3
	VPUNPCKLWD Y3, Y2, Y4
	VPUNPCKHWD Y3, Y2, Y5
	VPMADDWD (SI), Y4, Y4
	VPMADDWD 32(SI), Y5, Y5
	VPADDD Y4, Y0, Y0
	VPADDD Y5, Y1, Y1
	ADDQ $64, SI
	ADDQ $8, DX
	DECQ CX
	JNZ  pair

	VCVTDQ2PS Y0, Y0
	VCVTDQ2PS Y1, Y1
	VMULPS Y8, Y0, Y0
	VMULPS Y9, Y1, Y1
	VMAXPS Y10, Y0, Y0
	VMAXPS Y10, Y1, Y1
	VMINPS Y11, Y0, Y0
	VMINPS Y11, Y1, Y1
	VCVTPS2DQ Y0, Y0
	VCVTPS2DQ Y1, Y1
	VPADDD Y12, Y0, Y0
	VPADDD Y12, Y1, Y1
	VPACKSSDW Y1, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPACKSSWB X1, X0, X0
	MOVLQSX (R12), R9
	ADDQ $4, R12
	VMOVDQU X0, (BX)(R9*1)
	DECQ R13
	JNZ  position
	VZEROUPPER
	RET
