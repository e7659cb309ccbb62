// Package fft provides the power spectrum of real int32 samples in integer
// arithmetic, the same bits on every machine.
//
// # Concepts
//
// N real samples are taken as N/2 complex ones (even samples real, odd samples
// imaginary), transformed by a decimation-in-time FFT, and split into the
// spectrum of the real signal. N/2 is a product of 2, 3 and 5: leaves of 1, 2, 4
// or 8 points read the input, stages of radix 4, then 3, then 5 join them. There
// is no scaling between the stages: an int32 holds every intermediate value
// because the caller bounds the input's sums of magnitudes.
//
// # Formats
//
// In: N int32 values x; the magnitudes of those of even index sum to at most
// MaxL1, and those of odd index too. Twiddle factors: Q30. Products: int64,
// rounded once per complex product to int32, halves upwards. Out: N/2+1 uint64
// values |X_k|^2, X_k = sum x_n exp(-2 pi i k n / N), not scaled.
//
// No overflow: each intermediate value of the complex FFT is a sum of inputs
// times factors of modulus 1 or less, and no input appears twice in it, so its
// modulus is at most sum |x| <= 2*MaxL1 = 2^31 - 2^16. The sums inside a
// butterfly are such sums themselves. The split needs twice the spectrum of the
// even samples, and of the odd ones; each is at most 2*MaxL1 in modulus, which
// is why the two sums are bounded one by one. Rounding: a radix-4 stage adds at
// most 3*sqrt(1/2) units to the error of a value and sums four earlier errors,
// an 8-point leaf starts with 2*sqrt(1/2): at most 0.14*N units in the end, 2300
// for N = 2^14. Stages of radix 3 and 5 round their outputs once more: at most
// 0.55*N. Both stay below 2^15, so every real and imaginary part stays below
// 2^31. The spectrum itself obeys the same bound, so its power stays below 2^62.
//
// Error: for signals that are not exactly periodic in a power of two, rounding
// adds less than sqrt(N/12) units to X_k in the root mean square, what rounding
// the input to integers adds as well: stages with factors come late, where few
// later sums amplify them. For exactly periodic signals all blocks round alike
// and the bound of 0.14*N is nearly reached.
//
// # Concurrency
//
// A Real holds scratch memory: one goroutine at a time.
//
// # Sources
//
// J. W. Cooley, J. W. Tukey, Math. Comp. 19 (1965) 297; the split as in
// H. V. Sorensen et al., IEEE Trans. ASSP 35 (1987) 849.
package fft
