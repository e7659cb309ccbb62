//go:build !noasm && !purego

#include "textflag.h"

// func colSum16(sum, x *float32, rows, stride int)
TEXT ·colSum16(SB), NOSPLIT, $0-32
	MOVQ sum+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ rows+16(FP), CX
	MOVQ stride+24(FP), DX
	VMOVUPS (DI), Y0
	VMOVUPS 32(DI), Y1

loop:
	VADDPS (SI), Y0, Y0
	VADDPS 32(SI), Y1, Y1
	ADDQ DX, SI
	DECQ CX
	JNZ  loop
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	VZEROUPPER
	RET

// func colSquares16(sum, x, mean *float32, rows, stride int)
TEXT ·colSquares16(SB), NOSPLIT, $0-40
	MOVQ sum+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ mean+16(FP), BX
	MOVQ rows+24(FP), CX
	MOVQ stride+32(FP), DX
	VMOVUPS (DI), Y0
	VMOVUPS 32(DI), Y1
	VMOVUPS (BX), Y2
	VMOVUPS 32(BX), Y3

loop:
	VMOVUPS (SI), Y4
	VMOVUPS 32(SI), Y5
	VSUBPS Y2, Y4, Y4
	VSUBPS Y3, Y5, Y5
	VFMADD231PS Y4, Y4, Y0
	VFMADD231PS Y5, Y5, Y1
	ADDQ DX, SI
	DECQ CX
	JNZ  loop
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	VZEROUPPER
	RET

// VMAXPS gives its first operand where one is not a number: the value.

// func scaleShift16(y, x, scale, shift *float32, rows, stride int, low float32)
TEXT ·scaleShift16(SB), NOSPLIT, $0-52
	MOVQ y+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ scale+16(FP), AX
	MOVQ shift+24(FP), BX
	MOVQ rows+32(FP), CX
	MOVQ stride+40(FP), DX
	VBROADCASTSS low+48(FP), Y6
	VMOVUPS (AX), Y0
	VMOVUPS 32(AX), Y1
	VMOVUPS (BX), Y2
	VMOVUPS 32(BX), Y3

loop:
	VMOVUPS (SI), Y4
	VMOVUPS 32(SI), Y5
	VFMADD213PS Y2, Y0, Y4
	VFMADD213PS Y3, Y1, Y5
	VMAXPS Y4, Y6, Y4
	VMAXPS Y5, Y6, Y5
	VMOVUPS Y4, (DI)
	VMOVUPS Y5, 32(DI)
	ADDQ DX, SI
	ADDQ DX, DI
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET

// Loads 16 values of g to Y4 and Y5, and of x less mean to Y6 and Y7.
#define TAKE \
	VMOVUPS (R8), Y4      \
	VMOVUPS 32(R8), Y5    \
	VMOVUPS (SI), Y6      \
	VMOVUPS 32(SI), Y7    \
	VSUBPS Y10, Y6, Y8    \
	VSUBPS Y11, Y7, Y9

// Keeps of g what passes: x*scale+shift > 0, with scale and shift at R9 and R10.
#define MASK \
	VMOVUPS (R10), Y14            \
	VFMADD231PS (R9), Y6, Y14     \
	VCMPPS $0x1E, Y15, Y14, Y14   \
	VANDPS Y14, Y4, Y4            \
	VMOVUPS 32(R10), Y14          \
	VFMADD231PS 32(R9), Y7, Y14   \
	VCMPPS $0x1E, Y15, Y14, Y14   \
	VANDPS Y14, Y5, Y5

#define SUMS \
	VADDPS Y4, Y0, Y0       \
	VADDPS Y5, Y1, Y1       \
	VFMADD231PS Y4, Y8, Y2  \
	VFMADD231PS Y5, Y9, Y3  \
	ADDQ DX, R8             \
	ADDQ DX, SI

// func normSums16(sum, sumX, dy, x, mean, scale, shift *float32, rows, stride int)
TEXT ·normSums16(SB), NOSPLIT, $0-72
	MOVQ sum+0(FP), DI
	MOVQ sumX+8(FP), AX
	MOVQ dy+16(FP), R8
	MOVQ x+24(FP), SI
	MOVQ mean+32(FP), BX
	MOVQ scale+40(FP), R9
	MOVQ shift+48(FP), R10
	MOVQ rows+56(FP), CX
	MOVQ stride+64(FP), DX
	VXORPS Y15, Y15, Y15
	VMOVUPS (DI), Y0
	VMOVUPS 32(DI), Y1
	VMOVUPS (AX), Y2
	VMOVUPS 32(AX), Y3
	VMOVUPS (BX), Y10
	VMOVUPS 32(BX), Y11
	TESTQ R9, R9
	JZ   plain

masked:
	TAKE
	MASK
	SUMS
	DECQ CX
	JNZ  masked
	JMP  done

plain:
	TAKE
	SUMS
	DECQ CX
	JNZ  plain

done:
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	VMOVUPS Y2, (AX)
	VMOVUPS Y3, 32(AX)
	VZEROUPPER
	RET

// (x-mean)*b+c, then + g*a.
#define BACK \
	VFMADD213PS Y2, Y12, Y8    \
	VFMADD213PS Y3, Y13, Y9    \
	VFMADD231PS Y4, Y0, Y8     \
	VFMADD231PS Y5, Y1, Y9     \
	VMOVUPS Y8, (R8)           \
	VMOVUPS Y9, 32(R8)         \
	ADDQ DX, R8                \
	ADDQ DX, SI

// func normBack16(dy, x, mean, a, b, c, scale, shift *float32, rows, stride int)
TEXT ·normBack16(SB), NOSPLIT, $0-80
	MOVQ dy+0(FP), R8
	MOVQ x+8(FP), SI
	MOVQ mean+16(FP), AX
	VMOVUPS (AX), Y10
	VMOVUPS 32(AX), Y11
	MOVQ a+24(FP), AX
	VMOVUPS (AX), Y0
	VMOVUPS 32(AX), Y1
	MOVQ b+32(FP), AX
	VMOVUPS (AX), Y12
	VMOVUPS 32(AX), Y13
	MOVQ c+40(FP), AX
	VMOVUPS (AX), Y2
	VMOVUPS 32(AX), Y3
	MOVQ scale+48(FP), R9
	MOVQ shift+56(FP), R10
	MOVQ rows+64(FP), CX
	MOVQ stride+72(FP), DX
	VXORPS Y15, Y15, Y15
	TESTQ R9, R9
	JZ   plain

masked:
	TAKE
	MASK
	BACK
	DECQ CX
	JNZ  masked
	VZEROUPPER
	RET

plain:
	TAKE
	BACK
	DECQ CX
	JNZ  plain
	VZEROUPPER
	RET

// func adam8(value, grad, m, v *float32, n int, c *Adam)
TEXT ·adam8(SB), NOSPLIT, $0-48
	MOVQ value+0(FP), DI
	MOVQ grad+8(FP), SI
	MOVQ m+16(FP), R8
	MOVQ v+24(FP), R9
	MOVQ n+32(FP), CX
	MOVQ c+40(FP), BX
	VBROADCASTSS 0(BX), Y8
	VBROADCASTSS 4(BX), Y9
	VBROADCASTSS 8(BX), Y10
	VBROADCASTSS 12(BX), Y11
	VBROADCASTSS 16(BX), Y12
	VBROADCASTSS 20(BX), Y13
	VBROADCASTSS 24(BX), Y14
	XORQ AX, AX

loop:
	VMOVUPS (SI)(AX*4), Y0
	VMULPS (R8)(AX*4), Y8, Y1
	VFMADD231PS Y0, Y9, Y1
	VMOVUPS Y1, (R8)(AX*4)
	VMULPS (R9)(AX*4), Y10, Y2
	VMULPS Y0, Y11, Y3
	VFMADD231PS Y0, Y3, Y2
	VMOVUPS Y2, (R9)(AX*4)
	VSQRTPS Y2, Y2
	VFMADD213PS Y14, Y13, Y2
	VMULPS Y1, Y12, Y1
	VDIVPS Y2, Y1, Y1
	VMOVUPS (DI)(AX*4), Y4
	VSUBPS Y1, Y4, Y4
	VMOVUPS Y4, (DI)(AX*4)
	ADDQ $8, AX
	CMPQ AX, CX
	JLT  loop
	VZEROUPPER
	RET

// func add8(dst, src *float32, n int)
TEXT ·add8(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX
	XORQ AX, AX

loop:
	VMOVUPS (DI)(AX*4), Y0
	VADDPS (SI)(AX*4), Y0, Y0
	VMOVUPS Y0, (DI)(AX*4)
	ADDQ $8, AX
	CMPQ AX, CX
	JLT  loop
	VZEROUPPER
	RET

// func mulAdd8(dst, a, b *float32, n int)
TEXT ·mulAdd8(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ n+24(FP), CX
	XORQ AX, AX

loop:
	VMOVUPS (DI)(AX*4), Y0
	VMOVUPS (SI)(AX*4), Y1
	VFMADD231PS (DX)(AX*4), Y1, Y0
	VMOVUPS Y0, (DI)(AX*4)
	ADDQ $8, AX
	CMPQ AX, CX
	JLT  loop
	VZEROUPPER
	RET

// func difference8(d, y, want *float32, n int, scale float32, sum *[8]float32)
TEXT ·difference8(SB), NOSPLIT, $0-48
	MOVQ d+0(FP), DI
	MOVQ y+8(FP), SI
	MOVQ want+16(FP), DX
	MOVQ n+24(FP), CX
	VBROADCASTSS scale+32(FP), Y3
	MOVQ sum+40(FP), BX
	VXORPS Y0, Y0, Y0
	XORQ AX, AX

loop:
	VMOVUPS (SI)(AX*4), Y1
	VSUBPS (DX)(AX*4), Y1, Y1
	VFMADD231PS Y1, Y1, Y0
	VMULPS Y3, Y1, Y1
	VMOVUPS Y1, (DI)(AX*4)
	ADDQ $8, AX
	CMPQ AX, CX
	JLT  loop
	VMOVUPS Y0, (BX)
	VZEROUPPER
	RET
