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

#define STOREC(i, x, y) \
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
