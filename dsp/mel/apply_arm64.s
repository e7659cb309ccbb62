//go:build !noasm && !purego

#include "textflag.h"

// Go's assembler lacks these instructions. D, N and M are register numbers; the
// comment is what `build/oracle/dsp/encodings` assembles and compares.

// umlal v\D.2d, v\N.2s, v\M.2s
#define UMLAL(M, N, D) WORD $(0x2EA08000 | (M)<<16 | (N)<<5 | (D))
// umlal2 v\D.2d, v\N.4s, v\M.4s
#define UMLAL2(M, N, D) WORD $(0x6EA08000 | (M)<<16 | (N)<<5 | (D))
// uzp1 v\D.4s, v\N.4s, v\M.4s
#define UZP1(M, N, D) WORD $(0x4E801800 | (M)<<16 | (N)<<5 | (D))
// uzp2 v\D.4s, v\N.4s, v\M.4s
#define UZP2(M, N, D) WORD $(0x4E805800 | (M)<<16 | (N)<<5 | (D))
// addp v\D.2d, v\N.2d, v\M.2d
#define ADDP(M, N, D) WORD $(0x4EE0BC00 | (M)<<16 | (N)<<5 | (D))

// func applyVector(dst *Sum, power *uint64, runs *run, weights *uint32, bands int)
//
// R0 sums, R1 power, R2 runs, R3 weights, R4 bands left; R5 the band's bins, R6 its
// vectors of 4 left. V16 sums the products with the upper halves of the powers,
// V17 those with the lower ones; doc.go shows that neither overflows.
TEXT ·applyVector(SB), NOSPLIT, $0-40
	MOVD dst+0(FP), R0
	MOVD power+8(FP), R1
	MOVD runs+16(FP), R2
	MOVD weights+24(FP), R3
	MOVD bands+32(FP), R4

band:
	MOVWU.P 4(R2), R5
	MOVWU.P 4(R2), R6
	ADD     R5<<3, R1, R5
	VEOR    V16.B16, V16.B16, V16.B16
	VEOR    V17.B16, V17.B16, V17.B16

bins:
	VLD1.P 32(R5), [V0.S4, V1.S4]
	VLD1.P 16(R3), [V2.S4]
	UZP2(1, 0, 4)
	UZP1(1, 0, 5)
	UMLAL(2, 4, 16)
	UMLAL2(2, 4, 16)
	UMLAL(2, 5, 17)
	UMLAL2(2, 5, 17)
	SUBS   $1, R6
	BNE    bins

	ADDP(17, 16, 16)
	VST1.P [V16.D2], 16(R0)
	SUBS   $1, R4
	BNE    band
	RET
