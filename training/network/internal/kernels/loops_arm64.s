//go:build !noasm && !purego

#include "textflag.h"
#include "encode_arm64.h"

// The loops of loops_native.go, which has their signatures. Those on columns hold 16
// columns in four registers and go down the rows; those on n values take 8 at a time.
// Nothing is rounded otherwise than in loops_amd64.s.

// Adds the row in V4-V7 to the sums in V0-V3.
#define ADDROW \
	FADD(0, 0, 4) \
	FADD(1, 1, 5) \
	FADD(2, 2, 6) \
	FADD(3, 3, 7)

// func colSum16(sum, x *float32, rows, stride int)
//
// V0-V3 sums, V4-V7 a row.
TEXT ·colSum16(SB), NOSPLIT, $0-32
	MOVD sum+0(FP), R0
	MOVD x+8(FP), R1
	MOVD rows+16(FP), R2
	MOVD stride+24(FP), R3
	VLD1 (R0), [V0.S4, V1.S4, V2.S4, V3.S4]

loop:
	VLD1.P (R1)(R3), [V4.S4, V5.S4, V6.S4, V7.S4]
	ADDROW
	SUBS   $1, R2
	BNE    loop
	VST1   [V0.S4, V1.S4, V2.S4, V3.S4], (R0)
	RET

// func colSquares16(sum, x, mean *float32, rows, stride int)
//
// V0-V3 sums, V4-V7 a row, V16-V19 mean.
TEXT ·colSquares16(SB), NOSPLIT, $0-40
	MOVD sum+0(FP), R0
	MOVD x+8(FP), R1
	MOVD mean+16(FP), R4
	MOVD rows+24(FP), R2
	MOVD stride+32(FP), R3
	VLD1 (R0), [V0.S4, V1.S4, V2.S4, V3.S4]
	VLD1 (R4), [V16.S4, V17.S4, V18.S4, V19.S4]

loop:
	VLD1.P (R1)(R3), [V4.S4, V5.S4, V6.S4, V7.S4]
	FSUB(4, 4, 16)
	FSUB(5, 5, 17)
	FSUB(6, 6, 18)
	FSUB(7, 7, 19)
	VFMLA  V4.S4, V4.S4, V0.S4
	VFMLA  V5.S4, V5.S4, V1.S4
	VFMLA  V6.S4, V6.S4, V2.S4
	VFMLA  V7.S4, V7.S4, V3.S4
	SUBS   $1, R2
	BNE    loop
	VST1   [V0.S4, V1.S4, V2.S4, V3.S4], (R0)
	RET

// func scaleShift16(y, x, scale, shift *float32, rows, stride int, low float32)
//
// V0-V3 result, V4-V7 a row, V16-V19 scale, V20-V23 shift, V24 low. FMAX gives NaN for
// NaN.
TEXT ·scaleShift16(SB), NOSPLIT, $0-52
	MOVD  y+0(FP), R0
	MOVD  x+8(FP), R1
	MOVD  scale+16(FP), R4
	MOVD  shift+24(FP), R5
	MOVD  rows+32(FP), R2
	MOVD  stride+40(FP), R3
	FMOVS low+48(FP), F24
	VDUP  V24.S[0], V24.S4
	VLD1  (R4), [V16.S4, V17.S4, V18.S4, V19.S4]
	VLD1  (R5), [V20.S4, V21.S4, V22.S4, V23.S4]

loop:
	VLD1.P (R1)(R3), [V4.S4, V5.S4, V6.S4, V7.S4]
	VMOV   V20.B16, V0.B16
	VMOV   V21.B16, V1.B16
	VMOV   V22.B16, V2.B16
	VMOV   V23.B16, V3.B16
	VFMLA  V4.S4, V16.S4, V0.S4
	VFMLA  V5.S4, V17.S4, V1.S4
	VFMLA  V6.S4, V18.S4, V2.S4
	VFMLA  V7.S4, V19.S4, V3.S4
	FMAX(0, 0, 24)
	FMAX(1, 1, 24)
	FMAX(2, 2, 24)
	FMAX(3, 3, 24)
	VST1.P [V0.S4, V1.S4, V2.S4, V3.S4], (R0)(R3)
	SUBS   $1, R2
	BNE    loop
	RET

// Zeroes what does not pass of V4-V7, the gradients: x*scale+shift > 0 with x in V8-V11
// and scale and shift at R9 and R10. Uses V24-V31.
#define MASK \
	VLD1 (R10), [V24.S4, V25.S4, V26.S4, V27.S4] \
	VLD1 (R9), [V28.S4, V29.S4, V30.S4, V31.S4]  \
	VFMLA V8.S4, V28.S4, V24.S4                  \
	VFMLA V9.S4, V29.S4, V25.S4                  \
	VFMLA V10.S4, V30.S4, V26.S4                 \
	VFMLA V11.S4, V31.S4, V27.S4                 \
	FCMGT0(24, 24)                               \
	FCMGT0(25, 25)                               \
	FCMGT0(26, 26)                               \
	FCMGT0(27, 27)                               \
	VAND  V24.B16, V4.B16, V4.B16                \
	VAND  V25.B16, V5.B16, V5.B16                \
	VAND  V26.B16, V6.B16, V6.B16                \
	VAND  V27.B16, V7.B16, V7.B16

// Takes the mean, V16-V19, from x.
#define LESSMEAN \
	FSUB(8, 8, 16)   \
	FSUB(9, 9, 17)   \
	FSUB(10, 10, 18) \
	FSUB(11, 11, 19)

#define SUMS \
	ADDROW                      \
	VFMLA V8.S4, V4.S4, V20.S4  \
	VFMLA V9.S4, V5.S4, V21.S4  \
	VFMLA V10.S4, V6.S4, V22.S4 \
	VFMLA V11.S4, V7.S4, V23.S4

// func normSums16(sum, sumX, dy, x, mean, scale, shift *float32, rows, stride int)
//
// V0-V3 sums, V20-V23 sums of g*(x-mean), V4-V7 g, V8-V11 x, V16-V19 mean.
TEXT ·normSums16(SB), NOSPLIT, $0-72
	MOVD sum+0(FP), R0
	MOVD sumX+8(FP), R4
	MOVD dy+16(FP), R5
	MOVD x+24(FP), R1
	MOVD mean+32(FP), R6
	MOVD scale+40(FP), R9
	MOVD shift+48(FP), R10
	MOVD rows+56(FP), R2
	MOVD stride+64(FP), R3
	VLD1 (R0), [V0.S4, V1.S4, V2.S4, V3.S4]
	VLD1 (R4), [V20.S4, V21.S4, V22.S4, V23.S4]
	VLD1 (R6), [V16.S4, V17.S4, V18.S4, V19.S4]
	CBZ  R9, plain

masked:
	VLD1.P (R5)(R3), [V4.S4, V5.S4, V6.S4, V7.S4]
	VLD1.P (R1)(R3), [V8.S4, V9.S4, V10.S4, V11.S4]
	MASK
	LESSMEAN
	SUMS
	SUBS   $1, R2
	BNE    masked
	B      done

plain:
	VLD1.P (R5)(R3), [V4.S4, V5.S4, V6.S4, V7.S4]
	VLD1.P (R1)(R3), [V8.S4, V9.S4, V10.S4, V11.S4]
	LESSMEAN
	SUMS
	SUBS   $1, R2
	BNE    plain

done:
	VST1 [V0.S4, V1.S4, V2.S4, V3.S4], (R0)
	VST1 [V20.S4, V21.S4, V22.S4, V23.S4], (R4)
	RET

// Writes (x-mean)*b+c, then + g*a, over g. Uses V24-V27. R5 moves on.
#define BACK \
	VMOV  V12.B16, V24.B16                               \
	VMOV  V13.B16, V25.B16                               \
	VMOV  V14.B16, V26.B16                               \
	VMOV  V15.B16, V27.B16                               \
	VFMLA V8.S4, V20.S4, V24.S4                          \
	VFMLA V9.S4, V21.S4, V25.S4                          \
	VFMLA V10.S4, V22.S4, V26.S4                         \
	VFMLA V11.S4, V23.S4, V27.S4                         \
	VFMLA V4.S4, V0.S4, V24.S4                           \
	VFMLA V5.S4, V1.S4, V25.S4                           \
	VFMLA V6.S4, V2.S4, V26.S4                           \
	VFMLA V7.S4, V3.S4, V27.S4                           \
	VST1.P [V24.S4, V25.S4, V26.S4, V27.S4], (R5)(R3)

// func normBack16(dy, x, mean, a, b, c, scale, shift *float32, rows, stride int)
//
// V0-V3 a, V20-V23 b, V12-V15 c, V4-V7 g, V8-V11 x, V16-V19 mean.
TEXT ·normBack16(SB), NOSPLIT, $0-80
	MOVD dy+0(FP), R5
	MOVD x+8(FP), R1
	MOVD mean+16(FP), R6
	VLD1 (R6), [V16.S4, V17.S4, V18.S4, V19.S4]
	MOVD a+24(FP), R6
	VLD1 (R6), [V0.S4, V1.S4, V2.S4, V3.S4]
	MOVD b+32(FP), R6
	VLD1 (R6), [V20.S4, V21.S4, V22.S4, V23.S4]
	MOVD c+40(FP), R6
	VLD1 (R6), [V12.S4, V13.S4, V14.S4, V15.S4]
	MOVD scale+48(FP), R9
	MOVD shift+56(FP), R10
	MOVD rows+64(FP), R2
	MOVD stride+72(FP), R3
	CBZ  R9, plain

masked:
	VLD1   (R5), [V4.S4, V5.S4, V6.S4, V7.S4]
	VLD1.P (R1)(R3), [V8.S4, V9.S4, V10.S4, V11.S4]
	MASK
	LESSMEAN
	BACK
	SUBS   $1, R2
	BNE    masked
	RET

plain:
	VLD1   (R5), [V4.S4, V5.S4, V6.S4, V7.S4]
	VLD1.P (R1)(R3), [V8.S4, V9.S4, V10.S4, V11.S4]
	LESSMEAN
	BACK
	SUBS   $1, R2
	BNE    plain
	RET

// func adam8(value, grad, m, v *float32, n int, c *Adam)
//
// V16-V22 the constants in their order, V0 V1 gradient, V2 V3 m, V4 V5 v, V6 V7 value.
TEXT ·adam8(SB), NOSPLIT, $0-48
	MOVD    value+0(FP), R0
	MOVD    grad+8(FP), R1
	MOVD    m+16(FP), R4
	MOVD    v+24(FP), R5
	MOVD    n+32(FP), R2
	MOVD    c+40(FP), R6
	VLD1R.P 4(R6), [V16.S4]
	VLD1R.P 4(R6), [V17.S4]
	VLD1R.P 4(R6), [V18.S4]
	VLD1R.P 4(R6), [V19.S4]
	VLD1R.P 4(R6), [V20.S4]
	VLD1R.P 4(R6), [V21.S4]
	VLD1R   (R6), [V22.S4]

loop:
	VLD1.P 32(R1), [V0.S4, V1.S4]
	VLD1   (R4), [V2.S4, V3.S4]
	VLD1   (R5), [V4.S4, V5.S4]
	VLD1   (R0), [V6.S4, V7.S4]
	FMUL(2, 2, 16)
	FMUL(3, 3, 16)
	VFMLA  V0.S4, V17.S4, V2.S4
	VFMLA  V1.S4, V17.S4, V3.S4
	FMUL(4, 4, 18)
	FMUL(5, 5, 18)
	FMUL(24, 0, 19)
	FMUL(25, 1, 19)
	VFMLA  V0.S4, V24.S4, V4.S4
	VFMLA  V1.S4, V25.S4, V5.S4
	VST1.P [V2.S4, V3.S4], 32(R4)
	VST1.P [V4.S4, V5.S4], 32(R5)
	FSQRT(4, 4)
	FSQRT(5, 5)
	VMOV   V22.B16, V24.B16
	VMOV   V22.B16, V25.B16
	VFMLA  V4.S4, V21.S4, V24.S4
	VFMLA  V5.S4, V21.S4, V25.S4
	FMUL(2, 2, 20)
	FMUL(3, 3, 20)
	FDIV(2, 2, 24)
	FDIV(3, 3, 25)
	FSUB(6, 6, 2)
	FSUB(7, 7, 3)
	VST1.P [V6.S4, V7.S4], 32(R0)
	SUBS   $8, R2
	BNE    loop
	RET

// func add8(dst, src *float32, n int)
TEXT ·add8(SB), NOSPLIT, $0-24
	MOVD dst+0(FP), R0
	MOVD src+8(FP), R1
	MOVD n+16(FP), R2

loop:
	VLD1   (R0), [V0.S4, V1.S4]
	VLD1.P 32(R1), [V2.S4, V3.S4]
	FADD(0, 0, 2)
	FADD(1, 1, 3)
	VST1.P [V0.S4, V1.S4], 32(R0)
	SUBS   $8, R2
	BNE    loop
	RET

// func mulAdd8(dst, a, b *float32, n int)
TEXT ·mulAdd8(SB), NOSPLIT, $0-32
	MOVD dst+0(FP), R0
	MOVD a+8(FP), R1
	MOVD b+16(FP), R4
	MOVD n+24(FP), R2

loop:
	VLD1   (R0), [V0.S4, V1.S4]
	VLD1.P 32(R1), [V2.S4, V3.S4]
	VLD1.P 32(R4), [V4.S4, V5.S4]
	VFMLA  V2.S4, V4.S4, V0.S4
	VFMLA  V3.S4, V5.S4, V1.S4
	VST1.P [V0.S4, V1.S4], 32(R0)
	SUBS   $8, R2
	BNE    loop
	RET

// func difference8(d, y, want *float32, n int, scale float32, sum *[8]float32)
//
// V0 V1 sums of squares, V2-V5 values, V6 scale.
TEXT ·difference8(SB), NOSPLIT, $0-48
	MOVD  d+0(FP), R0
	MOVD  y+8(FP), R1
	MOVD  want+16(FP), R4
	MOVD  n+24(FP), R2
	FMOVS scale+32(FP), F6
	MOVD  sum+40(FP), R5
	VDUP  V6.S[0], V6.S4
	VEOR  V0.B16, V0.B16, V0.B16
	VEOR  V1.B16, V1.B16, V1.B16

loop:
	VLD1.P 32(R1), [V2.S4, V3.S4]
	VLD1.P 32(R4), [V4.S4, V5.S4]
	FSUB(2, 2, 4)
	FSUB(3, 3, 5)
	VFMLA  V2.S4, V2.S4, V0.S4
	VFMLA  V3.S4, V3.S4, V1.S4
	FMUL(2, 2, 6)
	FMUL(3, 3, 6)
	VST1.P [V2.S4, V3.S4], 32(R0)
	SUBS   $8, R2
	BNE    loop
	VST1   [V0.S4, V1.S4], (R5)
	RET
