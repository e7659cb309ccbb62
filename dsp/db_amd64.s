//go:build !noasm && !purego

#include "textflag.h"

#define FOUR(name, value) \
	DATA name+0(SB)/8, value  \
	DATA name+8(SB)/8, value  \
	DATA name+16(SB)/8, value \
	DATA name+24(SB)/8, value \
	GLOBL name(SB), RODATA|NOPTR, $32

FOUR(lower32<>, $0xFFFFFFFF)
FOUR(thirtyTwo<>, $32)
FOUR(sixteen<>, $16)
FOUR(twoTo52<>, $0x4330000000000000)
FOUR(index<>, $0xFF)
FOUR(fraction<>, $0xFFFFFF)
FOUR(halfFraction<>, $0x800000)
FOUR(halfDB<>, $0x80)

// -100 dB in Q11.20, twice in each.
FOUR(floors<>, $0xF9C00000F9C00000)

// Where the four 32-bit results lie: the bands' order is 0, 2, 1, 3.
DATA order<>+0(SB)/8, $0x0000000400000000
DATA order<>+8(SB)/8, $0x0000000600000002
DATA order<>+16(SB)/8, $0
DATA order<>+24(SB)/8, $0
GLOBL order<>(SB), RODATA|NOPTR, $32

// func levelsVector(dst *DB, sums *mel.Sum, bandExponents, table *int32, exponent, n int)
//
// DI levels, SI sums, DX exponents of bands, R8 table, CX groups of 4 left; Y15
// zero, Y14 lower32, Y13 thirtyTwo, Y12 the frame's exponent, Y11 the table's last
// entry (decibels per octave), Y10 floors, Y9 order.
//
// AVX2 cannot count leading zeros. Two steps of 32 and 16 bits bring the highest
// bit of a sum into the upper 16 of 64; the upper 52 are then put into a float64,
// whose subtraction of 2^52 is exact and leaves the position of the highest bit in
// the exponent and the bits below it in the fraction.
TEXT ·levelsVector(SB), NOSPLIT, $0-48
	MOVQ         dst+0(FP), DI
	MOVQ         sums+8(FP), SI
	MOVQ         bandExponents+16(FP), DX
	MOVQ         table+24(FP), R8
	MOVQ         exponent+32(FP), AX
	MOVQ         n+40(FP), CX
	SHRQ         $2, CX
	SUBQ         $1011, AX            // the float64's bias, less the 12 bits that it leaves out
	VMOVQ        AX, X12
	VPBROADCASTQ X12, Y12
	VPBROADCASTD 1024(R8), Y11
	VPXOR        Y15, Y15, Y15
	VMOVDQU      lower32<>(SB), Y14
	VMOVDQU      thirtyTwo<>(SB), Y13
	VMOVDQU      floors<>(SB), Y10
	VMOVDQU      order<>(SB), Y9

group:
	VMOVDQU     (SI), Y0
	VMOVDQU     32(SI), Y1
	VPUNPCKLQDQ Y1, Y0, Y2
	VPUNPCKHQDQ Y1, Y0, Y3
	VPSRLQ      $32, Y3, Y4
	VPADDQ      Y4, Y2, Y2            // upper 64 of 96 bits
	VPAND       Y14, Y3, Y3           // lower 32

	// Y0 = the upper 64 bits if the highest is among the upper 32, else the lower
	// 64; Y6 = 32 or 0, how many were left out.
	VPSRLQ    $32, Y2, Y4
	VPCMPEQQ  Y15, Y4, Y4
	VPSLLQ    $32, Y2, Y5
	VPOR      Y3, Y5, Y5
	VPBLENDVB Y4, Y5, Y2, Y0
	VPANDN    Y13, Y4, Y6
	VPCMPEQQ  Y15, Y0, Y7             // silence

	VPSRLQ   $32, Y0, Y1
	VPCMPEQQ Y15, Y1, Y1
	VPAND    Y13, Y1, Y1
	VPSLLVQ  Y1, Y0, Y0
	VPSUBQ   Y1, Y6, Y6
	VPSRLQ   $48, Y0, Y1
	VPCMPEQQ Y15, Y1, Y1
	VPAND    sixteen<>(SB), Y1, Y1
	VPSLLVQ  Y1, Y0, Y0
	VPSUBQ   Y1, Y6, Y6
	VPSRLQ   $12, Y0, Y0
	VPOR     twoTo52<>(SB), Y0, Y0
	VSUBPD   twoTo52<>(SB), Y0, Y0

	// Octaves times decibels per octave.
	VPMOVSXDQ (DX), Y2
	VPERMQ    $0xD8, Y2, Y2
	VPSRLQ    $52, Y0, Y1
	VPADDQ    Y12, Y2, Y2
	VPADDQ    Y6, Y1, Y1
	VPADDQ    Y2, Y1, Y1
	VPMULDQ   Y11, Y1, Y1

	// Interpolation between two entries, which one gather brings.
	VPSRLQ     $44, Y0, Y2
	VPAND      index<>(SB), Y2, Y2
	VPCMPEQD   Y4, Y4, Y4
	VPGATHERQQ Y4, (R8)(Y2*4), Y3
	VPSRLQ     $20, Y0, Y0
	VPAND      fraction<>(SB), Y0, Y0
	VPAND      Y14, Y3, Y4
	VPSRLQ     $32, Y3, Y3
	VPSUBQ     Y4, Y3, Y3
	VPMULUDQ   Y0, Y3, Y3
	VPADDQ     halfFraction<>(SB), Y3, Y3
	VPSRLQ     $24, Y3, Y3
	VPADDQ     Y4, Y1, Y1
	VPADDQ     Y3, Y1, Y1
	VPADDQ     halfDB<>(SB), Y1, Y1
	VPSRLQ     $8, Y1, Y1

	VPBLENDVB Y7, Y10, Y1, Y1
	VPERMD    Y1, Y9, Y1
	VPMAXSD   X10, X1, X1
	VMOVDQU   X1, (DI)
	ADDQ      $64, SI
	ADDQ      $16, DX
	ADDQ      $16, DI
	DECQ      CX
	JNZ       group
	VZEROUPPER
	RET
