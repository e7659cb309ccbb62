//go:build !noasm && !purego

#include "textflag.h"

// Depthwise convolution of float32 of one block of 16 channels, or what the mask leaves of it, for all positions.
//
// Registers:
//	DI  args          SI  weights        DX  next kernel position's offset
//	CX  positions of the kernel left     R8  row         R9  offset
//	R11 next row      R12 next output    R13 rows left   BX  out
//	Y4 Y5 bias        Y6 Y7 mask         Y8 Y9 limits

// func floatDepthwise16avx2(a *floatDepthwiseArgs)
TEXT ·floatDepthwise16avx2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), DI
	MOVQ 64(DI), AX
	VMOVUPS (AX), Y4
	VMOVUPS 32(AX), Y5
	MOVQ 72(DI), AX
	VMOVUPS (AX), Y6
	VMOVUPS 32(AX), Y7
	VBROADCASTSS 80(DI), Y8
	VBROADCASTSS 84(DI), Y9
	MOVQ 8(DI), R11
	MOVQ 16(DI), R12
	MOVQ 24(DI), BX
	MOVQ 32(DI), R13
	MOVQ 0(DI), R10
position:
	VMOVAPS Y4, Y0
	VMOVAPS Y5, Y1
	MOVLQSX (R11), R8
	ADDQ $4, R11
	LEAQ (R10)(R8*4), R8
	MOVQ 56(DI), SI
	MOVQ 40(DI), DX
	MOVQ 48(DI), CX
tap:
	MOVLQSX (DX), R9
	ADDQ $4, DX
	VMASKMOVPS (R8)(R9*4), Y6, Y2
	VMASKMOVPS 32(R8)(R9*4), Y7, Y3
	VFMADD231PS (SI), Y2, Y0
	VFMADD231PS 32(SI), Y3, Y1
	ADDQ $64, SI
	DECQ CX
	JNZ  tap

	VMAXPS Y0, Y8, Y0 // NaN stays
	VMAXPS Y1, Y8, Y1
	VMINPS Y0, Y9, Y0
	VMINPS Y1, Y9, Y1
	MOVLQSX (R12), R9
	ADDQ $4, R12
	VMASKMOVPS Y0, Y6, (BX)(R9*4)
	VMASKMOVPS Y1, Y7, 32(BX)(R9*4)
	DECQ R13
	JNZ  position
	VZEROUPPER
	RET
