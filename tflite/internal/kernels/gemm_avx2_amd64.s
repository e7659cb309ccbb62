//go:build !noasm && !purego

#include "textflag.h"

// Products of int8 in int16: VPMADDUBSW would saturate, so both sides are widened
// and VPMADDWD adds two products to an int32, below 2^16 in magnitude. An
// accumulator holds two partial sums for each of four outputs; VPHADDD joins
// them at the end.
//
// Registers:
//	DI  args            SI  weights         DX  next segment's offset
//	CX  segments left   AX  groups left     BX  offset of the group from a row
//	R8-R10 rows         Y12-Y14 their group, widened, four times
//	Y15 products

#define WIDEN(row, x, y) \
	VPBROADCASTD (row)(BX*1), x \
	VPMOVSXBW x, y

#define STEP3(n, a, b, c) \
	VPMADDWD n(SI), Y12, Y15 \
	VPADDD Y15, a, a         \
	VPMADDWD n(SI), Y13, Y15 \
	VPADDD Y15, b, b         \
	VPMADDWD n(SI), Y14, Y15 \
	VPADDD Y15, c, c

#define STEP1(n, a) \
	VPMADDWD n(SI), Y12, Y15 \
	VPADDD Y15, a, a

// Eight sums to codes in int32.
#define CODES(n, a) \
	VPADDD n(AX), a, a       \
	VCVTDQ2PS a, a           \
	VMULPS n(CX), a, a       \
	VMAXPS Y12, a, a         \
	VMINPS Y13, a, a         \
	VCVTPS2DQ a, a           \
	VPADDD Y14, a, a

// Joins the partial sums of 16 outputs in a-d and stores their codes; the
// permutations undo that 256-bit operations work on halves.
#define STORE(n, a, b, c, d, x, y) \
	VPHADDD b, a, a        \
	VPERMQ $0xD8, a, a     \
	VPHADDD d, c, c        \
	VPERMQ $0xD8, c, c     \
	CODES(0, a)            \
	CODES(32, c)           \
	VPACKSSDW c, a, a      \
	VPERMQ $0xD8, a, a     \
	VEXTRACTI128 $1, a, y  \
	VPACKSSWB y, x, x      \
	MOVLQSX n(DX), R8      \
	VMOVDQU x, (BX)(R8*1)

// The sums themselves, with the bias.
#define SUMS16(n, a, b, c, d) \
	VPHADDD b, a, a           \
	VPERMQ $0xD8, a, a        \
	VPHADDD d, c, c           \
	VPERMQ $0xD8, c, c        \
	VPADDD (AX), a, a         \
	VPADDD 32(AX), c, c       \
	MOVLQSX n(DX), R8         \
	VMOVDQU a, (BX)(R8*4)     \
	VMOVDQU c, 32(BX)(R8*4)

#define EPILOGUE \
	VBROADCASTSS 88(DI), Y12 \
	VBROADCASTSS 92(DI), Y13 \
	VPBROADCASTD 96(DI), Y14 \
	MOVQ 72(DI), AX          \
	MOVQ 80(DI), CX          \
	MOVQ 16(DI), DX          \
	ADDQ 104(DI), DX         \
	MOVQ 24(DI), BX

// func tile3x16avx2(a *args)
// Accumulators: row r in Y(4r) to Y(4r+3).
TEXT ·tile3x16avx2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), DI
tile:
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	VPXOR Y2, Y2, Y2
	VPXOR Y3, Y3, Y3
	VPXOR Y4, Y4, Y4
	VPXOR Y5, Y5, Y5
	VPXOR Y6, Y6, Y6
	VPXOR Y7, Y7, Y7
	VPXOR Y8, Y8, Y8
	VPXOR Y9, Y9, Y9
	VPXOR Y10, Y10, Y10
	VPXOR Y11, Y11, Y11
	MOVQ 8(DI), AX
	ADDQ 104(DI), AX
	MOVLQSX (AX), R8
	MOVLQSX 4(AX), R9
	MOVLQSX 8(AX), R10
	ADDQ 0(DI), R8
	ADDQ 0(DI), R9
	ADDQ 0(DI), R10
	MOVQ 64(DI), SI
	MOVQ 40(DI), DX
	MOVQ 48(DI), CX
segment:
	MOVLQSX (DX), BX
	ADDQ $4, DX
	MOVQ 56(DI), AX
group:
	WIDEN(R8, X12, Y12)
	WIDEN(R9, X13, Y13)
	WIDEN(R10, X14, Y14)
	STEP3(0, Y0, Y4, Y8)
	STEP3(32, Y1, Y5, Y9)
	STEP3(64, Y2, Y6, Y10)
	STEP3(96, Y3, Y7, Y11)
	ADDQ $128, SI
	ADDQ $4, BX
	DECQ AX
	JNZ  group
	DECQ CX
	JNZ  segment

	EPILOGUE
	CMPQ 128(DI), $0
	JNE  sums
	STORE(0, Y0, Y1, Y2, Y3, X0, X1)
	STORE(4, Y4, Y5, Y6, Y7, X4, X5)
	STORE(8, Y8, Y9, Y10, Y11, X8, X9)
next:
	ADDQ $12, 104(DI)
	SUBQ $3, 32(DI)
	JNZ  tile
	VZEROUPPER
	RET
sums:
	SUMS16(0, Y0, Y1, Y2, Y3)
	SUMS16(4, Y4, Y5, Y6, Y7)
	SUMS16(8, Y8, Y9, Y10, Y11)
	JMP  next

// Six rows of few outputs: a panel of 8.

#define STEP8(row, a, b) \
	WIDEN(row, X12, Y12)     \
	VPMADDWD (SI), Y12, Y14   \
	VPMADDWD 32(SI), Y12, Y15 \
	VPADDD Y14, a, a          \
	VPADDD Y15, b, b

#define STORE8(n, a, b, x) \
	VPHADDD b, a, a         \
	VPERMQ $0xD8, a, a      \
	CODES(0, a)             \
	VEXTRACTI128 $1, a, X15 \
	VPACKSSDW X15, x, x     \
	VPACKSSWB x, x, x       \
	MOVLQSX n(DX), R8       \
	VMOVQ x, (BX)(R8*1)

#define SUMS8(n, a, b) \
	VPHADDD b, a, a       \
	VPERMQ $0xD8, a, a    \
	VPADDD (AX), a, a     \
	MOVLQSX n(DX), R8     \
	VMOVDQU a, (BX)(R8*4)

#define ROW(n, row) \
	MOVLQSX n(AX), row \
	ADDQ BX, row

// func tile6x8avx2(a *args)
// Accumulators: row r in Y(2r) and Y(2r+1); rows in R8 to R13.
TEXT ·tile6x8avx2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), DI
tile:
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	VPXOR Y2, Y2, Y2
	VPXOR Y3, Y3, Y3
	VPXOR Y4, Y4, Y4
	VPXOR Y5, Y5, Y5
	VPXOR Y6, Y6, Y6
	VPXOR Y7, Y7, Y7
	VPXOR Y8, Y8, Y8
	VPXOR Y9, Y9, Y9
	VPXOR Y10, Y10, Y10
	VPXOR Y11, Y11, Y11
	MOVQ 8(DI), AX
	ADDQ 104(DI), AX
	MOVQ 0(DI), BX
	ROW(0, R8)
	ROW(4, R9)
	ROW(8, R10)
	ROW(12, R11)
	ROW(16, R12)
	ROW(20, R13)
	MOVQ 64(DI), SI
	MOVQ 40(DI), DX
	MOVQ 48(DI), CX
segment:
	MOVLQSX (DX), BX
	ADDQ $4, DX
	MOVQ 56(DI), AX
group:
	STEP8(R8, Y0, Y1)
	STEP8(R9, Y2, Y3)
	STEP8(R10, Y4, Y5)
	STEP8(R11, Y6, Y7)
	STEP8(R12, Y8, Y9)
	STEP8(R13, Y10, Y11)
	ADDQ $64, SI
	ADDQ $4, BX
	DECQ AX
	JNZ  group
	DECQ CX
	JNZ  segment

	EPILOGUE
	CMPQ 128(DI), $0
	JNE  sums
	STORE8(0, Y0, Y1, X0)
	STORE8(4, Y2, Y3, X2)
	STORE8(8, Y4, Y5, X4)
	STORE8(12, Y6, Y7, X6)
	STORE8(16, Y8, Y9, X8)
	STORE8(20, Y10, Y11, X10)
next:
	ADDQ $24, 104(DI)
	SUBQ $6, 32(DI)
	JNZ  tile
	VZEROUPPER
	RET
sums:
	SUMS8(0, Y0, Y1)
	SUMS8(4, Y2, Y3)
	SUMS8(8, Y4, Y5)
	SUMS8(12, Y6, Y7)
	SUMS8(16, Y8, Y9)
	SUMS8(20, Y10, Y11)
	JMP  next

// func row1x16avx2(a *args)
// Walks all whole panels by itself, so that the end of one overlaps the beginning
// of the next.
//	R9 bias   R10 scale   R11 next output   R12 panels left
TEXT ·row1x16avx2(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), DI
	MOVQ 8(DI), AX
	MOVLQSX (AX), R8
	ADDQ 0(DI), R8
	MOVQ 72(DI), R9
	MOVQ 80(DI), R10
	MOVQ 16(DI), AX
	MOVLQSX (AX), R11
	ADDQ 24(DI), R11
	MOVQ 120(DI), R12
	MOVQ 64(DI), SI
	VBROADCASTSS 88(DI), Y9
	VBROADCASTSS 92(DI), Y10
	VPBROADCASTD 96(DI), Y11
panel:
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	VPXOR Y2, Y2, Y2
	VPXOR Y3, Y3, Y3
	MOVQ 40(DI), DX
	MOVQ 48(DI), CX
segment:
	MOVLQSX (DX), BX
	ADDQ $4, DX
	MOVQ 56(DI), AX
group:
	WIDEN(R8, X12, Y12)
	STEP1(0, Y0)
	STEP1(32, Y1)
	STEP1(64, Y2)
	STEP1(96, Y3)
	ADDQ $128, SI
	ADDQ $4, BX
	DECQ AX
	JNZ  group
	DECQ CX
	JNZ  segment

	VPHADDD Y1, Y0, Y0
	VPERMQ $0xD8, Y0, Y0
	VPHADDD Y3, Y2, Y2
	VPERMQ $0xD8, Y2, Y2
	VPADDD (R9), Y0, Y0
	VPADDD 32(R9), Y2, Y2
	VCVTDQ2PS Y0, Y0
	VCVTDQ2PS Y2, Y2
	VMULPS (R10), Y0, Y0
	VMULPS 32(R10), Y2, Y2
	VMAXPS Y9, Y0, Y0
	VMAXPS Y9, Y2, Y2
	VMINPS Y10, Y0, Y0
	VMINPS Y10, Y2, Y2
	VCVTPS2DQ Y0, Y0
	VCVTPS2DQ Y2, Y2
	VPADDD Y11, Y0, Y0
	VPADDD Y11, Y2, Y2
	VPACKSSDW Y2, Y0, Y0
	VPERMQ $0xD8, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPACKSSWB X1, X0, X0
	VMOVDQU X0, (R11)
	ADDQ $64, R9
	ADDQ $64, R10
	ADDQ $16, R11
	DECQ R12
	JNZ  panel
	VZEROUPPER
	RET
