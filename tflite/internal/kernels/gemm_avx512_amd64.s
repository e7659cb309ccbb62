//go:build !noasm && !purego

#include "textflag.h"

// Products of int8 by VPDPBUSD, which multiplies unsigned by signed bytes and adds
// four neighbours to an int32 without saturation: inputs become unsigned by
// flipping their top bit, which adds 128; the packed bias has 128 times the
// sum of the weights subtracted. |255*128*4| < 2^17, and sums wrap modulo 2^32 as
// everywhere.
//
// The routines share their registers:
//	DI  args            SI  weights         DX  next segment's offset
//	CX  segments left   AX  groups left     BX  offset of the group from a row
//	R8-R15 rows         Z30 0x80 in every byte

// One row's group times a panel of 32, or of 16.
#define STEP32(row, a, b) \
	VPXORD.BCST (row)(BX*1), Z30, Z18 \
	VPDPBUSD Z16, Z18, a              \
	VPDPBUSD Z17, Z18, b

#define STEP16(row, a) \
	VPXORD.BCST (row)(BX*1), Z30, Z18 \
	VPDPBUSD Z16, Z18, a

// Sums to codes: round(float(sum)*scale) within the limits, plus zero point. The
// conversion rounds halves to even, MXCSR being as the system sets it.
#define CODES(a, x, scale) \
	VCVTDQ2PS a, a     \
	VMULPS scale, a, a \
	VMAXPS Z22, a, a   \
	VMINPS Z23, a, a   \
	VCVTPS2DQ a, a     \
	VPADDD Z24, a, a   \
	VPMOVDB a, x

#define STORE32(n, a, b, x, y) \
	CODES(a, x, Z20)       \
	CODES(b, y, Z21)       \
	MOVLQSX n(AX), DX      \
	VMOVDQU x, (BX)(DX*1)  \
	VMOVDQU y, 16(BX)(DX*1)

#define STORE16(n, a, x) \
	CODES(a, x, Z20)  \
	MOVLQSX n(AX), DX \
	VMOVDQU x, (BX)(DX*1)

// The sums themselves, in which the bias is.
#define SUMS32(n, a, b) \
	MOVLQSX n(AX), DX       \
	VMOVDQU32 a, (BX)(DX*4) \
	VMOVDQU32 b, 64(BX)(DX*4)

#define SUMS16(n, a) \
	MOVLQSX n(AX), DX    \
	VMOVDQU32 a, (BX)(DX*4)

#define ROW(n, row) \
	MOVLQSX n(AX), row \
	ADDQ BX, row

#define ROWS8 \
	MOVQ 8(DI), AX  \
	ADDQ 104(DI), AX \
	MOVQ 0(DI), BX  \
	ROW(0, R8)      \
	ROW(4, R9)      \
	ROW(8, R10)     \
	ROW(12, R11)    \
	ROW(16, R12)    \
	ROW(20, R13)    \
	ROW(24, R14)    \
	ROW(28, R15)    \
	MOVQ 64(DI), SI \
	MOVQ 40(DI), DX \
	MOVQ 48(DI), CX

// The limits, the zero point, and where to store.
#define EPILOGUE \
	VBROADCASTSS 88(DI), Z22  \
	VBROADCASTSS 92(DI), Z23  \
	VPBROADCASTD 96(DI), Z24  \
	MOVQ 16(DI), AX           \
	ADDQ 104(DI), AX          \
	MOVQ 24(DI), BX

#define NEXT(rows) \
	ADDQ $(4*rows), 104(DI) \
	SUBQ $rows, 32(DI)

// func tile8x32vnni(a *args)
// Accumulators: row r in Z(2r) and Z(2r+1).
TEXT ·tile8x32vnni(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), DI
	MOVL $0x80808080, AX
	VPBROADCASTD AX, Z30
tile:
	MOVQ 72(DI), AX
	VMOVDQU32 (AX), Z0
	VMOVDQU32 64(AX), Z1
	VMOVDQA32 Z0, Z2
	VMOVDQA32 Z1, Z3
	VMOVDQA32 Z0, Z4
	VMOVDQA32 Z1, Z5
	VMOVDQA32 Z0, Z6
	VMOVDQA32 Z1, Z7
	VMOVDQA32 Z0, Z8
	VMOVDQA32 Z1, Z9
	VMOVDQA32 Z0, Z10
	VMOVDQA32 Z1, Z11
	VMOVDQA32 Z0, Z12
	VMOVDQA32 Z1, Z13
	VMOVDQA32 Z0, Z14
	VMOVDQA32 Z1, Z15
	ROWS8
segment:
	MOVLQSX (DX), BX
	ADDQ $4, DX
	MOVQ 56(DI), AX
group:
	VMOVDQU32 (SI), Z16
	VMOVDQU32 64(SI), Z17
	STEP32(R8, Z0, Z1)
	STEP32(R9, Z2, Z3)
	STEP32(R10, Z4, Z5)
	STEP32(R11, Z6, Z7)
	STEP32(R12, Z8, Z9)
	STEP32(R13, Z10, Z11)
	STEP32(R14, Z12, Z13)
	STEP32(R15, Z14, Z15)
	ADDQ $128, SI
	ADDQ $4, BX
	DECQ AX
	JNZ  group
	DECQ CX
	JNZ  segment

	MOVQ 80(DI), AX
	VMOVUPS (AX), Z20
	VMOVUPS 64(AX), Z21
	EPILOGUE
	CMPQ 128(DI), $0
	JNE  sums
	STORE32(0, Z0, Z1, X0, X1)
	STORE32(4, Z2, Z3, X2, X3)
	STORE32(8, Z4, Z5, X4, X5)
	STORE32(12, Z6, Z7, X6, X7)
	STORE32(16, Z8, Z9, X8, X9)
	STORE32(20, Z10, Z11, X10, X11)
	STORE32(24, Z12, Z13, X12, X13)
	STORE32(28, Z14, Z15, X14, X15)
next:
	NEXT(8)
	JNZ  tile
	VZEROUPPER
	RET
sums:
	SUMS32(0, Z0, Z1)
	SUMS32(4, Z2, Z3)
	SUMS32(8, Z4, Z5)
	SUMS32(12, Z6, Z7)
	SUMS32(16, Z8, Z9)
	SUMS32(20, Z10, Z11)
	SUMS32(24, Z12, Z13)
	SUMS32(28, Z14, Z15)
	JMP  next

// func tile8x16vnni(a *args)
// Accumulators: row r in Z(r).
TEXT ·tile8x16vnni(SB), NOSPLIT, $0-8
	MOVQ a+0(FP), DI
	MOVL $0x80808080, AX
	VPBROADCASTD AX, Z30
tile:
	MOVQ 72(DI), AX
	VMOVDQU32 (AX), Z0
	VMOVDQA32 Z0, Z1
	VMOVDQA32 Z0, Z2
	VMOVDQA32 Z0, Z3
	VMOVDQA32 Z0, Z4
	VMOVDQA32 Z0, Z5
	VMOVDQA32 Z0, Z6
	VMOVDQA32 Z0, Z7
	ROWS8
segment:
	MOVLQSX (DX), BX
	ADDQ $4, DX
	MOVQ 56(DI), AX
group:
	VMOVDQU32 (SI), Z16
	STEP16(R8, Z0)
	STEP16(R9, Z1)
	STEP16(R10, Z2)
	STEP16(R11, Z3)
	STEP16(R12, Z4)
	STEP16(R13, Z5)
	STEP16(R14, Z6)
	STEP16(R15, Z7)
	ADDQ $64, SI
	ADDQ $4, BX
	DECQ AX
	JNZ  group
	DECQ CX
	JNZ  segment

	MOVQ 80(DI), AX
	VMOVUPS (AX), Z20
	EPILOGUE
	CMPQ 128(DI), $0
	JNE  sums
	STORE16(0, Z0, X0)
	STORE16(4, Z1, X1)
	STORE16(8, Z2, X2)
	STORE16(12, Z3, X3)
	STORE16(16, Z4, X4)
	STORE16(20, Z5, X5)
	STORE16(24, Z6, X6)
	STORE16(28, Z7, X7)
next:
	NEXT(8)
	JNZ  tile
	VZEROUPPER
	RET
sums:
	SUMS16(0, Z0)
	SUMS16(4, Z1)
	SUMS16(8, Z2)
	SUMS16(12, Z3)
	SUMS16(16, Z4)
	SUMS16(20, Z5)
	SUMS16(24, Z6)
	SUMS16(28, Z7)
	JMP  next

// The row routines walk all whole panels by themselves, so that the end of one
// overlaps the beginning of the next:
//	R9 bias   R10 scale   R11 next output   R12 panels left
#define STARTROW \
	MOVQ a+0(FP), DI         \
	MOVL $0x80808080, AX     \
	VPBROADCASTD AX, Z30     \
	VBROADCASTSS 88(DI), Z22 \
	VBROADCASTSS 92(DI), Z23 \
	VPBROADCASTD 96(DI), Z24 \
	MOVQ 8(DI), AX           \
	MOVQ 0(DI), BX           \
	ROW(0, R8)               \
	MOVQ 72(DI), R9          \
	MOVQ 80(DI), R10         \
	MOVQ 16(DI), AX          \
	MOVLQSX (AX), R11        \
	ADDQ 24(DI), R11         \
	MOVQ 120(DI), R12        \
	MOVQ 64(DI), SI

// func row1x32vnni(a *args)
// Four groups at a time go to accumulators of their own, so that the additions do
// not wait for each other; they are added at the end.
TEXT ·row1x32vnni(SB), NOSPLIT, $0-8
	STARTROW
panel:
	VMOVDQU32 (R9), Z0
	VMOVDQU32 64(R9), Z1
	VPXORD Z2, Z2, Z2
	VPXORD Z3, Z3, Z3
	VPXORD Z4, Z4, Z4
	VPXORD Z5, Z5, Z5
	VPXORD Z6, Z6, Z6
	VPXORD Z7, Z7, Z7
	MOVQ 40(DI), DX
	MOVQ 48(DI), CX
segment:
	MOVLQSX (DX), BX
	ADDQ $4, DX
	MOVQ 56(DI), AX
	SUBQ $4, AX
	JLT  rest
four:
	VPXORD.BCST (R8)(BX*1), Z30, Z16
	VPXORD.BCST 4(R8)(BX*1), Z30, Z17
	VPXORD.BCST 8(R8)(BX*1), Z30, Z18
	VPXORD.BCST 12(R8)(BX*1), Z30, Z19
	VPDPBUSD (SI), Z16, Z0
	VPDPBUSD 64(SI), Z16, Z1
	VPDPBUSD 128(SI), Z17, Z2
	VPDPBUSD 192(SI), Z17, Z3
	VPDPBUSD 256(SI), Z18, Z4
	VPDPBUSD 320(SI), Z18, Z5
	VPDPBUSD 384(SI), Z19, Z6
	VPDPBUSD 448(SI), Z19, Z7
	ADDQ $512, SI
	ADDQ $16, BX
	SUBQ $4, AX
	JGE  four
rest:
	ADDQ $4, AX
	JZ   done
one:
	VPXORD.BCST (R8)(BX*1), Z30, Z16
	VPDPBUSD (SI), Z16, Z0
	VPDPBUSD 64(SI), Z16, Z1
	ADDQ $128, SI
	ADDQ $4, BX
	DECQ AX
	JNZ  one
done:
	DECQ CX
	JNZ  segment
	VPADDD Z2, Z0, Z0
	VPADDD Z3, Z1, Z1
	VPADDD Z4, Z6, Z6
	VPADDD Z5, Z7, Z7
	VPADDD Z6, Z0, Z0
	VPADDD Z7, Z1, Z1
	VMOVUPS (R10), Z20
	VMOVUPS 64(R10), Z21
	CODES(Z0, X0, Z20)
	CODES(Z1, X1, Z21)
	VMOVDQU X0, (R11)
	VMOVDQU X1, 16(R11)
	ADDQ $128, R9
	ADDQ $128, R10
	ADDQ $32, R11
	DECQ R12
	JNZ  panel
	VZEROUPPER
	RET

// func row1x16vnni(a *args)
TEXT ·row1x16vnni(SB), NOSPLIT, $0-8
	STARTROW
panel:
	VMOVDQU32 (R9), Z0
	VPXORD Z1, Z1, Z1
	VPXORD Z2, Z2, Z2
	VPXORD Z3, Z3, Z3
	MOVQ 40(DI), DX
	MOVQ 48(DI), CX
segment:
	MOVLQSX (DX), BX
	ADDQ $4, DX
	MOVQ 56(DI), AX
	SUBQ $4, AX
	JLT  rest
four:
	VPXORD.BCST (R8)(BX*1), Z30, Z16
	VPXORD.BCST 4(R8)(BX*1), Z30, Z17
	VPXORD.BCST 8(R8)(BX*1), Z30, Z18
	VPXORD.BCST 12(R8)(BX*1), Z30, Z19
	VPDPBUSD (SI), Z16, Z0
	VPDPBUSD 64(SI), Z17, Z1
	VPDPBUSD 128(SI), Z18, Z2
	VPDPBUSD 192(SI), Z19, Z3
	ADDQ $256, SI
	ADDQ $16, BX
	SUBQ $4, AX
	JGE  four
rest:
	ADDQ $4, AX
	JZ   done
one:
	VPXORD.BCST (R8)(BX*1), Z30, Z16
	VPDPBUSD (SI), Z16, Z0
	ADDQ $64, SI
	ADDQ $4, BX
	DECQ AX
	JNZ  one
done:
	DECQ CX
	JNZ  segment
	VPADDD Z1, Z0, Z0
	VPADDD Z2, Z3, Z3
	VPADDD Z3, Z0, Z0
	VMOVUPS (R10), Z20
	CODES(Z0, X0, Z20)
	VMOVDQU X0, (R11)
	ADDQ $64, R9
	ADDQ $64, R10
	ADDQ $16, R11
	DECQ R12
	JNZ  panel
	VZEROUPPER
	RET
