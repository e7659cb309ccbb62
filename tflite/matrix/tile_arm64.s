//go:build !noasm && !purego

#include "textflag.h"
#include "encode_arm64.h"

// A tile of 8 rows x 8 columns: 16 of 32 registers are sums.
//
// Registers:
//	R0      *Work
//	R3-R10  rows of A, moving along k
//	R11     step of A            R12  step of B, bytes
//	R13     row k of B           R14  ks left in the segment
//	R15     next segment         R16  segments left
//	R17     where the rows stand, as an offset from their starts, bytes
//	R1 R2 R19 R20  scratch
//	V0 V1   8 columns of B       V2-V5  a value of A, four times
//	V16-V31 sums, two to a row

#define ROWPTR(i, r) \
	MOVW (4*i)(R2), R19 \
	ADD  R19<<2, R1, r

#define LOADC(i, x, y) \
	MOVW (4*i)(R2), R19  \
	ADD  R19<<2, R1, R20 \
	VLD1 (R20), [x, y]

// Within the limits in V0 and V1; NaN stays.
#define CLAMP(x) \
	FMAX(x, x, 0) \
	FMIN(x, x, 1)

#define LIMITS \
	ADD  $208, R0, R1    \
	VLD1R (R1), [V0.S4]  \
	ADD  $212, R0, R1    \
	VLD1R (R1), [V1.S4]

#define STOREC(i, n, x, y) \
	CLAMP(n)             \
	CLAMP(n+1)           \
	MOVW (4*i)(R2), R19  \
	ADD  R19<<2, R1, R20 \
	VST1 [x, y], (R20)

#define STEP(r, t, x, y) \
	VLD1R.P (r)(R11), [t] \
	VFMLA t, V0.S4, x     \
	VFMLA t, V1.S4, y

// func tile8x8neon(w *Work)
TEXT ·tile8x8neon(SB), NOSPLIT, $0-8
	MOVD w+0(FP), R0
	MOVD 144(R0), R1
	CBZ  R1, fromC
	VLD1 (R1), [V16.S4, V17.S4]
	VMOV V16.B16, V18.B16
	VMOV V17.B16, V19.B16
	VMOV V16.B16, V20.B16
	VMOV V17.B16, V21.B16
	VMOV V16.B16, V22.B16
	VMOV V17.B16, V23.B16
	VMOV V16.B16, V24.B16
	VMOV V17.B16, V25.B16
	VMOV V16.B16, V26.B16
	VMOV V17.B16, V27.B16
	VMOV V16.B16, V28.B16
	VMOV V17.B16, V29.B16
	VMOV V16.B16, V30.B16
	VMOV V17.B16, V31.B16
	B    start

fromC:
	MOVD 72(R0), R1
	MOVD 96(R0), R2
	LOADC(0, V16.S4, V17.S4)
	LOADC(1, V18.S4, V19.S4)
	LOADC(2, V20.S4, V21.S4)
	LOADC(3, V22.S4, V23.S4)
	LOADC(4, V24.S4, V25.S4)
	LOADC(5, V26.S4, V27.S4)
	LOADC(6, V28.S4, V29.S4)
	LOADC(7, V30.S4, V31.S4)

start:
	MOVD 0(R0), R1
	MOVD 24(R0), R2
	ROWPTR(0, R3)
	ROWPTR(1, R4)
	ROWPTR(2, R5)
	ROWPTR(3, R6)
	ROWPTR(4, R7)
	ROWPTR(5, R8)
	ROWPTR(6, R9)
	ROWPTR(7, R10)
	MOVD 168(R0), R11
	MOVD 176(R0), R12
	MOVD 120(R0), R15
	MOVD 128(R0), R16
	MOVD ZR, R17
	CBZ  R16, store

segment:
	MOVW 0(R15), R19
	LSL  $2, R19, R19
	SUB  R17, R19, R20
	ADD  R20, R3, R3
	ADD  R20, R4, R4
	ADD  R20, R5, R5
	ADD  R20, R6, R6
	ADD  R20, R7, R7
	ADD  R20, R8, R8
	ADD  R20, R9, R9
	ADD  R20, R10, R10
	MOVD 48(R0), R13
	MOVW 4(R15), R20
	MOVD 184(R0), R1
	MADD R20, R13, R1, R13
	MOVW 8(R15), R14
	ADD  $12, R15
	MADD R14, R19, R11, R17 // where the rows will stand: start + N*step

loop:
	VLD1.P (R13)(R12), [V0.S4, V1.S4]
	STEP(R3, V2.S4, V16.S4, V17.S4)
	STEP(R4, V3.S4, V18.S4, V19.S4)
	STEP(R5, V4.S4, V20.S4, V21.S4)
	STEP(R6, V5.S4, V22.S4, V23.S4)
	STEP(R7, V2.S4, V24.S4, V25.S4)
	STEP(R8, V3.S4, V26.S4, V27.S4)
	STEP(R9, V4.S4, V28.S4, V29.S4)
	STEP(R10, V5.S4, V30.S4, V31.S4)
	SUBS $1, R14
	BNE  loop
	SUBS $1, R16
	BNE  segment

store:
	LIMITS
	MOVD 72(R0), R1
	MOVD 96(R0), R2
	STOREC(0, 16, V16.S4, V17.S4)
	STOREC(1, 18, V18.S4, V19.S4)
	STOREC(2, 20, V20.S4, V21.S4)
	STOREC(3, 22, V22.S4, V23.S4)
	STOREC(4, 24, V24.S4, V25.S4)
	STOREC(5, 26, V26.S4, V27.S4)
	STOREC(6, 28, V28.S4, V29.S4)
	STOREC(7, 30, V30.S4, V31.S4)
	RET

// One row of as many panels as w.panels says. Four at a time, so that the sums do not wait for each other.
//
// Registers:
//	R0      *Work                R3      row of A        R4      where A stands
//	R5      next output          R6      next initial values
//	R7      panels left          R8      bytes of one panel of B
//	R10     next panel           R11 R12 steps of A and B, bytes
//	R13     row k of B           R14     ks left         R15 R16 segments
//	R1 R2 R19 R20  scratch
//	V0 V1   limits               V4      a value of A, four times
//	V2 V3 V5 V6    columns of B  V16-V23 sums, two to a panel

// func row1x8neon(w *Work)
TEXT ·row1x8neon(SB), NOSPLIT, $0-8
	MOVD w+0(FP), R0
	MOVD 24(R0), R1
	MOVW (R1), R19
	MOVD 0(R0), R3
	ADD  R19<<2, R3, R3
	MOVD 96(R0), R1
	MOVW (R1), R19
	MOVD 72(R0), R5
	ADD  R19<<2, R5, R5
	MOVD 144(R0), R6
	MOVD 192(R0), R7
	MOVD 200(R0), R8
	MOVD 48(R0), R10
	MOVD 168(R0), R11
	MOVD 176(R0), R12
	LIMITS
four:
	SUBS $4, R7
	BLT  rest
	VLD1.P 64(R6), [V16.S4, V17.S4, V18.S4, V19.S4]
	VLD1.P 64(R6), [V20.S4, V21.S4, V22.S4, V23.S4]
	MOVD 120(R0), R15
	MOVD 128(R0), R16
	CBZ  R16, store4
segment4:
	MOVW 0(R15), R19
	ADD  R19<<2, R3, R4
	MOVD 184(R0), R1
	MOVW 4(R15), R20
	MADD R20, R10, R1, R13
	MOVW 8(R15), R14
	ADD  $12, R15
loop4:
	VLD1R.P (R4)(R11), [V4.S4]
	ADD  R8, R13, R1
	ADD  R8, R1, R2
	ADD  R8, R2, R19
	VLD1.P (R13)(R12), [V2.S4, V3.S4]
	VLD1 (R1), [V5.S4, V6.S4]
	VFMLA V4.S4, V2.S4, V16.S4
	VFMLA V4.S4, V3.S4, V17.S4
	VLD1 (R2), [V2.S4, V3.S4]
	VFMLA V4.S4, V5.S4, V18.S4
	VFMLA V4.S4, V6.S4, V19.S4
	VLD1 (R19), [V5.S4, V6.S4]
	VFMLA V4.S4, V2.S4, V20.S4
	VFMLA V4.S4, V3.S4, V21.S4
	VFMLA V4.S4, V5.S4, V22.S4
	VFMLA V4.S4, V6.S4, V23.S4
	SUBS $1, R14
	BNE  loop4
	SUBS $1, R16
	BNE  segment4
store4:
	CLAMP(16)
	CLAMP(17)
	CLAMP(18)
	CLAMP(19)
	CLAMP(20)
	CLAMP(21)
	CLAMP(22)
	CLAMP(23)
	VST1.P [V16.S4, V17.S4, V18.S4, V19.S4], 64(R5)
	VST1.P [V20.S4, V21.S4, V22.S4, V23.S4], 64(R5)
	ADD  R8<<2, R10, R10
	B    four
rest:
	ADDS $4, R7
	BEQ  done
one:
	VLD1.P 32(R6), [V16.S4, V17.S4]
	MOVD 120(R0), R15
	MOVD 128(R0), R16
	CBZ  R16, store1
segment1:
	MOVW 0(R15), R19
	ADD  R19<<2, R3, R4
	MOVD 184(R0), R1
	MOVW 4(R15), R20
	MADD R20, R10, R1, R13
	MOVW 8(R15), R14
	ADD  $12, R15
loop1:
	VLD1R.P (R4)(R11), [V4.S4]
	VLD1.P (R13)(R12), [V2.S4, V3.S4]
	VFMLA V4.S4, V2.S4, V16.S4
	VFMLA V4.S4, V3.S4, V17.S4
	SUBS $1, R14
	BNE  loop1
	SUBS $1, R16
	BNE  segment1
store1:
	CLAMP(16)
	CLAMP(17)
	VST1.P [V16.S4, V17.S4], 32(R5)
	ADD  R8, R10, R10
	SUBS $1, R7
	BNE  one
done:
	RET
