// Package mel provides triangular filter banks on mel scales, with integer
// weights and exact sums.
//
// # Concepts
//
// A bank of n bands has n+2 edges, spaced evenly in mels. Band b is a triangle
// over the FFT bins between edges b and b+2 with its peak at edge b+1, scaled to
// unit area in Hz: height 2/(edge[b+2]-edge[b]).
//
// # Formats
//
// A band's weights are uint32 values divided by 2^Shift of the band. Shift is
// the largest with which the band's weights sum to at most 2^32-1, so narrow
// bands get up to 31 bits a weight. With p the power of a bin (any uint64):
//
//	sum w*(p>>32)    <= (2^32-1)*(2^32-1) < 2^64
//	sum w*(p&(2^32-1)) <= (2^32-1)*(2^32-1) < 2^64
//
// so two uint64 accumulators hold the exact 96-bit sum whatever the powers are
// and however many bins a band has.
//
// Edges and weights are computed in float64 with each product rounded
// explicitly: the integers are the same on every machine.
//
// # Errors
//
// A band that holds no bin is an error. A triangle's flank below 2^-30 of its
// peak counts as not reaching the bin.
//
// # Sources
//
// Slaney, Auditory Toolbox, Interval Research 1998-010; Young et al., The HTK
// Book 3.4, section 5.4; librosa 0.11 filters.mel for the two together (it
// rounds weights to float32: 3e-7 dB).
package mel
