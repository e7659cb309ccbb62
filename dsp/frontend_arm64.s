//go:build !noasm && !purego

#include "textflag.h"

// Go's assembler lacks these instructions. D, N and M are register numbers; the
// comment is what `build/oracle/dsp/encodings` assembles and compares.

// abs v\D.4s, v\N.4s
#define ABS(N, D) WORD $(0x4EA0B800 | (N)<<5 | (D))
// umull v\D.2d, v\N.2s, v\M.2s
#define UMULL(M, N, D) WORD $(0x2EA0C000 | (M)<<16 | (N)<<5 | (D))
// umull2 v\D.2d, v\N.4s, v\M.4s
#define UMULL2(M, N, D) WORD $(0x6EA0C000 | (M)<<16 | (N)<<5 | (D))
// usra v\D.2d, v\N.2d, #12
#define USRA12(N, D) WORD $(0x6F741400 | (N)<<5 | (D))
// add v\D.2d, v\N.2d, v\M.2d
#define ADD2D(M, N, D) WORD $(0x4EE08400 | (M)<<16 | (N)<<5 | (D))
// smull v\D.2d, v\N.2s, v\M.2s
#define SMULL(M, N, D) WORD $(0x0EA0C000 | (M)<<16 | (N)<<5 | (D))
// smull2 v\D.2d, v\N.4s, v\M.4s
#define SMULL2(M, N, D) WORD $(0x4EA0C000 | (M)<<16 | (N)<<5 | (D))
// srshl v\D.2d, v\N.2d, v\M.2d
#define SRSHL(M, N, D) WORD $(0x4EE05400 | (M)<<16 | (N)<<5 | (D))
// xtn v\D.2s, v\N.2d
#define XTN(N, D) WORD $(0x0EA12800 | (N)<<5 | (D))
// xtn2 v\D.4s, v\N.2d
#define XTN2(N, D) WORD $(0x4EA12800 | (N)<<5 | (D))

// func l1Vector(samples *int32, window *uint32, n int) (even, odd uint64)
//
// R0 samples, R1 window, R2 vectors of 8 left. V16 and V17 sum even indices in
// their lower lanes, odd ones in their upper. The magnitude of the smallest int32
// is 2^31 as unsigned, which is how UMULL takes it.
TEXT ·l1Vector(SB), NOSPLIT, $0-40
	MOVD samples+0(FP), R0
	MOVD window+8(FP), R1
	MOVD n+16(FP), R2
	LSR  $3, R2
	VEOR V16.B16, V16.B16, V16.B16
	VEOR V17.B16, V17.B16, V17.B16

l1:
	VLD1.P 32(R0), [V0.S4, V1.S4]
	VLD1.P 32(R1), [V2.S4, V3.S4]
	ABS(0, 0)
	ABS(1, 1)
	UMULL(2, 0, 4)
	UMULL2(2, 0, 5)
	UMULL(3, 1, 6)
	UMULL2(3, 1, 7)
	USRA12(4, 16)
	USRA12(5, 17)
	USRA12(6, 16)
	USRA12(7, 17)
	SUBS   $1, R2
	BNE    l1

	ADD2D(17, 16, 16)
	VMOV V16.D[0], R0
	VMOV V16.D[1], R1
	MOVD R0, even+24(FP)
	MOVD R1, odd+32(FP)
	RET

// func scaleVector(scaled, samples *int32, window *uint32, n, shift int)
//
// R0 scaled, R1 samples, R2 window, R3 vectors of 8 left; V16 minus the shift:
// SRSHL by it shifts right and rounds halves upwards.
TEXT ·scaleVector(SB), NOSPLIT, $0-40
	MOVD scaled+0(FP), R0
	MOVD samples+8(FP), R1
	MOVD window+16(FP), R2
	MOVD n+24(FP), R3
	MOVD shift+32(FP), R4
	LSR  $3, R3
	NEG  R4, R4
	VDUP R4, V16.D2

scale:
	VLD1.P 32(R1), [V0.S4, V1.S4]
	VLD1.P 32(R2), [V2.S4, V3.S4]
	SMULL(2, 0, 4)
	SMULL2(2, 0, 5)
	SMULL(3, 1, 6)
	SMULL2(3, 1, 7)
	SRSHL(16, 4, 4)
	SRSHL(16, 5, 5)
	SRSHL(16, 6, 6)
	SRSHL(16, 7, 7)
	XTN(4, 0)
	XTN2(5, 0)
	XTN(6, 1)
	XTN2(7, 1)
	VST1.P [V0.S4, V1.S4], 32(R0)
	SUBS   $1, R3
	BNE    scale
	RET
