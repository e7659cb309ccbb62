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

// Within the limits in Z0 and Z1. Where an operand is NaN, the first here is the result: NaN stays.
#define CLAMP(x) \
	VMAXPS x, Z0, x \
	VMINPS x, Z1, x

#define LIMITS \
	VBROADCASTSS 208(DI), Z0 \
	VBROADCASTSS 212(DI), Z1

#define STOREC(i, x, y) \
	CLAMP(x)              \
	CLAMP(y)              \
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
	LIMITS
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

// One row of as many panels as w.panels says. Four at a time, so that the sums do not wait for each other.
//
// Registers:
//	DI      *Work                R8   row of A           R9   next output
//	R10 R13 bytes of one panel of B, of three            R11  next initial values
//	R12     panels left          R14  next panel         SI   row k of B
//	AX      where A stands       CX   ks left            DX BX  segments
//	Z0 Z1   limits               Z2   a value of A       Z4-Z11 sums

// func row1x32avx512(w *Work)
TEXT ·row1x32avx512(SB), NOSPLIT, $0-8
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
	VMOVUPS 0(R11), Z4
	VMOVUPS 64(R11), Z5
	VMOVUPS 128(R11), Z6
	VMOVUPS 192(R11), Z7
	VMOVUPS 256(R11), Z8
	VMOVUPS 320(R11), Z9
	VMOVUPS 384(R11), Z10
	VMOVUPS 448(R11), Z11
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
	VBROADCASTSS (AX), Z2
	VFMADD231PS (SI), Z2, Z4
	VFMADD231PS 64(SI), Z2, Z5
	VFMADD231PS (SI)(R10*1), Z2, Z6
	VFMADD231PS 64(SI)(R10*1), Z2, Z7
	VFMADD231PS (SI)(R10*2), Z2, Z8
	VFMADD231PS 64(SI)(R10*2), Z2, Z9
	VFMADD231PS (SI)(R13*1), Z2, Z10
	VFMADD231PS 64(SI)(R13*1), Z2, Z11
	ADDQ 168(DI), AX
	ADDQ 176(DI), SI
	DECQ CX
	JNZ  loop4
	DECQ BX
	JNZ  segment4
store4:
	CLAMP(Z4)
	VMOVUPS Z4, 0(R9)
	CLAMP(Z5)
	VMOVUPS Z5, 64(R9)
	CLAMP(Z6)
	VMOVUPS Z6, 128(R9)
	CLAMP(Z7)
	VMOVUPS Z7, 192(R9)
	CLAMP(Z8)
	VMOVUPS Z8, 256(R9)
	CLAMP(Z9)
	VMOVUPS Z9, 320(R9)
	CLAMP(Z10)
	VMOVUPS Z10, 384(R9)
	CLAMP(Z11)
	VMOVUPS Z11, 448(R9)
	ADDQ $512, R9
	ADDQ $512, R11
	LEAQ (R14)(R10*4), R14
	JMP  four
rest:
	ADDQ $4, R12
	JZ   done
one:
	VMOVUPS 0(R11), Z4
	VMOVUPS 64(R11), Z5
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
	VBROADCASTSS (AX), Z2
	VFMADD231PS (SI), Z2, Z4
	VFMADD231PS 64(SI), Z2, Z5
	ADDQ 168(DI), AX
	ADDQ 176(DI), SI
	DECQ CX
	JNZ  loop1
	DECQ BX
	JNZ  segment1
store1:
	CLAMP(Z4)
	VMOVUPS Z4, 0(R9)
	CLAMP(Z5)
	VMOVUPS Z5, 64(R9)
	ADDQ $128, R9
	ADDQ $128, R11
	ADDQ R10, R14
	DECQ R12
	JNZ  one
done:
	VZEROUPPER
	RET
