//go:build !noasm && !purego

#include "textflag.h"
#include "encode_arm64.h"

// Registers:
//	R0  args           R9  weights          R7  next segment's offset
//	R8  segments left  R6  groups left      R5  offset of the group from a row
//	R1-R4 rows         V16-V31 sums         V0-V3 inputs   V4-V7 weights
//	V12 zero point     V13 V14 limits
// and in the routines for tiles, which keep between tiles what does not change:
//	R12 image          R19 next row         R20 next output's offset   R21 out
//	R22 positions left R23 panel            R24 bias                   R13 groups in a segment

#define START \
	MOVD 8(R0), R10    \
	MOVD 104(R0), R11  \
	ADD  R11, R10      \
	MOVD (R0), R12     \
	MOVD 64(R0), R9    \
	MOVD 40(R0), R7    \
	MOVD 48(R0), R8

#define TILES \
	LDP  (R0), (R12, R19)    \
	LDP  16(R0), (R20, R21)  \
	MOVD 32(R0), R22         \
	LDP  64(R0), (R23, R24)  \
	MOVD 56(R0), R13         \
	CODELIMITS

#define CODELIMITS \
	MOVW 96(R0), R10    \
	VDUP R10, V12.H8    \
	MOVW 112(R0), R10   \
	VDUP R10, V13.B16   \
	MOVW 116(R0), R10   \
	VDUP R10, V14.B16

#define ROWS4 \
	LDPSW.P 8(R19), (R1, R2) \
	LDPSW.P 8(R19), (R3, R4) \
	ADD  R12, R1             \
	ADD  R12, R2             \
	ADD  R12, R3             \
	ADD  R12, R4             \
	MOVD R23, R9             \
	LDP  40(R0), (R7, R8)

// The offsets of four positions' outputs.
#define OUTS4 \
	LDPSW.P 8(R20), (R1, R2) \
	LDPSW.P 8(R20), (R3, R4)

// Four sums to integers at the output's scale.
#define SCALE(a, scale) \
	SCVTF(a, a)       \
	FMUL(a, a, scale) \
	FCVTNS(a, a)

// 16 sums in a-d to codes in a: narrowed with saturation, and the zero point added
// on the way.
#define CODES16(a, b, c, d, s0, s1, s2, s3) \
	SCALE(a, s0)   \
	SCALE(b, s1)   \
	SCALE(c, s2)   \
	SCALE(d, s3)   \
	SQXTNH(a, a)   \
	SQXTN2H(a, b)  \
	SQXTNH(c, c)   \
	SQXTN2H(c, d)  \
	SQADDH(a, a, 12) \
	SQADDH(c, c, 12) \
	SQXTNB(a, a)   \
	SQXTN2B(a, c)

#define LIMIT(a) \
	SMAXB(a, a, 13) \
	SMINB(a, a, 14)

#define CODES4(a, scale) \
	SCALE(a, scale) \
	SQXTNH(a, a)     \
	SQADDH(a, a, 12) \
	SQXTNB(a, a)     \
	LIMIT(a)

#define DOT16(x, lane, a, b, c, d) \
	SDOTL(a, 4, x, lane) \
	SDOTL(b, 5, x, lane) \
	SDOTL(c, 6, x, lane) \
	SDOTL(d, 7, x, lane)

#define DOT4x16(lane) \
	VLD1.P 64(R9), [V4.B16, V5.B16, V6.B16, V7.B16] \
	DOT16(0, lane, 16, 17, 18, 19) \
	DOT16(1, lane, 20, 21, 22, 23) \
	DOT16(2, lane, 24, 25, 26, 27) \
	DOT16(3, lane, 28, 29, 30, 31)

// func tile4x16dot(a *args)
// Sums: row r, outputs 4j to 4j+3 in V(16+4r+j). Each SDOT adds four products to
// each of four sums; they wrap modulo 2^32 as everywhere.
TEXT ·tile4x16dot(SB), NOSPLIT, $0-8
	MOVD a+0(FP), R0
	TILES
	AND  $3, R13, R14
	MOVD 80(R0), R10
	VLD1 (R10), [V8.S4, V9.S4, V10.S4, V11.S4]
	// Not 0 where the limits are narrower than what saturation leaves.
	LDPSW 112(R0), (R10, R11)
	SUB  R10, R11, R25
	SUB  $255, R25
tile:
	VLD1 (R24), [V16.S4, V17.S4, V18.S4, V19.S4]
	VLD1 (R24), [V20.S4, V21.S4, V22.S4, V23.S4]
	VLD1 (R24), [V24.S4, V25.S4, V26.S4, V27.S4]
	VLD1 (R24), [V28.S4, V29.S4, V30.S4, V31.S4]
	ROWS4
segment:
	MOVW.P 4(R7), R5
	SUBS $4, R13, R6
	BLT  rest
four:
	LDRQX(0, 1, 5)
	LDRQX(1, 2, 5)
	LDRQX(2, 3, 5)
	LDRQX(3, 4, 5)
	ADD  $16, R5
	DOT4x16(0)
	DOT4x16(1)
	DOT4x16(2)
	DOT4x16(3)
	SUBS $4, R6
	BGE  four
rest:
	CBZ  R14, done
	MOVD R14, R6
one:
	LDRSX(0, 1, 5)
	LDRSX(1, 2, 5)
	LDRSX(2, 3, 5)
	LDRSX(3, 4, 5)
	ADD  $4, R5
	DOT4x16(0)
	SUBS $1, R6
	BNE  one
done:
	SUBS $1, R8
	BNE  segment

	CODES16(16, 17, 18, 19, 8, 9, 10, 11)
	CODES16(20, 21, 22, 23, 8, 9, 10, 11)
	CODES16(24, 25, 26, 27, 8, 9, 10, 11)
	CODES16(28, 29, 30, 31, 8, 9, 10, 11)
	CBZ  R25, store
	LIMIT(16)
	LIMIT(20)
	LIMIT(24)
	LIMIT(28)
store:
	OUTS4
	ADD  R21, R1
	ADD  R21, R2
	ADD  R21, R3
	ADD  R21, R4
	VST1 [V16.B16], (R1)
	VST1 [V20.B16], (R2)
	VST1 [V24.B16], (R3)
	VST1 [V28.B16], (R4)
	SUBS $4, R22
	BNE  tile
	RET

#define DOT1x16(lane) \
	VLD1.P 64(R9), [V4.B16, V5.B16, V6.B16, V7.B16] \
	DOT16(0, lane, 16, 17, 18, 19)

// The row routines walk all whole panels by themselves:
//	R13 bias   R14 scale   R11 next output   R15 panels left
#define STARTROW \
	START              \
	MOVW (R10), R1     \
	ADD  R12, R1       \
	MOVD 72(R0), R13   \
	MOVD 80(R0), R14   \
	MOVD 120(R0), R15  \
	MOVD 16(R0), R10   \
	MOVW (R10), R11    \
	MOVD 24(R0), R10   \
	ADD  R10, R11      \
	CODELIMITS

#define PANELROW \
	MOVD 40(R0), R7 \
	MOVD 48(R0), R8

// func row1x16dot(a *args)
TEXT ·row1x16dot(SB), NOSPLIT, $0-8
	MOVD a+0(FP), R0
	STARTROW
panel:
	VLD1.P 64(R13), [V16.S4, V17.S4, V18.S4, V19.S4]
	PANELROW
segment:
	MOVW.P 4(R7), R5
	MOVD 56(R0), R6
	SUBS $4, R6
	BLT  rest
four:
	LDRQX(0, 1, 5)
	ADD  $16, R5
	DOT1x16(0)
	DOT1x16(1)
	DOT1x16(2)
	DOT1x16(3)
	SUBS $4, R6
	BGE  four
rest:
	ADDS $4, R6
	BEQ  done
one:
	LDRSX(0, 1, 5)
	ADD  $4, R5
	DOT1x16(0)
	SUBS $1, R6
	BNE  one
done:
	SUBS $1, R8
	BNE  segment

	VLD1.P 64(R14), [V0.S4, V1.S4, V2.S4, V3.S4]
	CODES16(16, 17, 18, 19, 0, 1, 2, 3)
	LIMIT(16)
	VST1.P [V16.B16], 16(R11)
	SUBS $1, R15
	BNE  panel
	RET

// 16 products added pairwise to four sums. Two products are added in int16 first:
// 2*128*127 fits, and matrices with a weight of -128 are not given to this
// family.
#define MAC(a, x, w, t) \
	SMULL(t, x, w)  \
	SMLAL2(t, x, w) \
	SADALP(a, t)

#define MAC4(x, a, b, c, d) \
	MAC(a, x, 4, 8)  \
	MAC(b, x, 5, 9)  \
	MAC(c, x, 6, 10) \
	MAC(d, x, 7, 11)

// Four times four partial sums to four sums in a.
#define JOIN4(a, b, c, d) \
	ADDP(a, a, b) \
	ADDP(c, c, d) \
	ADDP(a, a, c)

#define ZERO4(a, b, c, d) \
	VEOR a.B16, a.B16, a.B16 \
	VEOR b.B16, b.B16, b.B16 \
	VEOR c.B16, c.B16, c.B16 \
	VEOR d.B16, d.B16, d.B16

// func tile4x4neon(a *args)
// Sums: row r, output c in V(16+4r+c), four partial ones each.
TEXT ·tile4x4neon(SB), NOSPLIT, $0-8
	MOVD a+0(FP), R0
	TILES
	MOVD 80(R0), R10
	VLD1 (R10), [V15.S4]
tile:
	ZERO4(V16, V17, V18, V19)
	ZERO4(V20, V21, V22, V23)
	ZERO4(V24, V25, V26, V27)
	ZERO4(V28, V29, V30, V31)
	ROWS4
segment:
	MOVW.P 4(R7), R5
	MOVD R13, R6
group:
	LDRQX(0, 1, 5)
	LDRQX(1, 2, 5)
	LDRQX(2, 3, 5)
	LDRQX(3, 4, 5)
	ADD  $16, R5
	VLD1.P 64(R9), [V4.B16, V5.B16, V6.B16, V7.B16]
	MAC4(0, 16, 17, 18, 19)
	MAC4(1, 20, 21, 22, 23)
	MAC4(2, 24, 25, 26, 27)
	MAC4(3, 28, 29, 30, 31)
	SUBS $1, R6
	BNE  group
	SUBS $1, R8
	BNE  segment

	JOIN4(16, 17, 18, 19)
	JOIN4(20, 21, 22, 23)
	JOIN4(24, 25, 26, 27)
	JOIN4(28, 29, 30, 31)
	VLD1 (R24), [V1.S4]
	VADD V1.S4, V16.S4, V16.S4
	VADD V1.S4, V20.S4, V20.S4
	VADD V1.S4, V24.S4, V24.S4
	VADD V1.S4, V28.S4, V28.S4
	// The four rows' codes are 16 together; then each row's four are stored.
	CODES16(16, 20, 24, 28, 15, 15, 15, 15)
	LIMIT(16)
	OUTS4
	FMOVS F16, (R21)(R1)
	VMOV V16.S[1], R5
	VMOV V16.S[2], R6
	VMOV V16.S[3], R7
	MOVW R5, (R21)(R2)
	MOVW R6, (R21)(R3)
	MOVW R7, (R21)(R4)
	SUBS $4, R22
	BNE  tile
	RET

// func row1x4neon(a *args)
TEXT ·row1x4neon(SB), NOSPLIT, $0-8
	MOVD a+0(FP), R0
	STARTROW
panel:
	ZERO4(V16, V17, V18, V19)
	PANELROW
segment:
	MOVW.P 4(R7), R5
	MOVD 56(R0), R6
group:
	LDRQX(0, 1, 5)
	ADD  $16, R5
	VLD1.P 64(R9), [V4.B16, V5.B16, V6.B16, V7.B16]
	MAC4(0, 16, 17, 18, 19)
	SUBS $1, R6
	BNE  group
	SUBS $1, R8
	BNE  segment

	JOIN4(16, 17, 18, 19)
	VLD1.P 16(R13), [V1.S4]
	VLD1.P 16(R14), [V0.S4]
	VADD V1.S4, V16.S4, V16.S4
	CODES4(16, 0)
	FMOVS.P F16, 4(R11)
	SUBS $1, R15
	BNE  panel
	RET

// The codes of four positions' sums in V16, one output channel: bias in V10, scale in V15.
#define FINISH1 \
	VADD V10.S4, V16.S4, V16.S4 \
	CODES4(16, 15)              \
	OUTS4                       \
	VMOV V16.S[0], R5           \
	MOVB R5, (R21)(R1)          \
	LSR  $8, R5, R5             \
	MOVB R5, (R21)(R2)          \
	LSR  $8, R5, R5             \
	MOVB R5, (R21)(R3)          \
	LSR  $8, R5, R5             \
	MOVB R5, (R21)(R4)

#define SINGLES \
	TILES                \
	VLD1R (R24), [V10.S4] \
	MOVD  80(R0), R10    \
	VLD1R (R10), [V15.S4]

#define INPUTS4 \
	LDRQX(0, 1, 5) \
	LDRQX(1, 2, 5) \
	LDRQX(2, 3, 5) \
	LDRQX(3, 4, 5) \
	ADD  $16, R5   \
	VLD1.P 16(R9), [V4.B16]

// func single4x16dot(a *args)
TEXT ·single4x16dot(SB), NOSPLIT, $0-8
	MOVD a+0(FP), R0
	SINGLES
tile:
	ZERO4(V16, V17, V18, V19)
	ROWS4
segment:
	MOVW.P 4(R7), R5
	MOVD R13, R6
group:
	INPUTS4
	SDOT(16, 0, 4)
	SDOT(17, 1, 4)
	SDOT(18, 2, 4)
	SDOT(19, 3, 4)
	SUBS $1, R6
	BNE  group
	SUBS $1, R8
	BNE  segment
	JOIN4(16, 17, 18, 19)
	FINISH1
	SUBS $4, R22
	BNE  tile
	RET

// func single4x16neon(a *args)
TEXT ·single4x16neon(SB), NOSPLIT, $0-8
	MOVD a+0(FP), R0
	SINGLES
tile:
	ZERO4(V16, V17, V18, V19)
	ROWS4
segment:
	MOVW.P 4(R7), R5
	MOVD R13, R6
group:
	INPUTS4
	MAC(16, 0, 4, 8)
	MAC(17, 1, 4, 9)
	MAC(18, 2, 4, 8)
	MAC(19, 3, 4, 9)
	SUBS $1, R6
	BNE  group
	SUBS $1, R8
	BNE  segment
	JOIN4(16, 17, 18, 19)
	FINISH1
	SUBS $4, R22
	BNE  tile
	RET

// func depthwise16neon(a *depthwiseArgs)
// One block of 16 channels for all positions. Two kernel positions' products are
// added in int16, as in MAC. Registers beyond those above: R13 next row, R14
// next output, R15 positions left; V20-V23 bias, V24-V27 scale.
TEXT ·depthwise16neon(SB), NOSPLIT, $0-8
	MOVD a+0(FP), R0
	MOVD 72(R0), R10
	VLD1 (R10), [V20.S4, V21.S4, V22.S4, V23.S4]
	MOVD 80(R0), R10
	VLD1 (R10), [V24.S4, V25.S4, V26.S4, V27.S4]
	CODELIMITS
	MOVD 8(R0), R13
	MOVD 16(R0), R14
	MOVD 24(R0), R11
	MOVD 32(R0), R15
	MOVD (R0), R12
position:
	VMOV V20.B16, V16.B16
	VMOV V21.B16, V17.B16
	VMOV V22.B16, V18.B16
	VMOV V23.B16, V19.B16
	MOVW.P 4(R13), R1
	ADD  R12, R1
	MOVD 64(R0), R9
	MOVD 40(R0), R7
	MOVD 48(R0), R8
pair:
	LDPSW.P 8(R7), (R2, R3)
	LDRQX(0, 1, 2)
	LDRQX(1, 1, 3)
	VLD1.P 32(R9), [V2.B16, V3.B16]
	SMULL(8, 0, 2)
	SMULL2(9, 0, 2)
	SMLAL(8, 1, 3)
	SMLAL2(9, 1, 3)
	SADDW(16, 16, 8)
	SADDW2(17, 17, 8)
	SADDW(18, 18, 9)
	SADDW2(19, 19, 9)
	SUBS $1, R8
	BNE  pair
	CODES16(16, 17, 18, 19, 24, 25, 26, 27)
	LIMIT(16)
	MOVW.P 4(R14), R2
	ADD  R11, R2
	VST1 [V16.B16], (R2)
	SUBS $1, R15
	BNE  position
	RET
