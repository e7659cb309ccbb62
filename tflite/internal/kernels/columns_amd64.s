//go:build !noasm && !purego

#include "textflag.h"

// Elements that lie apart, joined channel by channel.
//
// Registers:
//	DI  args         SI  position          R9  its output       R13 positions left
//	R11 block of it  R12 block of output   R10 blocks left
//	DX  next tap     CX  taps left         AX  its offset       R8 BX all taps
//	X0 or Y0 what was joined

// func maxBytesAVX2(a *columnsArgs)
TEXT ·maxBytesAVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), DI
	MOVQ 0(DI), SI
	MOVQ 8(DI), R9
	MOVQ 16(DI), R13
	MOVQ 40(DI), R8
	MOVQ 48(DI), BX
position:
	MOVQ SI, R11
	MOVQ R9, R12
	MOVQ 56(DI), R10
block:
	MOVQ R8, DX
	MOVQ BX, CX
	MOVLQSX (DX), AX
	VMOVDQU (R11)(AX*1), X0
tap:
	MOVLQSX (DX), AX
	ADDQ $4, DX
	VPMAXSB (R11)(AX*1), X0, X0
	DECQ CX
	JNZ  tap
	VMOVDQU X0, (R12)
	ADDQ $16, R11
	ADDQ $16, R12
	DECQ R10
	JNZ  block
	ADDQ 24(DI), SI
	ADDQ 32(DI), R9
	DECQ R13
	JNZ  position
	VZEROUPPER
	RET

// func sumBytesAVX2(a *columnsArgs)
TEXT ·sumBytesAVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), DI
	MOVQ 0(DI), SI
	MOVQ 8(DI), R9
	MOVQ 16(DI), R13
	MOVQ 40(DI), R8
	MOVQ 48(DI), BX
position:
	MOVQ SI, R11
	MOVQ R9, R12
	MOVQ 56(DI), R10
block:
	MOVQ R8, DX
	MOVQ BX, CX
	VPXOR Y0, Y0, Y0
tap:
	MOVLQSX (DX), AX
	ADDQ $4, DX
	VPMOVSXBD (R11)(AX*1), Y1
	VPADDD Y1, Y0, Y0
	DECQ CX
	JNZ  tap
	VMOVDQU Y0, (R12)
	ADDQ $8, R11
	ADDQ $32, R12
	DECQ R10
	JNZ  block
	ADDQ 24(DI), SI
	ADDQ 32(DI), R9
	DECQ R13
	JNZ  position
	VZEROUPPER
	RET

// func maxFloatsAVX2(a *columnsArgs)
TEXT ·maxFloatsAVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), DI
	MOVQ 0(DI), SI
	MOVQ 8(DI), R9
	MOVQ 16(DI), R13
	MOVQ 40(DI), R8
	MOVQ 48(DI), BX
position:
	MOVQ SI, R11
	MOVQ R9, R12
	MOVQ 56(DI), R10
block:
	MOVQ R8, DX
	MOVQ BX, CX
	MOVLQSX (DX), AX
	VMOVUPS (R11)(AX*1), Y0
tap:
	MOVLQSX (DX), AX
	ADDQ $4, DX
	VMOVUPS (R11)(AX*1), Y1
	VMAXPS Y1, Y0, Y2 // Y1 where one is NaN
	VCMPPS $3, Y0, Y0, Y3
	VBLENDVPS Y3, Y0, Y2, Y0
	DECQ CX
	JNZ  tap
	VMOVDQU Y0, (R12)
	ADDQ $32, R11
	ADDQ $32, R12
	DECQ R10
	JNZ  block
	ADDQ 24(DI), SI
	ADDQ 32(DI), R9
	DECQ R13
	JNZ  position
	VZEROUPPER
	RET

// func sumFloatsAVX2(a *columnsArgs)
TEXT ·sumFloatsAVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), DI
	MOVQ 0(DI), SI
	MOVQ 8(DI), R9
	MOVQ 16(DI), R13
	MOVQ 40(DI), R8
	MOVQ 48(DI), BX
position:
	MOVQ SI, R11
	MOVQ R9, R12
	MOVQ 56(DI), R10
block:
	MOVQ R8, DX
	MOVQ BX, CX
	VXORPS Y0, Y0, Y0
tap:
	MOVLQSX (DX), AX
	ADDQ $4, DX
	VADDPS (R11)(AX*1), Y0, Y0
	DECQ CX
	JNZ  tap
	VMOVDQU Y0, (R12)
	ADDQ $32, R11
	ADDQ $32, R12
	DECQ R10
	JNZ  block
	ADDQ 24(DI), SI
	ADDQ 32(DI), R9
	DECQ R13
	JNZ  position
	VZEROUPPER
	RET

// func minBytesAVX2(a *columnsArgs)
TEXT ·minBytesAVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), DI
	MOVQ 0(DI), SI
	MOVQ 8(DI), R9
	MOVQ 16(DI), R13
	MOVQ 40(DI), R8
	MOVQ 48(DI), BX
position:
	MOVQ SI, R11
	MOVQ R9, R12
	MOVQ 56(DI), R10
block:
	MOVQ R8, DX
	MOVQ BX, CX
	MOVLQSX (DX), AX
	VMOVDQU (R11)(AX*1), X0
tap:
	MOVLQSX (DX), AX
	ADDQ $4, DX
	VPMINSB (R11)(AX*1), X0, X0
	DECQ CX
	JNZ  tap
	VMOVDQU X0, (R12)
	ADDQ $16, R11
	ADDQ $16, R12
	DECQ R10
	JNZ  block
	ADDQ 24(DI), SI
	ADDQ 32(DI), R9
	DECQ R13
	JNZ  position
	VZEROUPPER
	RET

// func leastFloatsAVX2(a *columnsArgs)
TEXT ·leastFloatsAVX2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), DI
	MOVQ 0(DI), SI
	MOVQ 8(DI), R9
	MOVQ 16(DI), R13
	MOVQ 40(DI), R8
	MOVQ 48(DI), BX
position:
	MOVQ SI, R11
	MOVQ R9, R12
	MOVQ 56(DI), R10
block:
	MOVQ R8, DX
	MOVQ BX, CX
	MOVLQSX (DX), AX
	VMOVUPS (R11)(AX*1), Y0
tap:
	MOVLQSX (DX), AX
	ADDQ $4, DX
	VMOVUPS (R11)(AX*1), Y1
	VMINPS Y1, Y0, Y2 // Y1 where one is NaN
	VCMPPS $3, Y0, Y0, Y3
	VBLENDVPS Y3, Y0, Y2, Y0
	DECQ CX
	JNZ  tap
	VMOVDQU Y0, (R12)
	ADDQ $32, R11
	ADDQ $32, R12
	DECQ R10
	JNZ  block
	ADDQ 24(DI), SI
	ADDQ 32(DI), R9
	DECQ R13
	JNZ  position
	VZEROUPPER
	RET
