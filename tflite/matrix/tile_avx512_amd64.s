//go:build !noasm && !purego

#include "textflag.h"

// A tile of 8 rows x 32 columns: 16 of 32 registers are sums.
//
// Registers:
//	DI      *Work, scratch in the loop
//	R8-R15  rows of A            AX  offset of k in each, bytes
//	SI      row k of B           CX  ks left in the segment
//	DX BX   outside the loop the next segment and segments left, which wait on the
//	        stack in the loop; there the steps of A and B, bytes
//	Z0 Z1   32 columns of B      Z2 Z3  a value of A, 16 times
//	Z16-Z31 sums, two to a row
// What lies eight steps ahead is asked for, as in the AVX2 tile.

#define ROWPTR(i, r) \
	MOVLQSX (4*i)(BX), r \
	LEAQ (AX)(r*4), r

#define LOADC(i, x, y) \
	MOVLQSX (4*i)(BX), CX \
	VMOVUPS (AX)(CX*4), x \
	VMOVUPS 64(AX)(CX*4), y

#define STOREC(i, x, y) \
	MOVLQSX (4*i)(BX), CX \
	VMOVUPS x, (AX)(CX*4) \
	VMOVUPS y, 64(AX)(CX*4)

#define STEP(r, t, x, y) \
	VBROADCASTSS (r)(AX*1), t \
	VFMADD231PS t, Z0, x      \
	VFMADD231PS t, Z1, y

// func tile8x32avx512(w *Work)
TEXT ·tile8x32avx512(SB), NOSPLIT, $16-8
	MOVQ w+0(FP), DI
	MOVQ 144(DI), SI
	TESTQ SI, SI
	JZ   fromC
	VMOVUPS (SI), Z16
	VMOVUPS 64(SI), Z17
	VMOVAPS Z16, Z18
	VMOVAPS Z17, Z19
	VMOVAPS Z16, Z20
	VMOVAPS Z17, Z21
	VMOVAPS Z16, Z22
	VMOVAPS Z17, Z23
	VMOVAPS Z16, Z24
	VMOVAPS Z17, Z25
	VMOVAPS Z16, Z26
	VMOVAPS Z17, Z27
	VMOVAPS Z16, Z28
	VMOVAPS Z17, Z29
	VMOVAPS Z16, Z30
	VMOVAPS Z17, Z31
	JMP  start

fromC:
	MOVQ 72(DI), AX
	MOVQ 96(DI), BX
	LOADC(0, Z16, Z17)
	LOADC(1, Z18, Z19)
	LOADC(2, Z20, Z21)
	LOADC(3, Z22, Z23)
	LOADC(4, Z24, Z25)
	LOADC(5, Z26, Z27)
	LOADC(6, Z28, Z29)
	LOADC(7, Z30, Z31)

start:
	MOVQ 0(DI), AX
	MOVQ 24(DI), BX
	ROWPTR(0, R8)
	ROWPTR(1, R9)
	ROWPTR(2, R10)
	ROWPTR(3, R11)
	ROWPTR(4, R12)
	ROWPTR(5, R13)
	ROWPTR(6, R14)
	ROWPTR(7, R15)
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
	MOVQ DX, next-8(SP)
	MOVQ BX, left-16(SP)
	MOVQ 168(DI), DX
	MOVQ 176(DI), BX

loop:
	VMOVUPS (SI), Z0
	VMOVUPS 64(SI), Z1
	PREFETCHT0 (SI)(BX*8)
	PREFETCHT0 64(SI)(BX*8)
	LEAQ (AX)(DX*8), DI
	PREFETCHT0 (R8)(DI*1)
	STEP(R8, Z2, Z16, Z17)
	STEP(R9, Z3, Z18, Z19)
	STEP(R10, Z2, Z20, Z21)
	STEP(R11, Z3, Z22, Z23)
	STEP(R12, Z2, Z24, Z25)
	STEP(R13, Z3, Z26, Z27)
	STEP(R14, Z2, Z28, Z29)
	STEP(R15, Z3, Z30, Z31)
	ADDQ BX, SI
	ADDQ DX, AX
	DECQ CX
	JNZ  loop
	MOVQ w+0(FP), DI
	MOVQ next-8(SP), DX
	MOVQ left-16(SP), BX
	DECQ BX
	JNZ  segment

store:
	MOVQ 72(DI), AX
	MOVQ 96(DI), BX
	STOREC(0, Z16, Z17)
	STOREC(1, Z18, Z19)
	STOREC(2, Z20, Z21)
	STOREC(3, Z22, Z23)
	STOREC(4, Z24, Z25)
	STOREC(5, Z26, Z27)
	STOREC(6, Z28, Z29)
	STOREC(7, Z30, Z31)
	VZEROUPPER
	RET
