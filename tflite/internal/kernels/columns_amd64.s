//go:build !noasm && !purego

#include "textflag.h"

// Elements that lie apart, joined channel by channel.
//
// Registers:
//	DI  args         SI  position          R9  its output       R13 positions left
//	R11 block of it  R12 block of output   R10 blocks left
//	DX  next tap     CX  taps left         AX  its offset       R8 BX all taps
//	X0 or Y0 what was joined

#define START \
	MOVQ a+0(FP), DI \
	MOVQ 0(DI), SI   \
	MOVQ 8(DI), R9   \
	MOVQ 16(DI), R13 \
	MOVQ 40(DI), R8  \
	MOVQ 48(DI), BX

// The blocks of a position, and the taps of a block.
#define BLOCKS \
	MOVQ SI, R11 \
	MOVQ R9, R12 \
	MOVQ 56(DI), R10

#define TAPS \
	MOVQ R8, DX \
	MOVQ BX, CX

#define TAP \
	MOVLQSX (DX), AX \
	ADDQ $4, DX

// By so many bytes in in and out.
#define NEXTBLOCK(in, out) \
	ADDQ $in, R11  \
	ADDQ $out, R12 \
	DECQ R10

#define NEXTPOSITION \
	ADDQ 24(DI), SI \
	ADDQ 32(DI), R9 \
	DECQ R13

// The lesser or greater; op gives the tap's number where one is NaN, and Y0 stays where it is NaN.
#define EXTREME(op) \
	VMOVUPS (R11)(AX*1), Y1 \
	op Y1, Y0, Y2           \
	VCMPPS $3, Y0, Y0, Y3   \
	VBLENDVPS Y3, Y0, Y2, Y0

// func maxBytesAVX2(a *columnsArgs)
TEXT ·maxBytesAVX2(SB), NOSPLIT, $0-8
	START
position:
	BLOCKS
block:
	TAPS
	MOVLQSX (DX), AX
	VMOVDQU (R11)(AX*1), X0
tap:
	TAP
	VPMAXSB (R11)(AX*1), X0, X0
	DECQ CX
	JNZ  tap
	VMOVDQU X0, (R12)
	NEXTBLOCK(16, 16)
	JNZ  block
	NEXTPOSITION
	JNZ  position
	VZEROUPPER
	RET

// func sumBytesAVX2(a *columnsArgs)
TEXT ·sumBytesAVX2(SB), NOSPLIT, $0-8
	START
position:
	BLOCKS
block:
	TAPS
	VPXOR Y0, Y0, Y0
tap:
	TAP
	VPMOVSXBD (R11)(AX*1), Y1
	VPADDD Y1, Y0, Y0
	DECQ CX
	JNZ  tap
	VMOVDQU Y0, (R12)
	NEXTBLOCK(8, 32)
	JNZ  block
	NEXTPOSITION
	JNZ  position
	VZEROUPPER
	RET

// func maxFloatsAVX2(a *columnsArgs)
TEXT ·maxFloatsAVX2(SB), NOSPLIT, $0-8
	START
position:
	BLOCKS
block:
	TAPS
	MOVLQSX (DX), AX
	VMOVUPS (R11)(AX*1), Y0
tap:
	TAP
	EXTREME(VMAXPS)
	DECQ CX
	JNZ  tap
	VMOVDQU Y0, (R12)
	NEXTBLOCK(32, 32)
	JNZ  block
	NEXTPOSITION
	JNZ  position
	VZEROUPPER
	RET

// func sumFloatsAVX2(a *columnsArgs)
TEXT ·sumFloatsAVX2(SB), NOSPLIT, $0-8
	START
position:
	BLOCKS
block:
	TAPS
	VXORPS Y0, Y0, Y0
tap:
	TAP
	VADDPS (R11)(AX*1), Y0, Y0
	DECQ CX
	JNZ  tap
	VMOVDQU Y0, (R12)
	NEXTBLOCK(32, 32)
	JNZ  block
	NEXTPOSITION
	JNZ  position
	VZEROUPPER
	RET

// func minBytesAVX2(a *columnsArgs)
TEXT ·minBytesAVX2(SB), NOSPLIT, $0-8
	START
position:
	BLOCKS
block:
	TAPS
	MOVLQSX (DX), AX
	VMOVDQU (R11)(AX*1), X0
tap:
	TAP
	VPMINSB (R11)(AX*1), X0, X0
	DECQ CX
	JNZ  tap
	VMOVDQU X0, (R12)
	NEXTBLOCK(16, 16)
	JNZ  block
	NEXTPOSITION
	JNZ  position
	VZEROUPPER
	RET

// func leastFloatsAVX2(a *columnsArgs)
TEXT ·leastFloatsAVX2(SB), NOSPLIT, $0-8
	START
position:
	BLOCKS
block:
	TAPS
	MOVLQSX (DX), AX
	VMOVUPS (R11)(AX*1), Y0
tap:
	TAP
	EXTREME(VMINPS)
	DECQ CX
	JNZ  tap
	VMOVDQU Y0, (R12)
	NEXTBLOCK(32, 32)
	JNZ  block
	NEXTPOSITION
	JNZ  position
	VZEROUPPER
	RET
