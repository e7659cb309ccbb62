//go:build !noasm && !purego

#include "textflag.h"

// A tile of 6 rows x 16 columns: 12 of 16 registers are sums, so that two
// multiply-adds a cycle hide their latency of 4.
//
// Registers:
//	DI      *Work, scratch in the loop
//	R8-R13  rows of A            AX  offset of k in each, bytes
//	SI      row k of B           CX  ks left in the segment
//	DX      next segment         BX  segments left
//	R14 R15 steps of A and B, bytes
//	Y0 Y1   16 columns of B      Y2 Y3  a value of A, eight times
//	Y4-Y15  sums, two to a row
// Far steps, as the gradient by a dense layer's weights has them, outrun the
// processor's own prefetching: the lines of eight steps ahead are asked for, of A that
// of the first row, whose neighbours are the other rows then.

#define ROWPTR(i, r) \
	MOVLQSX (4*i)(BX), r \
	LEAQ (AX)(r*4), r

#define LOADC(i, x, y) \
	MOVLQSX (4*i)(BX), CX \
	VMOVUPS (AX)(CX*4), x \
	VMOVUPS 32(AX)(CX*4), y

// Within the limits in Y0 and Y1. Where an operand is NaN, the first here is the result: NaN stays.
#define CLAMP(x) \
	VMAXPS x, Y0, x \
	VMINPS x, Y1, x

#define LIMITS \
	VBROADCASTSS 208(DI), Y0 \
	VBROADCASTSS 212(DI), Y1

#define STOREC(i, x, y) \
	CLAMP(x)              \
	CLAMP(y)              \
	MOVLQSX (4*i)(BX), CX \
	VMOVUPS x, (AX)(CX*4) \
	VMOVUPS y, 32(AX)(CX*4)

#define STEP(r, t, x, y) \
	VBROADCASTSS (r)(AX*1), t \
	VFMADD231PS t, Y0, x      \
	VFMADD231PS t, Y1, y

// func tile6x16avx2(w *Work)
TEXT ·tile6x16avx2(SB), NOSPLIT, $0-8
	MOVQ w+0(FP), DI
	MOVQ 144(DI), SI
	TESTQ SI, SI
	JZ   fromC
	VMOVUPS (SI), Y4
	VMOVUPS 32(SI), Y5
	VMOVAPS Y4, Y6
	VMOVAPS Y5, Y7
	VMOVAPS Y4, Y8
	VMOVAPS Y5, Y9
	VMOVAPS Y4, Y10
	VMOVAPS Y5, Y11
	VMOVAPS Y4, Y12
	VMOVAPS Y5, Y13
	VMOVAPS Y4, Y14
	VMOVAPS Y5, Y15
	JMP  start

fromC:
	MOVQ 72(DI), AX
	MOVQ 96(DI), BX
	LOADC(0, Y4, Y5)
	LOADC(1, Y6, Y7)
	LOADC(2, Y8, Y9)
	LOADC(3, Y10, Y11)
	LOADC(4, Y12, Y13)
	LOADC(5, Y14, Y15)

start:
	MOVQ 0(DI), AX
	MOVQ 24(DI), BX
	ROWPTR(0, R8)
	ROWPTR(1, R9)
	ROWPTR(2, R10)
	ROWPTR(3, R11)
	ROWPTR(4, R12)
	ROWPTR(5, R13)
	MOVQ 168(DI), R14
	MOVQ 176(DI), R15
	MOVQ 120(DI), DX
	MOVQ 128(DI), BX
	TESTQ BX, BX
	JZ   store

segment:
	MOVLQSX 0(DX), AX
	SHLQ $2, AX
	MOVLQSX 4(DX), SI
	IMULQ 184(DI), SI
	ADDQ 48(DI), SI
	MOVLQSX 8(DX), CX
	ADDQ $12, DX

loop:
	VMOVUPS (SI), Y0
	VMOVUPS 32(SI), Y1
	PREFETCHT0 (SI)(R15*8)
	LEAQ (AX)(R14*8), DI
	PREFETCHT0 (R8)(DI*1)
	STEP(R8, Y2, Y4, Y5)
	STEP(R9, Y3, Y6, Y7)
	STEP(R10, Y2, Y8, Y9)
	STEP(R11, Y3, Y10, Y11)
	STEP(R12, Y2, Y12, Y13)
	STEP(R13, Y3, Y14, Y15)
	ADDQ R15, SI
	ADDQ R14, AX
	DECQ CX
	JNZ  loop
	MOVQ w+0(FP), DI
	DECQ BX
	JNZ  segment

store:
	LIMITS
	MOVQ 72(DI), AX
	MOVQ 96(DI), BX
	STOREC(0, Y4, Y5)
	STOREC(1, Y6, Y7)
	STOREC(2, Y8, Y9)
	STOREC(3, Y10, Y11)
	STOREC(4, Y12, Y13)
	STOREC(5, Y14, Y15)
	VZEROUPPER
	RET

// One row of as many panels as w.panels says. Four at a time, so that the sums do not wait for each other.
//
// Registers:
//	DI      *Work                R8   row of A           R9   next output
//	R10 R13 bytes of one panel of B, of three            R11  next initial values
//	R12     panels left          R14  next panel         SI   row k of B
//	AX      where A stands       CX   ks left            DX BX  segments
//	Y0 Y1   limits               Y2   a value of A       Y4-Y11 sums

// func row1x16avx2(w *Work)
TEXT ·row1x16avx2(SB), NOSPLIT, $0-8
	MOVQ w+0(FP), DI
	MOVQ 24(DI), AX
	MOVLQSX (AX), R8
	MOVQ 0(DI), AX
	LEAQ (AX)(R8*4), R8
	MOVQ 96(DI), AX
	MOVLQSX (AX), R9
	MOVQ 72(DI), AX
	LEAQ (AX)(R9*4), R9
	MOVQ 144(DI), R11
	MOVQ 192(DI), R12
	MOVQ 200(DI), R10
	LEAQ (R10)(R10*2), R13
	MOVQ 48(DI), R14
	LIMITS
four:
	SUBQ $4, R12
	JLT  rest
	VMOVUPS 0(R11), Y4
	VMOVUPS 32(R11), Y5
	VMOVUPS 64(R11), Y6
	VMOVUPS 96(R11), Y7
	VMOVUPS 128(R11), Y8
	VMOVUPS 160(R11), Y9
	VMOVUPS 192(R11), Y10
	VMOVUPS 224(R11), Y11
	MOVQ 120(DI), DX
	MOVQ 128(DI), BX
	TESTQ BX, BX
	JZ   store4
segment4:
	MOVLQSX 0(DX), AX
	LEAQ (R8)(AX*4), AX
	MOVLQSX 4(DX), SI
	IMULQ 184(DI), SI
	ADDQ R14, SI
	MOVLQSX 8(DX), CX
	ADDQ $12, DX
loop4:
	VBROADCASTSS (AX), Y2
	VFMADD231PS (SI), Y2, Y4
	VFMADD231PS 32(SI), Y2, Y5
	VFMADD231PS (SI)(R10*1), Y2, Y6
	VFMADD231PS 32(SI)(R10*1), Y2, Y7
	VFMADD231PS (SI)(R10*2), Y2, Y8
	VFMADD231PS 32(SI)(R10*2), Y2, Y9
	VFMADD231PS (SI)(R13*1), Y2, Y10
	VFMADD231PS 32(SI)(R13*1), Y2, Y11
	ADDQ 168(DI), AX
	ADDQ 176(DI), SI
	DECQ CX
	JNZ  loop4
	DECQ BX
	JNZ  segment4
store4:
	CLAMP(Y4)
	VMOVUPS Y4, 0(R9)
	CLAMP(Y5)
	VMOVUPS Y5, 32(R9)
	CLAMP(Y6)
	VMOVUPS Y6, 64(R9)
	CLAMP(Y7)
	VMOVUPS Y7, 96(R9)
	CLAMP(Y8)
	VMOVUPS Y8, 128(R9)
	CLAMP(Y9)
	VMOVUPS Y9, 160(R9)
	CLAMP(Y10)
	VMOVUPS Y10, 192(R9)
	CLAMP(Y11)
	VMOVUPS Y11, 224(R9)
	ADDQ $256, R9
	ADDQ $256, R11
	LEAQ (R14)(R10*4), R14
	JMP  four
rest:
	ADDQ $4, R12
	JZ   done
one:
	VMOVUPS 0(R11), Y4
	VMOVUPS 32(R11), Y5
	MOVQ 120(DI), DX
	MOVQ 128(DI), BX
	TESTQ BX, BX
	JZ   store1
segment1:
	MOVLQSX 0(DX), AX
	LEAQ (R8)(AX*4), AX
	MOVLQSX 4(DX), SI
	IMULQ 184(DI), SI
	ADDQ R14, SI
	MOVLQSX 8(DX), CX
	ADDQ $12, DX
loop1:
	VBROADCASTSS (AX), Y2
	VFMADD231PS (SI), Y2, Y4
	VFMADD231PS 32(SI), Y2, Y5
	ADDQ 168(DI), AX
	ADDQ 176(DI), SI
	DECQ CX
	JNZ  loop1
	DECQ BX
	JNZ  segment1
store1:
	CLAMP(Y4)
	VMOVUPS Y4, 0(R9)
	CLAMP(Y5)
	VMOVUPS Y5, 32(R9)
	ADDQ $64, R9
	ADDQ $64, R11
	ADDQ R10, R14
	DECQ R12
	JNZ  one
done:
	VZEROUPPER
	RET
