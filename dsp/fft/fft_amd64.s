//go:build !noasm && !purego

#include "textflag.h"

// A YMM register holds four complex values: the real parts in the even 32-bit
// lanes, the imaginary parts in the odd ones. VPMULDQ multiplies even lanes to
// 64 bits; VMOVSHDUP brings the odd ones there. A real part in Q30 comes to its
// lane by a shift right by 30, an imaginary part by a shift left by 2: bits 30 to
// 61 of a sum that is below 2^61 in magnitude (doc.go), so neither shift need
// be arithmetic.

DATA halfQ30<>+0(SB)/8, $0x20000000
GLOBL halfQ30<>(SB), RODATA|NOPTR, $8
DATA oneQ30<>+0(SB)/8, $0x40000000
GLOBL oneQ30<>(SB), RODATA|NOPTR, $8
DATA sqrtHalfQ30<>+0(SB)/8, $759250125
GLOBL sqrtHalfQ30<>(SB), RODATA|NOPTR, $8

// DFT4 computes 4-point transforms: y0 in t0, y1 in b, y2 in c, y3 in d.
#define DFT4(a, b, c, d, t0, t1) \
	VPADDD     c, a, t0         \ // a + c
	VPSUBD     c, a, a          \ // a - c
	VPADDD     d, b, t1         \ // b + d
	VPSUBD     d, b, b          \ // b - d
	VPSHUFD    $0xB1, b, b      \ // real and imaginary parts change places
	VPSUBD     t1, t0, c        \
	VPADDD     t1, t0, t0       \
	VPADDD     b, a, t1         \
	VPSUBD     b, a, a          \
	VPBLENDD   $0xAA, a, t1, b  \ // (a-c) - i(b-d)
	VPBLENDD   $0xAA, t1, a, d    // (a-c) + i(b-d)

// TRANSPOSE turns rows of the same output of four leaves into leaves.
#define TRANSPOSE(r0, r1, r2, r3, t0, t1, t2, t3) \
	VPUNPCKLQDQ r1, r0, t0        \
	VPUNPCKHQDQ r1, r0, t1        \
	VPUNPCKLQDQ r3, r2, t2        \
	VPUNPCKHQDQ r3, r2, t3        \
	VPERM2I128  $0x20, t2, t0, r0 \
	VPERM2I128  $0x20, t3, t1, r1 \
	VPERM2I128  $0x31, t2, t0, r2 \
	VPERM2I128  $0x31, t3, t1, r3

// ROTATE multiplies the values at zmem by the factors at wmem, rounded: re*re -
// im*im and re*im + im*re. Y15 holds 1/2 in Q30.
#define ROTATE(zmem, wmem, v, t0, t1, t2, t3) \
	VMOVDQU   zmem, v           \
	VMOVDQU   wmem, t0          \
	VMOVSHDUP zmem, t1          \
	VMOVSHDUP wmem, t2          \
	VPMULDQ   t0, v, t3         \
	VPMULDQ   t2, v, v          \
	VPMULDQ   t1, t2, t2        \
	VPMULDQ   t0, t1, t1        \
	VPSUBQ    t2, t3, t3        \
	VPADDQ    t1, v, v          \
	VPADDQ    Y15, t3, t3       \
	VPADDQ    Y15, v, v         \
	VPSRLQ    $30, t3, t3       \
	VPSLLQ    $2, v, v          \
	VPBLENDD  $0xAA, v, t3, v

// func leaves4Vector(z *pair, src *int32, order *uint16, groups int)
//
// DI output of the group's first leaf, SI input, DX order, CX groups left, R8
// bytes from one input row (and one output leaf) to the next, R9 = 3*R8.
TEXT ·leaves4Vector(SB), NOSPLIT, $0-32
	MOVQ z+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ order+16(FP), DX
	MOVQ groups+24(FP), CX
	MOVQ CX, R8
	SHLQ $5, R8
	LEAQ (R8)(R8*2), R9

group4:
	MOVWLZX (DX), AX
	LEAQ    (SI)(AX*8), AX
	VMOVDQU (AX), Y0
	VMOVDQU (AX)(R8*1), Y1
	VMOVDQU (AX)(R8*2), Y2
	VMOVDQU (AX)(R9*1), Y3
	DFT4(Y0, Y1, Y2, Y3, Y4, Y5)
	TRANSPOSE(Y4, Y1, Y2, Y3, Y6, Y7, Y8, Y9)
	VMOVDQU Y4, (DI)
	VMOVDQU Y1, (DI)(R8*1)
	VMOVDQU Y2, (DI)(R8*2)
	VMOVDQU Y3, (DI)(R9*1)
	ADDQ    $2, DX
	ADDQ    $32, DI
	DECQ    CX
	JNZ     group4
	VZEROUPPER
	RET

// func leaves8Vector(z *pair, src *int32, order *uint16, groups int)
//
// As leaves4Vector; R10 is the bytes from one output leaf to the next, R12 =
// 3*R10, R11 the fifth input row. Y14 holds sqrt(1/2) and Y15 1/2, in Q30.
TEXT ·leaves8Vector(SB), NOSPLIT, $0-32
	MOVQ         z+0(FP), DI
	MOVQ         src+8(FP), SI
	MOVQ         order+16(FP), DX
	MOVQ         groups+24(FP), CX
	MOVQ         CX, R8
	SHLQ         $5, R8
	LEAQ         (R8)(R8*2), R9
	LEAQ         (R8)(R8*1), R10
	LEAQ         (R10)(R10*2), R12
	VPBROADCASTQ sqrtHalfQ30<>(SB), Y14
	VPBROADCASTQ halfQ30<>(SB), Y15

group8:
	MOVWLZX (DX), AX
	LEAQ    (SI)(AX*8), AX
	LEAQ    (AX)(R8*4), R11
	VMOVDQU (AX), Y0
	VMOVDQU (AX)(R8*2), Y1
	VMOVDQU (R11), Y2
	VMOVDQU (R11)(R8*2), Y3
	DFT4(Y0, Y1, Y2, Y3, Y4, Y5)    // e0 to e3 in Y4, Y1, Y2, Y3
	VMOVDQU (AX)(R8*1), Y6
	VMOVDQU (AX)(R9*1), Y7
	VMOVDQU (R11)(R8*1), Y8
	VMOVDQU (R11)(R9*1), Y9
	DFT4(Y6, Y7, Y8, Y9, Y10, Y5)   // o0 to o3 in Y10, Y7, Y8, Y9

	// o1 = (re+im, im-re)*sqrt(1/2).
	VMOVSHDUP Y7, Y0
	VPMULDQ   Y14, Y7, Y7
	VPMULDQ   Y14, Y0, Y0
	VPADDQ    Y0, Y7, Y5
	VPSUBQ    Y7, Y0, Y0
	VPADDQ    Y15, Y5, Y5
	VPADDQ    Y15, Y0, Y0
	VPSRLQ    $30, Y5, Y5
	VPSLLQ    $2, Y0, Y0
	VPBLENDD  $0xAA, Y0, Y5, Y7

	// o3 = (im-re, -re-im)*sqrt(1/2).
	VMOVSHDUP Y9, Y0
	VPMULDQ   Y14, Y9, Y9
	VPMULDQ   Y14, Y0, Y0
	VPADDQ    Y0, Y9, Y5
	VPSUBQ    Y9, Y0, Y0
	VPADDQ    Y15, Y0, Y0
	VPSUBQ    Y5, Y15, Y5
	VPSRLQ    $30, Y0, Y0
	VPSLLQ    $2, Y5, Y5
	VPBLENDD  $0xAA, Y5, Y0, Y9

	VPADDD   Y10, Y4, Y0            // y0
	VPSUBD   Y10, Y4, Y4            // y4
	VPADDD   Y7, Y1, Y5             // y1
	VPSUBD   Y7, Y1, Y1             // y5
	VPADDD   Y9, Y3, Y7             // y3
	VPSUBD   Y9, Y3, Y3             // y7
	VPSHUFD  $0xB1, Y8, Y8
	VPADDD   Y8, Y2, Y9
	VPSUBD   Y8, Y2, Y2
	VPBLENDD $0xAA, Y2, Y9, Y6      // y2 = e2 - i*o2
	VPBLENDD $0xAA, Y9, Y2, Y8      // y6

	TRANSPOSE(Y0, Y5, Y6, Y7, Y9, Y10, Y11, Y12)
	VMOVDQU Y0, (DI)
	VMOVDQU Y5, (DI)(R10*1)
	VMOVDQU Y6, (DI)(R10*2)
	VMOVDQU Y7, (DI)(R12*1)
	TRANSPOSE(Y4, Y1, Y8, Y3, Y9, Y10, Y11, Y12)
	VMOVDQU Y4, 32(DI)
	VMOVDQU Y1, 32(DI)(R10*1)
	VMOVDQU Y8, 32(DI)(R10*2)
	VMOVDQU Y3, 32(DI)(R12*1)
	ADDQ    $2, DX
	ADDQ    $64, DI
	DECQ    CX
	JNZ     group8
	VZEROUPPER
	RET

// func stage4Vector(z, tw *pair, points, blocks int)
//
// DI the first of four transforms, R8 bytes of one, R9 = 3*R8; SI factors, of
// which there are three rows of R8 bytes; DX blocks left, CX vectors left in the
// block.
TEXT ·stage4Vector(SB), NOSPLIT, $0-32
	MOVQ         z+0(FP), DI
	MOVQ         tw+8(FP), SI
	MOVQ         points+16(FP), R8
	MOVQ         blocks+24(FP), DX
	SHLQ         $3, R8
	LEAQ         (R8)(R8*2), R9
	VPBROADCASTQ halfQ30<>(SB), Y15

block:
	MOVQ R8, CX
	SHRQ $5, CX

butterflies:
	VMOVDQU (DI), Y0
	ROTATE((DI)(R8*1), (SI), Y1, Y4, Y5, Y6, Y7)
	ROTATE((DI)(R8*2), (SI)(R8*1), Y2, Y8, Y9, Y10, Y11)
	ROTATE((DI)(R9*1), (SI)(R8*2), Y3, Y4, Y5, Y6, Y7)
	DFT4(Y0, Y1, Y2, Y3, Y12, Y13)
	VMOVDQU Y12, (DI)
	VMOVDQU Y1, (DI)(R8*1)
	VMOVDQU Y2, (DI)(R8*2)
	VMOVDQU Y3, (DI)(R9*1)
	ADDQ    $32, DI
	ADDQ    $32, SI
	DECQ    CX
	JNZ     butterflies
	ADDQ    R9, DI
	SUBQ    R8, SI
	DECQ    DX
	JNZ     block
	VZEROUPPER
	RET

// func splitVector(dst *uint64, z, w *pair, m, pairs int)
//
// SI bins k to k+3, R8 bins m-k-3 to m-k, DX factors, DI and R9 their powers;
// CX vectors left, AX 1 before the last, which ends at k = pairs. Y15 holds 1
// in Q30, which is the rounding too.
TEXT ·splitVector(SB), NOSPLIT, $0-40
	MOVQ         dst+0(FP), DI
	MOVQ         z+8(FP), SI
	MOVQ         w+16(FP), DX
	MOVQ         m+24(FP), R8
	MOVQ         pairs+32(FP), R10
	VPBROADCASTQ oneQ30<>(SB), Y15

	// Where the last four pairs lie: k = R10-3.
	LEAQ -3(R10), R11
	MOVQ R8, R12
	SUBQ R10, R12                // m - pairs
	LEAQ (SI)(R11*8), R13        // z + k
	LEAQ (DX)(R11*8), BX         // w + k
	LEAQ (DI)(R11*8), R11        // dst + k
	MOVQ R10, CX
	SHRQ $2, CX
	MOVQ $1, AX
	LEAQ -32(DI)(R8*8), R9
	LEAQ -32(SI)(R8*8), R8
	LEAQ (SI)(R12*8), R10        // z + m - pairs
	LEAQ (DI)(R12*8), R12        // dst + m - pairs
	ADDQ $8, SI
	ADDQ $8, DX
	ADDQ $8, DI

pairs4:
	VMOVDQU   (SI), Y0
	VPERMQ    $0x1B, (R8), Y1
	VMOVDQU   (DX), Y2
	VMOVSHDUP (DX), Y8
	VPADDD    Y1, Y0, Y3
	VPSUBD    Y1, Y0, Y4
	VPBLENDD  $0xAA, Y4, Y3, Y5  // a
	VPBLENDD  $0xAA, Y3, Y4, Y6  // b
	VMOVSHDUP Y6, Y7
	VMOVSHDUP Y5, Y12
	VPMULDQ   Y8, Y6, Y9
	VPMULDQ   Y2, Y7, Y10
	VPMULDQ   Y8, Y7, Y7
	VPMULDQ   Y2, Y6, Y6
	VPMULDQ   Y15, Y5, Y5
	VPMULDQ   Y15, Y12, Y12
	VPADDQ    Y10, Y9, Y9        // re of t
	VPSUBQ    Y6, Y7, Y10        // im of t
	VPADDQ    Y15, Y5, Y5        // a*2^30, and 1/2 for rounding
	VPADDQ    Y15, Y12, Y12
	VPADDQ    Y9, Y5, Y0
	VPADDQ    Y10, Y12, Y1
	VPSUBQ    Y9, Y5, Y5
	VPSUBQ    Y10, Y12, Y12
	VPSRLQ    $31, Y0, Y0
	VPSRLQ    $31, Y1, Y1
	VPSRLQ    $31, Y5, Y5
	VPSRLQ    $31, Y12, Y12
	VPMULDQ   Y0, Y0, Y0
	VPMULDQ   Y1, Y1, Y1
	VPMULDQ   Y5, Y5, Y5
	VPMULDQ   Y12, Y12, Y12
	VPADDQ    Y1, Y0, Y0
	VPADDQ    Y12, Y5, Y5
	VPERMQ    $0x1B, Y5, Y5
	VMOVDQU   Y0, (DI)
	VMOVDQU   Y5, (R9)
	ADDQ      $32, SI
	ADDQ      $32, DX
	ADDQ      $32, DI
	SUBQ      $32, R8
	SUBQ      $32, R9
	DECQ      CX
	JNZ       pairs4

	TESTQ AX, AX
	JZ    done
	XORQ  AX, AX
	MOVQ  $1, CX
	MOVQ  R13, SI
	MOVQ  BX, DX
	MOVQ  R11, DI
	MOVQ  R10, R8
	MOVQ  R12, R9
	JMP   pairs4

done:
	VZEROUPPER
	RET
