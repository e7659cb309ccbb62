//go:build !noasm && !purego

#include "textflag.h"

// Matrices of one output channel. A panel of many channels would be nearly empty,
// so the lanes of a vector hold consecutive inputs instead, and the sums of eight
// positions are added across the lanes together, by transposing.
//
// Registers:
//	DI  args            SI  weights         DX  next segment's offset
//	CX  segments left   AX  groups left     BX  offset of the group from a row
//	R8-R15 rows

#define ROW(n, row) \
	MOVLQSX n(AX), row \
	ADDQ BX, row

#define ROWS8 \
	MOVQ 8(DI), AX   \
	ADDQ 104(DI), AX \
	MOVQ 0(DI), BX   \
	ROW(0, R8)       \
	ROW(4, R9)       \
	ROW(8, R10)      \
	ROW(12, R11)     \
	ROW(16, R12)     \
	ROW(20, R13)     \
	ROW(24, R14)     \
	ROW(28, R15)     \
	MOVQ 64(DI), SI  \
	MOVQ 40(DI), DX  \
	MOVQ 48(DI), CX

// The eight sums in Y0 to codes, which are stored one by one where outs says.
#define PUT(n) \
	MOVLQSX n(DX), R8  \
	MOVB AX, (BX)(R8*1) \
	SHRQ $8, AX

#define FINISH \
	MOVQ 72(DI), AX            \
	VPBROADCASTD (AX), Y1      \
	VPADDD Y1, Y0, Y0          \
	MOVQ 80(DI), AX            \
	VBROADCASTSS (AX), Y1      \
	VBROADCASTSS 88(DI), Y2    \
	VBROADCASTSS 92(DI), Y3    \
	VPBROADCASTD 96(DI), Y4    \
	VCVTDQ2PS Y0, Y0           \
	VMULPS Y1, Y0, Y0          \
	VMAXPS Y2, Y0, Y0          \
	VMINPS Y3, Y0, Y0          \
	VCVTPS2DQ Y0, Y0           \
	VPADDD Y4, Y0, Y0          \
	VEXTRACTI128 $1, Y0, X1    \
	VPACKSSDW X1, X0, X0       \
	VPACKSSWB X0, X0, X0       \
	VMOVQ X0, AX               \
	MOVQ 16(DI), DX            \
	ADDQ 104(DI), DX           \
	MOVQ 24(DI), BX            \
	PUT(0)                     \
	PUT(4)                     \
	PUT(8)                     \
	PUT(12)                    \
	PUT(16)                    \
	PUT(20)                    \
	PUT(24)                    \
	PUT(28)                    \
	ADDQ $32, 104(DI)          \
	SUBQ $8, 32(DI)

#define STEP64(row, a) \
	VPXORD (row)(BX*1), Z30, Z18 \
	VPDPBUSD Z16, Z18, a

// Adds dwords of a and b crosswise: within 128 bits, a b a b; likewise two
// pairs become a b c d.
#define JOIN2(a, b) \
	VPUNPCKLDQ b, a, Z16 \
	VPUNPCKHDQ b, a, Z17 \
	VPADDD Z16, Z17, a

#define JOIN4(a, c) \
	VPUNPCKLQDQ c, a, Z16 \
	VPUNPCKHQDQ c, a, Z17 \
	VPADDD Z16, Z17, a

// func single8x64vnni(a *args)
TEXT ·single8x64vnni(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), DI
	MOVL $0x80808080, AX
	VPBROADCASTD AX, Z30
tile:
	VPXORD Z0, Z0, Z0
	VPXORD Z1, Z1, Z1
	VPXORD Z2, Z2, Z2
	VPXORD Z3, Z3, Z3
	VPXORD Z4, Z4, Z4
	VPXORD Z5, Z5, Z5
	VPXORD Z6, Z6, Z6
	VPXORD Z7, Z7, Z7
	ROWS8
segment:
	MOVLQSX (DX), BX
	ADDQ $4, DX
	MOVQ 56(DI), AX
group:
	VMOVDQU32 (SI), Z16
	STEP64(R8, Z0)
	STEP64(R9, Z1)
	STEP64(R10, Z2)
	STEP64(R11, Z3)
	STEP64(R12, Z4)
	STEP64(R13, Z5)
	STEP64(R14, Z6)
	STEP64(R15, Z7)
	ADDQ $64, SI
	ADDQ $64, BX
	DECQ AX
	JNZ  group
	DECQ CX
	JNZ  segment

	JOIN2(Z0, Z1)
	JOIN2(Z2, Z3)
	JOIN2(Z4, Z5)
	JOIN2(Z6, Z7)
	JOIN4(Z0, Z2)
	JOIN4(Z4, Z6)
	VEXTRACTI64X4 $1, Z0, Y1
	VPADDD Y1, Y0, Y0
	VEXTRACTI64X4 $1, Z4, Y5
	VPADDD Y5, Y4, Y4
	VPERM2I128 $0x20, Y4, Y0, Y1
	VPERM2I128 $0x31, Y4, Y0, Y2
	VPADDD Y1, Y2, Y0
	FINISH
	JNZ  tile
	VZEROUPPER
	RET

#define STEP16(row, a) \
	VPMOVSXBW (row)(BX*1), Y9 \
	VPMADDWD Y8, Y9, Y9       \
	VPADDD Y9, a, a

// func single8x16avx2(a *args)
TEXT ·single8x16avx2(SB), NOSPLIT, $0-8
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
	ROWS8
segment:
	MOVLQSX (DX), BX
	ADDQ $4, DX
	MOVQ 56(DI), AX
group:
	VPMOVSXBW (SI), Y8
	STEP16(R8, Y0)
	STEP16(R9, Y1)
	STEP16(R10, Y2)
	STEP16(R11, Y3)
	STEP16(R12, Y4)
	STEP16(R13, Y5)
	STEP16(R14, Y6)
	STEP16(R15, Y7)
	ADDQ $16, SI
	ADDQ $16, BX
	DECQ AX
	JNZ  group
	DECQ CX
	JNZ  segment

	VPHADDD Y1, Y0, Y0
	VPHADDD Y3, Y2, Y2
	VPHADDD Y5, Y4, Y4
	VPHADDD Y7, Y6, Y6
	VPHADDD Y2, Y0, Y0
	VPHADDD Y6, Y4, Y4
	VPERM2I128 $0x20, Y4, Y0, Y1
	VPERM2I128 $0x31, Y4, Y0, Y2
	VPADDD Y1, Y2, Y0
	FINISH
	JNZ  tile
	VZEROUPPER
	RET
