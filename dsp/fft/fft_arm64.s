//go:build !noasm && !purego

#include "textflag.h"

// Go's assembler lacks these instructions. D, N and M are register numbers; the
// comment is what `build/oracle/dsp/encodings` assembles and compares.

// add v\D.4s, v\N.4s, v\M.4s
#define ADD4S(M, N, D) WORD $(0x4EA08400 | (M)<<16 | (N)<<5 | (D))
// sub v\D.4s, v\N.4s, v\M.4s
#define SUB4S(M, N, D) WORD $(0x6EA08400 | (M)<<16 | (N)<<5 | (D))
// add v\D.2d, v\N.2d, v\M.2d
#define ADD2D(M, N, D) WORD $(0x4EE08400 | (M)<<16 | (N)<<5 | (D))
// sub v\D.2d, v\N.2d, v\M.2d
#define SUB2D(M, N, D) WORD $(0x6EE08400 | (M)<<16 | (N)<<5 | (D))
// smull v\D.2d, v\N.2s, v\M.2s
#define SMULL(M, N, D) WORD $(0x0EA0C000 | (M)<<16 | (N)<<5 | (D))
// smull2 v\D.2d, v\N.4s, v\M.4s
#define SMULL2(M, N, D) WORD $(0x4EA0C000 | (M)<<16 | (N)<<5 | (D))
// smlal v\D.2d, v\N.2s, v\M.2s
#define SMLAL(M, N, D) WORD $(0x0EA08000 | (M)<<16 | (N)<<5 | (D))
// smlal2 v\D.2d, v\N.4s, v\M.4s
#define SMLAL2(M, N, D) WORD $(0x4EA08000 | (M)<<16 | (N)<<5 | (D))
// smlsl v\D.2d, v\N.2s, v\M.2s
#define SMLSL(M, N, D) WORD $(0x0EA0A000 | (M)<<16 | (N)<<5 | (D))
// smlsl2 v\D.2d, v\N.4s, v\M.4s
#define SMLSL2(M, N, D) WORD $(0x4EA0A000 | (M)<<16 | (N)<<5 | (D))
// rshrn v\D.2s, v\N.2d, #30
#define RSHRN30(N, D) WORD $(0x0F228C00 | (N)<<5 | (D))
// rshrn2 v\D.4s, v\N.2d, #30
#define RSHRN30T(N, D) WORD $(0x4F228C00 | (N)<<5 | (D))
// rshrn v\D.2s, v\N.2d, #31
#define RSHRN31(N, D) WORD $(0x0F218C00 | (N)<<5 | (D))
// rshrn2 v\D.4s, v\N.2d, #31
#define RSHRN31T(N, D) WORD $(0x4F218C00 | (N)<<5 | (D))
// sshll v\D.2d, v\N.2s, #30
#define SSHLL30(N, D) WORD $(0x0F3EA400 | (N)<<5 | (D))
// sshll2 v\D.2d, v\N.4s, #30
#define SSHLL30T(N, D) WORD $(0x4F3EA400 | (N)<<5 | (D))
// zip1 v\D.4s, v\N.4s, v\M.4s
#define ZIP1(M, N, D) WORD $(0x4E803800 | (M)<<16 | (N)<<5 | (D))
// zip2 v\D.4s, v\N.4s, v\M.4s
#define ZIP2(M, N, D) WORD $(0x4E807800 | (M)<<16 | (N)<<5 | (D))
// trn1 v\D.2d, v\N.2d, v\M.2d
#define TRN1(M, N, D) WORD $(0x4EC02800 | (M)<<16 | (N)<<5 | (D))
// trn2 v\D.2d, v\N.2d, v\M.2d
#define TRN2(M, N, D) WORD $(0x4EC06800 | (M)<<16 | (N)<<5 | (D))
// rev64 v\D.4s, v\N.4s
#define REV64(N, D) WORD $(0x4EA00800 | (N)<<5 | (D))
// ext v\D.16b, v\N.16b, v\M.16b, #8
#define EXT8(M, N, D) WORD $(0x6E004000 | (M)<<16 | (N)<<5 | (D))

// Four complex values are two registers, real and imaginary parts: VLD2 takes
// them apart.

// DFT4 computes 4-point transforms of a, b, c, d: y0 in a, y1 in b, y2 in T0 and
// CR, y3 in DR and T1. CI and DI are free then.
#define DFT4(AR, AI, BR, BI, CR, CI, DR, DI, T0, T1) \
	SUB4S(CR, AR, T0) \
	ADD4S(CR, AR, AR) \
	SUB4S(CI, AI, T1) \
	ADD4S(CI, AI, AI) \
	ADD4S(DR, BR, CR) \
	SUB4S(DR, BR, DR) \
	ADD4S(DI, BI, CI) \
	SUB4S(DI, BI, DI) \
	SUB4S(DR, T1, BI) \
	ADD4S(DR, T1, T1) \
	SUB4S(DI, T0, DR) \
	ADD4S(DI, T0, BR) \
	SUB4S(CR, AR, T0) \
	ADD4S(CR, AR, AR) \
	SUB4S(CI, AI, CR) \
	ADD4S(CI, AI, AI)

// TRANSPOSE turns two outputs of four leaves into 16 bytes of each leaf.
#define TRANSPOSE(R0, I0, R1, I1, D0, D1, D2, D3) \
	ZIP1(I0, R0, D2) \
	ZIP1(I1, R1, D3) \
	ZIP2(I0, R0, I0) \
	ZIP2(I1, R1, I1) \
	TRN1(D3, D2, D0) \
	TRN2(D3, D2, D1) \
	TRN1(I1, I0, D2) \
	TRN2(I1, I0, D3)

// ROTATE multiplies values R, I by factors WR, WI in place, rounded.
#define ROTATE(R, I, WR, WI, T0, T1, T2, T3) \
	SMULL(WR, R, T0)   \
	SMULL2(WR, R, T1)  \
	SMULL(WI, R, T2)   \
	SMULL2(WI, R, T3)  \
	SMLSL(WI, I, T0)   \
	SMLSL2(WI, I, T1)  \
	SMLAL(WR, I, T2)   \
	SMLAL2(WR, I, T3)  \
	RSHRN30(T0, R)     \
	RSHRN30T(T1, R)    \
	RSHRN30(T2, I)     \
	RSHRN30T(T3, I)

// func leaves4Vector(z *pair, src *int32, order *uint16, groups int)
//
// R0 output, R1 input, R2 order, R3 groups left, R8 bytes from one input row, and
// from one output leaf, to the next.
TEXT ·leaves4Vector(SB), NOSPLIT, $0-32
	MOVD z+0(FP), R0
	MOVD src+8(FP), R1
	MOVD order+16(FP), R2
	MOVD groups+24(FP), R3
	LSL  $5, R3, R8

group4:
	MOVHU.P 2(R2), R4
	ADD     R4<<3, R1, R4
	MOVD    R0, R5
	VLD2.P  (R4)(R8), [V0.S4, V1.S4]
	VLD2.P  (R4)(R8), [V2.S4, V3.S4]
	VLD2.P  (R4)(R8), [V4.S4, V5.S4]
	VLD2    (R4), [V6.S4, V7.S4]
	DFT4(0, 1, 2, 3, 4, 5, 6, 7, 16, 17)
	TRANSPOSE(0, 1, 2, 3, 18, 20, 22, 24)
	TRANSPOSE(16, 4, 6, 17, 19, 21, 23, 25)
	VST1.P  [V18.S4, V19.S4], (R5)(R8)
	VST1.P  [V20.S4, V21.S4], (R5)(R8)
	VST1.P  [V22.S4, V23.S4], (R5)(R8)
	VST1    [V24.S4, V25.S4], (R5)
	ADD     $32, R0
	SUBS    $1, R3
	BNE     group4
	RET

// func leaves8Vector(z *pair, src *int32, order *uint16, groups int)
//
// As leaves4Vector; R9 bytes from one output leaf to the next, R6 and R7 sqrt(1/2)
// and -sqrt(1/2) in Q30.
TEXT ·leaves8Vector(SB), NOSPLIT, $0-32
	MOVD z+0(FP), R0
	MOVD src+8(FP), R1
	MOVD order+16(FP), R2
	MOVD groups+24(FP), R3
	LSL  $5, R3, R8
	LSL  $6, R3, R9
	MOVD $759250125, R6
	NEG  R6, R7

group8:
	MOVHU.P 2(R2), R4
	ADD     R4<<3, R1, R4
	MOVD    R0, R5
	VLD2.P  (R4)(R8), [V0.S4, V1.S4]
	VLD2.P  (R4)(R8), [V8.S4, V9.S4]
	VLD2.P  (R4)(R8), [V2.S4, V3.S4]
	VLD2.P  (R4)(R8), [V10.S4, V11.S4]
	VLD2.P  (R4)(R8), [V4.S4, V5.S4]
	VLD2.P  (R4)(R8), [V12.S4, V13.S4]
	VLD2.P  (R4)(R8), [V6.S4, V7.S4]
	VLD2    (R4), [V14.S4, V15.S4]
	VDUP    R6, V20.S4
	VDUP    R7, V21.S4

	// e0 in 0, 1; e1 in 2, 3; e2 in 16, 4; e3 in 6, 17.
	DFT4(0, 1, 2, 3, 4, 5, 6, 7, 16, 17)
	// o0 in 8, 9; o1 in 10, 11; o2 in 18, 12; o3 in 14, 19.
	DFT4(8, 9, 10, 11, 12, 13, 14, 15, 18, 19)

	// o1 = (re+im, im-re)*sqrt(1/2).
	SMULL(20, 10, 22)
	SMULL2(20, 10, 23)
	SMULL(20, 11, 24)
	SMULL2(20, 11, 25)
	SMLAL(20, 11, 22)
	SMLAL2(20, 11, 23)
	SMLSL(20, 10, 24)
	SMLSL2(20, 10, 25)
	RSHRN30(22, 10)
	RSHRN30T(23, 10)
	RSHRN30(24, 11)
	RSHRN30T(25, 11)

	// o3 = (im-re, -re-im)*sqrt(1/2).
	SMULL(20, 19, 22)
	SMULL2(20, 19, 23)
	SMULL(21, 14, 24)
	SMULL2(21, 14, 25)
	SMLSL(20, 14, 22)
	SMLSL2(20, 14, 23)
	SMLAL(21, 19, 24)
	SMLAL2(21, 19, 25)
	RSHRN30(22, 14)
	RSHRN30T(23, 14)
	RSHRN30(24, 19)
	RSHRN30T(25, 19)

	// y0 in 0, 1; y4 in 5, 7.
	SUB4S(8, 0, 5)
	ADD4S(8, 0, 0)
	SUB4S(9, 1, 7)
	ADD4S(9, 1, 1)
	// y1 in 2, 3; y5 in 8, 9.
	SUB4S(10, 2, 8)
	ADD4S(10, 2, 2)
	SUB4S(11, 3, 9)
	ADD4S(11, 3, 3)
	// y2 = e2 - i*o2 in 10, 13; y6 in 11, 15.
	ADD4S(12, 16, 10)
	SUB4S(12, 16, 11)
	SUB4S(18, 4, 13)
	ADD4S(18, 4, 15)
	// y3 in 6, 14; y7 in 12, 4.
	SUB4S(14, 6, 12)
	ADD4S(14, 6, 6)
	SUB4S(19, 17, 4)
	ADD4S(19, 17, 14)

	TRANSPOSE(0, 1, 2, 3, 16, 20, 24, 28)
	TRANSPOSE(10, 13, 6, 14, 17, 21, 25, 29)
	TRANSPOSE(5, 7, 8, 9, 18, 22, 26, 30)
	TRANSPOSE(11, 15, 12, 4, 19, 23, 27, 31)
	VST1.P [V16.S4, V17.S4, V18.S4, V19.S4], (R5)(R9)
	VST1.P [V20.S4, V21.S4, V22.S4, V23.S4], (R5)(R9)
	VST1.P [V24.S4, V25.S4, V26.S4, V27.S4], (R5)(R9)
	VST1   [V28.S4, V29.S4, V30.S4, V31.S4], (R5)
	ADD    $64, R0
	SUBS   $1, R3
	BNE    group8
	RET

// func stage4Vector(z, tw *pair, points, blocks int)
//
// R0, R5, R6, R7 the four transforms, R1, R9, R10 the rows of factors, R8 bytes of
// one, R2 vectors left in the block, R4 blocks left.
TEXT ·stage4Vector(SB), NOSPLIT, $0-32
	MOVD z+0(FP), R0
	MOVD tw+8(FP), R11
	MOVD points+16(FP), R3
	MOVD blocks+24(FP), R4
	LSL  $3, R3, R8

block:
	LSR $2, R3, R2
	MOVD R11, R1
	ADD  R8, R11, R9
	ADD  R8, R9, R10
	ADD  R8, R0, R5
	ADD  R8, R5, R6
	ADD  R8, R6, R7

butterflies:
	VLD2   (R0), [V0.S4, V1.S4]
	VLD2   (R5), [V2.S4, V3.S4]
	VLD2   (R6), [V4.S4, V5.S4]
	VLD2   (R7), [V6.S4, V7.S4]
	VLD2.P 32(R1), [V18.S4, V19.S4]
	VLD2.P 32(R9), [V20.S4, V21.S4]
	VLD2.P 32(R10), [V22.S4, V23.S4]
	ROTATE(2, 3, 18, 19, 24, 25, 26, 27)
	ROTATE(4, 5, 20, 21, 28, 29, 30, 31)
	ROTATE(6, 7, 22, 23, 24, 25, 26, 27)
	// The registers of a row must follow each other: y2 in 16, 17 and y3 in 6, 7.
	SUB4S(4, 0, 16)
	ADD4S(4, 0, 0)
	SUB4S(5, 1, 17)
	ADD4S(5, 1, 1)
	ADD4S(6, 2, 4)
	SUB4S(6, 2, 24)
	ADD4S(7, 3, 5)
	SUB4S(7, 3, 25)
	ADD4S(25, 16, 2)
	SUB4S(24, 17, 3)
	SUB4S(25, 16, 6)
	ADD4S(24, 17, 7)
	SUB4S(4, 0, 16)
	ADD4S(4, 0, 0)
	SUB4S(5, 1, 17)
	ADD4S(5, 1, 1)
	VST2.P [V0.S4, V1.S4], 32(R0)
	VST2.P [V2.S4, V3.S4], 32(R5)
	VST2.P [V16.S4, V17.S4], 32(R6)
	VST2.P [V6.S4, V7.S4], 32(R7)
	SUBS   $1, R2
	BNE    butterflies
	MOVD   R7, R0
	SUBS   $1, R4
	BNE    block
	RET

// func splitVector(dst *uint64, z, w *pair, m, pairs int)
//
// R1 bins k to k+3, R6 bins m-k-3 to m-k, R2 factors, R0 and R7 their powers; R3
// vectors left, R5 1 before the last, which ends at k = pairs; R13 is -32.
TEXT ·splitVector(SB), NOSPLIT, $0-40
	MOVD dst+0(FP), R0
	MOVD z+8(FP), R1
	MOVD w+16(FP), R2
	MOVD m+24(FP), R6
	MOVD pairs+32(FP), R4
	LSR  $2, R4, R3
	MOVD $1, R5
	MOVD $-32, R13

	// Where the last four pairs lie: k = pairs-3, m-k-3 = m-pairs.
	SUB  $3, R4, R14
	SUB  R4, R6, R15
	ADD  R14<<3, R0, R8
	ADD  R14<<3, R1, R9
	ADD  R14<<3, R2, R10
	ADD  R15<<3, R1, R11
	ADD  R15<<3, R0, R12
	SUB  $4, R6, R6
	ADD  R6<<3, R0, R7
	ADD  R6<<3, R1, R6
	ADD  $8, R0
	ADD  $8, R1
	ADD  $8, R2

pairs4:
	VLD2.P 32(R1), [V0.S4, V1.S4]
	VLD2.P (R6)(R13), [V2.S4, V3.S4]
	VLD2.P 32(R2), [V4.S4, V5.S4]
	REV64(2, 2)
	REV64(3, 3)
	EXT8(2, 2, 2)
	EXT8(3, 3, 3)
	ADD4S(2, 0, 6)      // re of a
	SUB4S(3, 1, 7)      // im of a
	SUB4S(2, 0, 0)      // re of b
	ADD4S(3, 1, 1)      // im of b
	SMULL(5, 0, 16)
	SMULL2(5, 0, 17)
	SMULL(5, 1, 18)
	SMULL2(5, 1, 19)
	SMLAL(4, 1, 16)     // re of t
	SMLAL2(4, 1, 17)
	SMLSL(4, 0, 18)     // im of t
	SMLSL2(4, 0, 19)
	SSHLL30(6, 20)
	SSHLL30T(6, 21)
	SSHLL30(7, 22)
	SSHLL30T(7, 23)
	ADD2D(16, 20, 24)
	ADD2D(17, 21, 25)
	ADD2D(18, 22, 26)
	ADD2D(19, 23, 27)
	SUB2D(16, 20, 20)
	SUB2D(17, 21, 21)
	SUB2D(18, 22, 22)
	SUB2D(19, 23, 23)
	RSHRN31(24, 0)
	RSHRN31T(25, 0)
	RSHRN31(26, 1)
	RSHRN31T(27, 1)
	RSHRN31(20, 2)
	RSHRN31T(21, 2)
	RSHRN31(22, 3)
	RSHRN31T(23, 3)
	SMULL(0, 0, 16)
	SMULL2(0, 0, 17)
	SMULL(2, 2, 19)
	SMULL2(2, 2, 18)
	SMLAL(1, 1, 16)
	SMLAL2(1, 1, 17)
	SMLAL(3, 3, 19)
	SMLAL2(3, 3, 18)
	EXT8(18, 18, 18)
	EXT8(19, 19, 19)
	VST1.P [V16.D2, V17.D2], 32(R0)
	VST1.P [V18.D2, V19.D2], (R7)(R13)
	SUBS   $1, R3
	BNE    pairs4

	CBZ  R5, done
	MOVD $0, R5
	MOVD $1, R3
	MOVD R8, R0
	MOVD R9, R1
	MOVD R10, R2
	MOVD R11, R6
	MOVD R12, R7
	B    pairs4

done:
	RET
