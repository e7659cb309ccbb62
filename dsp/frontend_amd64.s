//go:build !noasm && !purego

#include "textflag.h"

// func l1Vector(samples *int32, window *uint32, n int) (even, odd uint64)
//
// SI samples, DX window, CX vectors of 8 left; Y4 and Y5 the sums over even and
// odd indices. The magnitude of the smallest int32 is 2^31 as unsigned, which is
// how VPMULUDQ takes it.
TEXT ·l1Vector(SB), NOSPLIT, $0-40
	MOVQ  samples+0(FP), SI
	MOVQ  window+8(FP), DX
	MOVQ  n+16(FP), CX
	SHRQ  $3, CX
	VPXOR Y4, Y4, Y4
	VPXOR Y5, Y5, Y5

l1:
	VPABSD    (SI), Y0
	VMOVSHDUP (DX), Y3
	VMOVSHDUP Y0, Y2
	VPMULUDQ  (DX), Y0, Y0
	VPMULUDQ  Y3, Y2, Y2
	VPSRLQ    $12, Y0, Y0
	VPSRLQ    $12, Y2, Y2
	VPADDQ    Y0, Y4, Y4
	VPADDQ    Y2, Y5, Y5
	ADDQ      $32, SI
	ADDQ      $32, DX
	DECQ      CX
	JNZ       l1

	VPUNPCKLQDQ  Y5, Y4, Y0
	VPUNPCKHQDQ  Y5, Y4, Y1
	VPADDQ       Y1, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDQ       X1, X0, X0
	VMOVDQU      X0, even+24(FP)
	VZEROUPPER
	RET

// func scaleVector(scaled, samples *int32, window *uint32, n, shift int)
//
// DI scaled, SI samples, DX window, CX vectors of 8 left. AVX2 has no arithmetic
// shift of 64 bits: 2^63 is added before a logical one (in Y14, with the
// rounding), and what is left of it, 2^(63-shift), is taken off after (Y15, its
// lower 32 bits).
TEXT ·scaleVector(SB), NOSPLIT, $0-40
	MOVQ         scaled+0(FP), DI
	MOVQ         samples+8(FP), SI
	MOVQ         window+16(FP), DX
	MOVQ         n+24(FP), R8
	MOVQ         shift+32(FP), CX
	VMOVQ        CX, X13
	MOVQ         $1, AX
	SHLQ         CX, AX
	SHRQ         $1, AX
	MOVQ         $1, BX
	SHLQ         $63, BX
	ADDQ         BX, AX
	SHRQ         CX, BX
	VMOVQ        AX, X14
	VPBROADCASTQ X14, Y14
	VMOVQ        BX, X15
	VPBROADCASTD X15, Y15
	MOVQ         R8, CX
	SHRQ         $3, CX

scale:
	VMOVDQU   (SI), Y0
	VMOVSHDUP (SI), Y2
	VMOVSHDUP (DX), Y3
	VPMULDQ   (DX), Y0, Y0
	VPMULDQ   Y3, Y2, Y2
	VPADDQ    Y14, Y0, Y0
	VPADDQ    Y14, Y2, Y2
	VPSRLQ    X13, Y0, Y0
	VPSRLQ    X13, Y2, Y2
	VPSLLQ    $32, Y2, Y2
	VPBLENDD  $0xAA, Y2, Y0, Y0
	VPSUBD    Y15, Y0, Y0
	VMOVDQU   Y0, (DI)
	ADDQ      $32, SI
	ADDQ      $32, DX
	ADDQ      $32, DI
	DECQ      CX
	JNZ       scale
	VZEROUPPER
	RET
