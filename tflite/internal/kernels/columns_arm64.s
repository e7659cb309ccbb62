//go:build !noasm && !purego

#include "textflag.h"
#include "encode_arm64.h"

// Elements that lie apart, joined channel by channel.
//
// Registers:
//	R0  args         R1  position          R3  its output       R4  positions left
//	R5  step in in   R8  and in out        R6 R7 all taps
//	R9  block of it  R10 block of output   R11 blocks left
//	R12 next tap     R13 taps left         R14 its offset       R15 R16 scratch
//	V0 and V1 what was joined

#define START \
	MOVD a+0(FP), R0 \
	MOVD 0(R0), R1   \
	MOVD 8(R0), R3   \
	MOVD 16(R0), R4  \
	MOVD 24(R0), R5  \
	MOVD 32(R0), R8  \
	MOVD 40(R0), R6  \
	MOVD 48(R0), R7

// The blocks of a position, and the taps of a block.
#define BLOCKS \
	MOVD R1, R9  \
	MOVD R3, R10 \
	MOVD 56(R0), R11

#define TAPS \
	MOVD R6, R12 \
	MOVD R7, R13

// By so many bytes in in.
#define NEXTBLOCK(in) \
	ADD  $in, R9 \
	SUBS $1, R11

#define NEXTPOSITION \
	ADD  R5, R1 \
	ADD  R8, R3 \
	SUBS $1, R4

// The address of the next tap's elements.
#define TAP \
	MOVW.P 4(R12), R14 \
	ADD  R14, R9, R15

// func maxBytesNEON(a *columnsArgs)
TEXT ·maxBytesNEON(SB), NOSPLIT, $0-8
	START
position:
	BLOCKS
block:
	TAPS
	MOVW (R12), R14
	ADD  R14, R9, R15
	VLD1 (R15), [V0.B16]
tap:
	MOVW.P 4(R12), R14
	LDRQX(1, 9, 14)
	SMAXB(0, 0, 1)
	SUBS $1, R13
	BNE  tap
	VST1.P [V0.B16], 16(R10)
	NEXTBLOCK(16)
	BNE  block
	NEXTPOSITION
	BNE  position
	RET

// func sumBytesNEON(a *columnsArgs)
TEXT ·sumBytesNEON(SB), NOSPLIT, $0-8
	START
position:
	BLOCKS
block:
	TAPS
	VEOR V0.B16, V0.B16, V0.B16
	VEOR V1.B16, V1.B16, V1.B16
// Of up to 255 codes the sum fits an int16.
some:
	MOVD $255, R16
	CMP  R16, R13
	CSEL LT, R13, R16, R16
	SUB  R16, R13
	VEOR V3.B16, V3.B16, V3.B16
tap:
	TAP
	VLD1 (R15), [V2.B8]
	SADDWB(3, 3, 2)
	SUBS $1, R16
	BNE  tap
	SADDW(0, 0, 3)
	SADDW2(1, 1, 3)
	CBNZ R13, some
	VST1.P [V0.S4, V1.S4], 32(R10)
	NEXTBLOCK(8)
	BNE  block
	NEXTPOSITION
	BNE  position
	RET

// func maxFloatsNEON(a *columnsArgs)
TEXT ·maxFloatsNEON(SB), NOSPLIT, $0-8
	START
position:
	BLOCKS
block:
	TAPS
	MOVW (R12), R14
	ADD  R14, R9, R15
	VLD1 (R15), [V0.S4, V1.S4]
tap:
	TAP
	VLD1 (R15), [V2.S4, V3.S4]
	FMAX(0, 0, 2)
	FMAX(1, 1, 3)
	SUBS $1, R13
	BNE  tap
	VST1.P [V0.S4, V1.S4], 32(R10)
	NEXTBLOCK(32)
	BNE  block
	NEXTPOSITION
	BNE  position
	RET

// func sumFloatsNEON(a *columnsArgs)
TEXT ·sumFloatsNEON(SB), NOSPLIT, $0-8
	START
position:
	BLOCKS
block:
	TAPS
	VEOR V0.B16, V0.B16, V0.B16
	VEOR V1.B16, V1.B16, V1.B16
tap:
	TAP
	VLD1 (R15), [V2.S4, V3.S4]
	FADD(0, 0, 2)
	FADD(1, 1, 3)
	SUBS $1, R13
	BNE  tap
	VST1.P [V0.S4, V1.S4], 32(R10)
	NEXTBLOCK(32)
	BNE  block
	NEXTPOSITION
	BNE  position
	RET
