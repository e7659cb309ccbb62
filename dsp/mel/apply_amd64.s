//go:build !noasm && !purego

#include "textflag.h"

// func applyVector(dst *Sum, power *uint64, runs *run, weights *uint32, bands int)
//
// DI sums, SI power, DX runs, R8 weights, R9 bands left; AX the band's bins, CX its
// vectors of 4 left. Y4 sums the products with the upper halves of the powers, Y5
// those with the lower ones; doc.go shows that neither overflows.
TEXT ·applyVector(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ power+8(FP), SI
	MOVQ runs+16(FP), DX
	MOVQ weights+24(FP), R8
	MOVQ bands+32(FP), R9

band:
	MOVL       (DX), AX
	MOVL       4(DX), CX
	LEAQ       (SI)(AX*8), AX
	VPMOVZXDQ  (R8), Y1
	VMOVDQU    (AX), Y5
	VPSRLQ     $32, Y5, Y4
	VPMULUDQ   Y1, Y5, Y5
	VPMULUDQ   Y1, Y4, Y4
	ADDQ       $16, R8
	DECL       CX
	JZ         sum

bins:
	ADDQ      $32, AX
	VPMOVZXDQ (R8), Y1
	VMOVDQU   (AX), Y0
	VPSRLQ    $32, Y0, Y2
	VPMULUDQ  Y1, Y0, Y0
	VPMULUDQ  Y1, Y2, Y2
	VPADDQ    Y0, Y5, Y5
	VPADDQ    Y2, Y4, Y4
	ADDQ      $16, R8
	DECL      CX
	JNZ       bins

sum:
	VPUNPCKLQDQ  Y5, Y4, Y0
	VPUNPCKHQDQ  Y5, Y4, Y1
	VPADDQ       Y1, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDQ       X1, X0, X0
	VMOVDQU      X0, (DI)
	ADDQ         $16, DI
	ADDQ         $8, DX
	DECQ         R9
	JNZ          band
	VZEROUPPER
	RET
